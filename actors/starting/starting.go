// Package starting has what a supervisor needs in ergo to start, and to fail to
// start, without harm to those above it.
package starting

import (
	"time"

	"github.com/ergo-services/ergo/gen"
)

const (
	// patience is how long a process that is ending may take.
	patience = 5 * time.Second
	// lookEvery: nothing tells when a name is free.
	lookEvery = time.Millisecond
)

// AwaitName waits until a name can be registered, and returns nil then; or the
// process that has it, when that lives on. It is called in the start of p.
//
// ergo's supervisor does not wait for the end of its children, so one that is
// started again at once finds their names taken still. It panics then, and
// whoever started it hangs for ever.
func AwaitName(p gen.Process, name string) gen.Process {
	if name == "" || p.Context().Err() != nil {
		return nil // one that is killed already could not give the name back
	}
	for end := time.Now().Add(patience); ; time.Sleep(lookEvery) {
		// Only trying tells: core forgets a process before it forgets its name.
		if p.RegisterName(name) == nil {
			_ = p.UnregisterName(name)
			return nil
		}
		old := p.ProcessByName(name)
		if old != nil && (old.IsAlive() || time.Now().After(end)) {
			return old
		}
	}
}

// LinkAbove links p with the supervisor or application that starts it. They do
// so themselves, but only once p has started: the end of one that ends at once
// could come before, and go unnoticed. It is called before p says that it has
// started.
func LinkAbove(p gen.Process) {
	parent := p.Parent()
	if parent == nil {
		return
	}
	switch parent.Behavior().(type) {
	case gen.SupervisorBehavior, gen.ApplicationBehavior:
		_ = p.Link(parent.Self())
	}
}
