package pauseuntil_test

import (
	"sync/atomic"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/pauseuntil"
)

// The supervisors of the tests, of both kinds.
type (
	plain struct {
		gen.Supervisor
		spec gen.SupervisorSpec
	}
	exact struct {
		pauseuntil.Supervisor
		spec gen.SupervisorSpec
	}
)

func (s *plain) Init(...etf.Term) (gen.SupervisorSpec, error) { return copied(s.spec), nil }
func (s *exact) Init(...etf.Term) (gen.SupervisorSpec, error) { return copied(s.spec), nil }

// copied keeps one life of a supervisor from finding the states of the last.
func copied(spec gen.SupervisorSpec) gen.SupervisorSpec {
	spec.Children = append([]gen.SupervisorChildSpec(nil), spec.Children...)
	return spec
}

// kinds makes supervisors of both.
var kinds = map[string]func(gen.SupervisorSpec) gen.SupervisorBehavior{
	"gen.Supervisor":        func(s gen.SupervisorSpec) gen.SupervisorBehavior { return &plain{spec: s} },
	"pauseuntil.Supervisor": func(s gen.SupervisorSpec) gen.SupervisorBehavior { return &exact{spec: s} },
}

func spec(children ...gen.SupervisorChildSpec) gen.SupervisorSpec {
	return gen.SupervisorSpec{Children: children, Strategy: gen.SupervisorStrategy{
		Type: gen.SupervisorStrategyOneForOne, Restart: gen.SupervisorStrategyRestartPermanent,
		Intensity: 5, Period: 10}}
}

// sibling is a child that counts its starts and its ends, and says how it found
// its context.
type sibling struct {
	gen.Server
	starts, ends, dead atomic.Int32
	inits              chan gen.Process
}

func newSibling() *sibling { return &sibling{inits: make(chan gen.Process, 100)} }

func (s *sibling) Init(p *gen.ServerProcess, _ ...etf.Term) error {
	if p.Context().Err() != nil {
		s.dead.Add(1)
	}
	s.starts.Add(1)
	s.inits <- p
	return nil
}

func (s *sibling) Terminate(*gen.ServerProcess, string) { s.ends.Add(1) }

// application is one with the given children.
type application struct {
	gen.Application
	children []gen.ApplicationChildSpec
}

func (a *application) Load(...etf.Term) (gen.ApplicationSpec, error) {
	return gen.ApplicationSpec{Name: "tree", Children: a.children}, nil
}

func (a *application) Start(gen.Process, ...etf.Term) {}
