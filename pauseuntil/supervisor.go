package pauseuntil

import (
	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/actors/starting"
)

// Supervisor is to be embedded in place of gen.Supervisor, which it is, by a
// supervisor that has a Child. It ends as soon as the Child fails. It also spares
// whoever starts it from hanging for ever when any other child cannot be started:
// it ends then with the reason panic. Started again, it waits until the children
// of its last life have ended, as far as they have names.
type Supervisor struct{ gen.Supervisor }

// ProcessInit waits for names.
func (s *Supervisor) ProcessInit(p gen.Process, args ...etf.Term) (gen.ProcessState, error) {
	ps, err := s.Supervisor.ProcessInit(p, args...)
	if err != nil {
		return ps, err
	}
	for _, c := range ps.State.(*gen.SupervisorSpec).Children {
		starting.AwaitName(p, c.Name) // where one lives on, ProcessLoop sees to it
	}
	return ps, nil
}

// stopsAtOnce marks it.
func (s *Supervisor) stopsAtOnce() {}

// failedKey is where a Child leaves its error, in the environment of its
// supervisor.
const failedKey = gen.EnvKey("pauseuntil:failed")

// ProcessLoop runs the supervisor.
//
// A child that cannot be started makes gen.Supervisor panic before it has said
// that it started, for which its spawner waits. So that word goes through here,
// and is given for it when it panics.
func (s *Supervisor) ProcessLoop(ps gen.ProcessState, started chan<- bool) (reason string) {
	up := make(chan bool, 1)
	go func() { started <- <-up }()
	defer func() {
		starting.LinkAbove(ps)
		select {
		case up <- true:
		default: // it had said so
		}
		if err, ok := ps.Env(failedKey).(error); ok {
			recover() // the panic that the Child caused
			reason = err.Error()
		}
	}()
	return s.Supervisor.ProcessLoop(ps, up)
}

// end ends the supervisor of p because of err. The comment of the package says
// what there is to choose from.
func end(p gen.Process, err error) error {
	parent := p.Parent()
	if parent == nil {
		return err
	}
	switch parent.Behavior().(type) {
	case interface{ stopsAtOnce() }:
		parent.SetEnv(failedKey, err)
	case gen.SupervisorBehavior:
		// Exit first: it waits in front of the ends of the children, which the
		// supervisor would otherwise take for a reason to start them again.
		starting.LinkAbove(parent)
		_ = parent.Exit(err.Error())
		parent.Kill()
		return nil
	}
	// Of a panic ergo clears up this process; an error would leave its name taken.
	panic(err.Error())
}
