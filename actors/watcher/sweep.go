package watcher

import (
	"context"
	"errors"

	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/paxos"
)

// roundMost is how many processes elsewhere a sweep looks at again. It makes good
// what should not happen at all, so it may take its time.
const roundMost = 1000

// sweep makes good what notices have missed, and has nodes dialled that guard a
// key here and are not connected.
func (s *state) sweep() {
	away := make(map[string]bool) // the nodes of guards, and whether they are
	for pid, w := range s.pids {
		name := string(pid.Node)
		switch {
		case name == s.host.Name():
			if !s.runs(pid) {
				s.gone(w)
			}
			continue
		case w.monitored || w.gone:
			continue
		}
		if _, known := away[name]; !known {
			away[name] = s.host.Creation(name) == 0
		}
		if !away[name] {
			s.monitor(pid, w)
		}
	}
	for g := range s.nodes {
		away[g.Node] = s.host.Creation(g.Node) == 0
	}
	for name, yes := range away {
		if yes {
			s.host.Reach(name, 0, func(uint32) {})
		}
	}
	s.lookAgain()
	for g := range s.keys {
		s.checkKey(g)
	}
	s.polls.forget()
}

// lookAgain has the nodes of some of the processes elsewhere asked anew, all of
// them in turn.
func (s *state) lookAgain() {
	if len(s.round) == 0 {
		for pid := range s.pids {
			if string(pid.Node) != s.host.Name() {
				s.round = append(s.round, pid)
			}
		}
	}
	n := min(roundMost, len(s.round))
	for _, pid := range s.round[:n] {
		if w := s.pids[pid]; w != nil {
			s.monitor(pid, w)
		}
	}
	if s.round = s.round[n:]; len(s.round) == 0 {
		s.round = nil
	}
}

// checkKey reads a guarding key. The read begins after the watch did, so where
// it finds nothing, or a later rev, the guarding rev is gone for good.
func (s *state) checkKey(g paxos.Guard) {
	ctx, cancel := context.WithTimeout(s.p.Context(), sweepEvery)
	s.host.Resolve(ctx, paxos.Key(g.Subject), func(rev paxos.Rev, err error) {
		cancel()
		if errors.Is(err, host.ErrNotFound) || err == nil && g.Rev.Less(rev) {
			s.host.Gone(g)
		}
	})
}
