package watcher

import (
	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
)

// watchedPID is a guarding process. It is monitored while its node is connected,
// until it is known to be gone.
type watchedPID struct {
	guard     paxos.Guard
	gone      bool
	monitored bool
	ref       etf.Ref
}

// Watch takes watches from the host; see host.Watcher.
func (s *state) Watch(ws []paxos.Watch) {
	ws = append([]paxos.Watch(nil), ws...)
	s.later(func() {
		for _, w := range ws {
			if w.Off {
				s.unwatch(w.Guard)
			} else {
				s.watch(w.Guard)
			}
		}
	})
}

// Up: see host.Watcher. A connection that was made anew took the monitors over
// the old one with it; their DOWNs are in the mailbox before this is done.
func (s *state) Up(name string) {
	s.later(func() {
		for pid, w := range s.pids {
			if string(pid.Node) == name && !w.monitored {
				s.monitor(pid, w)
			}
		}
	})
}

func (s *state) watch(g paxos.Guard) {
	switch g.Kind {
	case paxos.GuardPID:
		if pid, ok := pidOf(g); ok && s.pids[pid] == nil {
			s.pids[pid] = &watchedPID{guard: g}
			s.monitor(pid, s.pids[pid])
		}
	case paxos.GuardNode:
		s.nodes[g] = struct{}{}
	case paxos.GuardTime:
		s.deadlines.add(g)
	case paxos.GuardKey:
		s.keys[g] = struct{}{}
	}
}

func (s *state) unwatch(g paxos.Guard) {
	switch g.Kind {
	case paxos.GuardPID:
		if pid, ok := pidOf(g); ok && s.pids[pid] != nil {
			s.monitors.drop(s.pids[pid].ref)
			delete(s.pids, pid)
		}
	case paxos.GuardNode:
		delete(s.nodes, g)
	case paxos.GuardTime:
		s.deadlines.remove(g)
	case paxos.GuardKey:
		delete(s.keys, g)
	}
}

func pidOf(g paxos.Guard) (etf.Pid, bool) {
	v, err := term.Decode([]byte(g.Subject))
	p, ok := v.(etf.Pid)
	return p, ok && err == nil
}

// connected says whether the node of a process is connected as the life that the
// process is of. Where it is not, nothing may be sent: ergo's own wire would dial
// here and now, and this process must not wait.
func (s *state) connected(pid etf.Pid) bool {
	return s.host.Creation(string(pid.Node)) == pid.Creation
}

// monitor watches a process, anew if it was watched: the monitor that there was
// is dropped only then, so that there is always one.
func (s *state) monitor(pid etf.Pid, w *watchedPID) {
	if w.gone || !s.connected(pid) {
		return
	}
	old := w.ref
	w.ref, w.monitored = s.monitors.process(pid, func(reason string) {
		w.monitored = false
		if !noWord(reason) {
			s.gone(w)
		}
	})
	s.monitors.drop(old)
	if string(pid.Node) == s.host.Name() && !s.runs(pid) {
		s.gone(w) // perhaps before ergo took note of the monitor
	}
}

func (s *state) gone(w *watchedPID) {
	if !w.gone {
		w.gone = true
		s.host.Gone(w.guard)
	}
}

// runs says whether a process of this node runs.
func (s *state) runs(pid etf.Pid) bool {
	return pid.Creation == s.p.Self().Creation && s.p.ProcessByPid(pid) != nil
}
