// Package watcher is the process that observes what keys are tied to, under the
// name PaxosKV.Watcher, one for each node, light and with nothing else to do: it
// monitors each guarding process once, however many keys it guards, waits for
// deadlines, and looks after guarding keys. It tells the host what is gone.
//
// Notices of ergo may be lost (a full mailbox, a process that ends while it is
// being monitored), so a sweep compares what is watched with what is alive: it
// looks at local processes itself, and asks the watchers of other nodes about
// theirs.
package watcher

import (
	"errors"
	"sync"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/actors/door"
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
type Watcher struct{ gen.Server }

// New is the behaviour of the actor. A restart loses nothing: the host gives
// the new watcher all that is to be watched.
func New() gen.ServerBehavior { return &Watcher{} }

type (
	// wake says that watches were put into the inbox.
	wake  struct{}
	sweep struct{}
)

// state of the watcher.
type state struct {
	host *host.Host
	p    *gen.ServerProcess
	pids map[etf.Pid]*watchedPID
	keys map[paxos.Guard]struct{}
	// deadlines are timers, by guard.
	deadlines map[paxos.Guard]*time.Timer
	inbox     inbox
	asking    asking
	pulse     func() // ends the sweeps
}

// watchedPID is a guarding process. It is monitored while its node is connected.
type watchedPID struct {
	guard     paxos.Guard
	monitored bool
	ref       etf.Ref
}

// monitor starts the monitor. A node that is not connected is left alone: ergo
// would dial it here and now, and this process must not wait.
func (s *state) monitor(pid etf.Pid, w *watchedPID) {
	if w.monitored || s.host.Creation(string(pid.Node)) != pid.Creation {
		return
	}
	w.monitored = true
	w.ref = s.p.MonitorProcess(pid)
}

// inbox holds what the host asked for since the last wake: unlike a mailbox it
// loses nothing.
type inbox struct {
	mu      sync.Mutex
	watches []paxos.Watch
	asks    []ask
}

// Init takes over all that is watched on the node.
func (w *Watcher) Init(p *gen.ServerProcess, args ...etf.Term) error {
	h, err := door.HostOf(p)
	if err != nil {
		return err
	}
	s := &state{host: h, p: p, pids: make(map[etf.Pid]*watchedPID),
		keys: make(map[paxos.Guard]struct{}), deadlines: make(map[paxos.Guard]*time.Timer)}
	s.asking.open = make(map[uint64]func(bool))
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
		for _, t := range s.deadlines {
			t.Stop()
		}
	}
}

// Watch takes watches from the host; see host.Watcher.
func (s *state) Watch(ws []paxos.Watch) {
	s.inbox.mu.Lock()
	first := len(s.inbox.watches)+len(s.inbox.asks) == 0
	s.inbox.watches = append(s.inbox.watches, ws...)
	s.inbox.mu.Unlock()
	if first {
		s.p.Send(s.p.Self(), wake{}) // one that is lost is made good by the sweep
	}
}

// HandleInfo takes wakes, sweeps, the ends of processes and the answers of
// other watchers.
func (w *Watcher) HandleInfo(p *gen.ServerProcess, message etf.Term) gen.ServerStatus {
	s := p.State.(*state)
	switch m := message.(type) {
	case wake:
		s.empty()
	case sweep:
		s.empty()
		s.sweep()
	case gen.MessageDown:
		s.down(m)
	case etf.Tuple:
		s.peer(m)
	case term.Raw:
		if v, err := term.Decode(m); err == nil {
			if t, ok := v.(etf.Tuple); ok {
				s.peer(t)
			}
		}
	}
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

// empty takes all that is in the inbox.
func (s *state) empty() {
	s.inbox.mu.Lock()
	ws, asks := s.inbox.watches, s.inbox.asks
	s.inbox.watches, s.inbox.asks = nil, nil
	s.inbox.mu.Unlock()
	for _, w := range ws {
		if w.Off {
			s.unwatch(w.Guard)
		} else {
			s.watch(w.Guard)
		}
	}
	for _, a := range asks {
		s.ask(a)
	}
}

func (s *state) watch(g paxos.Guard) {
	switch g.Kind {
	case paxos.GuardPID:
		if pid, ok := pidOf(g); ok && s.pids[pid] == nil {
			s.pids[pid] = &watchedPID{guard: g}
			s.monitor(pid, s.pids[pid])
		}
	case paxos.GuardTime:
		left := time.Until(time.UnixMilli(g.Deadline))
		s.deadlines[g] = time.AfterFunc(max(left, 0)+time.Millisecond, func() { s.host.Expired(g) })
	case paxos.GuardKey:
		s.keys[g] = struct{}{}
	}
}

func (s *state) unwatch(g paxos.Guard) {
	switch g.Kind {
	case paxos.GuardPID:
		if pid, ok := pidOf(g); ok && s.pids[pid] != nil {
			if w := s.pids[pid]; w.monitored {
				s.p.DemonitorProcess(w.ref)
			}
			delete(s.pids, pid)
		}
	case paxos.GuardTime:
		if t := s.deadlines[g]; t != nil {
			t.Stop()
			delete(s.deadlines, g)
		}
	case paxos.GuardKey:
		delete(s.keys, g)
	}
}

func pidOf(g paxos.Guard) (etf.Pid, bool) {
	v, err := term.Decode([]byte(g.Subject))
	p, ok := v.(etf.Pid)
	return p, ok && err == nil
}

// down takes the end of a process. A lost connection is no end: the node is
// suspected by then, and the sweep monitors the process anew.
func (s *state) down(m gen.MessageDown) {
	w := s.pids[m.Pid]
	switch {
	case w == nil || w.ref != m.Ref:
	case m.Reason == "noconnection", m.Reason == "unsupported": // no word of the process
		w.monitored = false
	default:
		s.host.Gone(w.guard)
	}
}
