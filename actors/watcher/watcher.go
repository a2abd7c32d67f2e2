// Package watcher is the process that observes what keys are tied to, under the
// name PaxosKV.Watcher, one for each node, light and with nothing else to do: it
// monitors each guarding process once, however many keys it guards, waits for
// deadlines, and looks after guarding keys. It tells the host what is gone.
//
// A process elsewhere may be of a node that knows nothing of the store. So all
// that is asked about it is asked by monitors: one on a process that is not there
// is answered at once. That serves for the check of a put, and for the sweep that
// makes good what was lost.
package watcher

import (
	"errors"
	"sync"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/actors/door"
	"github.com/paxoskv/paxoskv/actors/genserver"
	"github.com/paxoskv/paxoskv/actors/pulse"
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
)

// MailboxSize is the most that ergo allows: a notice that does not fit is lost
// until the next sweep.
const MailboxSize = 65535

const sweepEvery = 2 * time.Second

// Watcher is the behaviour of the actor. It is started without arguments.
type Watcher struct{ genserver.Server }

// New is the behaviour of the actor. A restart loses nothing: the host gives
// the new watcher all that is to be watched.
func New() gen.ServerBehavior { return &Watcher{} }

type (
	// wake says that something was put into the inbox, or that a deadline falls.
	wake  struct{}
	sweep struct{}
)

// state of the watcher.
type state struct {
	host     *host.Host
	p        *gen.ServerProcess
	monitors monitors
	pids     map[etf.Pid]*watchedPID
	nodes    map[paxos.Guard]struct{}
	keys     map[paxos.Guard]struct{}
	// pidRound and keyRound are what the sweeps have still to look at again.
	pidRound  round[etf.Pid]
	keyRound  round[paxos.Guard]
	deadlines deadlines
	timer     *time.Timer // runs until the next of them
	inbox     inbox
	asks      []ask
	polls     polls
	pulse     func() // ends the sweeps
}

// inbox holds what the host asked for since the last wake: unlike a mailbox it
// loses nothing.
type inbox struct {
	mu    sync.Mutex
	tasks []func()
}

func newState(h *host.Host, p *gen.ServerProcess, core core) *state {
	s := &state{host: h, p: p, pids: make(map[etf.Pid]*watchedPID), nodes: make(map[paxos.Guard]struct{}),
		keys: make(map[paxos.Guard]struct{}), deadlines: deadlines{of: make(map[paxos.Guard]*deadline)},
		monitors: monitors{core: core, self: p.Self(), ends: make(map[etf.Ref]func(string))},
		polls:    polls{open: make(map[uint64]question)}}
	s.timer = time.AfterFunc(time.Hour, func() { _ = p.Send(p.Self(), wake{}) })
	s.timer.Stop()
	return s
}

// Init takes over all that is watched on the node.
func (w *Watcher) Init(p *gen.ServerProcess, args ...etf.Term) error {
	h, err := door.HostOf(p)
	if err != nil {
		return err
	}
	core, ok := p.Process.(core)
	if !ok {
		return errors.New("this release of ergo has no monitors with references of one's own")
	}
	s := newState(h, p, core)
	p.State = s
	h.SetWatcher(s)
	s.pulse = pulse.Every(p, sweepEvery, sweep{})
	return nil
}

// Terminate stops the timers.
func (w *Watcher) Terminate(p *gen.ServerProcess, reason string) {
	if s, ok := p.State.(*state); ok {
		s.host.SetWatcher(nil)
		s.pulse()
		s.timer.Stop()
	}
}

// later has the actor do something, in the order of the calls.
func (s *state) later(task func()) {
	s.inbox.mu.Lock()
	first := len(s.inbox.tasks) == 0
	s.inbox.tasks = append(s.inbox.tasks, task)
	s.inbox.mu.Unlock()
	if first {
		_ = s.p.Send(s.p.Self(), wake{}) // one that is lost is made good by the sweep
	}
}

// empty does all that is in the inbox, and what is due.
func (s *state) empty() {
	s.inbox.mu.Lock()
	tasks := s.inbox.tasks
	s.inbox.tasks = nil
	s.inbox.mu.Unlock()
	for _, task := range tasks {
		task()
	}
	s.askAll()
	s.await()
}

// HandleInfo takes wakes, sweeps, the ends of processes and what other watchers
// say.
func (w *Watcher) HandleInfo(p *gen.ServerProcess, message etf.Term) gen.ServerStatus {
	s := p.State.(*state)
	switch m := message.(type) {
	case wake:
		s.empty()
	case sweep:
		s.empty()
		s.sweep()
		s.host.Stats.Sweeps.Add(1)
	case gen.MessageDown:
		s.monitors.down(m)
	case etf.Tuple:
		s.peer(m)
	case term.Raw:
		if v, err := term.Decode(m); err == nil {
			if t, ok := v.(etf.Tuple); ok {
				s.peer(t)
			}
		}
	}
	s.host.Stats.Watched.Store(uint64(len(s.pids)))
	s.host.Stats.Monitors.Store(uint64(len(s.monitors.ends)))
	return gen.ServerStatusOK
}

// HandleCast takes nothing.
func (w *Watcher) HandleCast(*gen.ServerProcess, etf.Term) gen.ServerStatus {
	return gen.ServerStatusOK
}

// HandleCall takes nothing.
func (w *Watcher) HandleCall(*gen.ServerProcess, gen.ServerFrom, etf.Term) (etf.Term, gen.ServerStatus) {
	return etf.Tuple{etf.Atom("error"), etf.Atom("bad_request")}, gen.ServerStatusOK
}

// HandleDirect takes nothing.
func (w *Watcher) HandleDirect(*gen.ServerProcess, etf.Ref, any) (any, gen.DirectStatus) {
	return nil, errors.New("not a request of the watcher")
}
