package sup

import (
	"fmt"
	"slices"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/actors/door"
	"github.com/paxoskv/paxoskv/actors/starting"
	"github.com/paxoskv/paxoskv/host"
)

// supervisor is a gen.Supervisor that looks before it starts whether its names
// are free. ergo's own would panic on a name that is taken, in a goroutine for
// whose start its caller then waits for ever.
type supervisor struct {
	gen.Supervisor
	what string
	spec gen.SupervisorSpec
}

// Init returns the specification, and a copy of the children in it: ergo keeps
// their states there, and one that is started again would take those of its last
// life for its own, and start nobody.
func (s *supervisor) Init(...etf.Term) (gen.SupervisorSpec, error) {
	spec := s.spec
	spec.Children = slices.Clone(spec.Children)
	return spec, nil
}

// failed is the state of a supervisor that must not start.
type failed struct{ reason string }

// ProcessInit refuses to start what runs already. To a caller it returns the
// error; under a supervisor, which could not bear one, it logs it and ends.
func (s *supervisor) ProcessInit(p gen.Process, args ...etf.Term) (gen.ProcessState, error) {
	for _, c := range s.spec.Children {
		// What ended with the supervisor before this one has its names for a while.
		old := starting.AwaitName(p, c.Name)
		if old == nil {
			continue
		}
		err := fmt.Errorf("%s on node %s: %w as %s", s.what, p.NodeName(), host.ErrAlreadyStarted, old.Self())
		if p.Parent() == nil {
			return gen.ProcessState{}, err
		}
		if h, hostErr := door.HostOf(p); hostErr == nil {
			h.Logger().Error(err.Error())
		}
		return gen.ProcessState{Process: p, State: failed{"already_started"}}, nil
	}
	return s.Supervisor.ProcessInit(p, args...)
}

// ProcessLoop runs the supervisor, or ends at once.
func (s *supervisor) ProcessLoop(ps gen.ProcessState, started chan<- bool) string {
	if f, ok := ps.State.(failed); ok {
		starting.LinkAbove(ps)
		started <- true
		return f.reason
	}
	return s.Supervisor.ProcessLoop(ps, started)
}
