package watcher

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/paxos"
)

// roundMost is how many processes elsewhere, and how many keys, a sweep looks at
// again. It makes good what should not happen at all, so it may take its time.
const roundMost = 1000

// round is what the sweeps look at in turn.
type round[T any] []T

// next takes what a sweep looks at; all lists everything, for a new round.
func (r *round[T]) next(all func() []T) []T {
	if len(*r) == 0 {
		*r = all()
	}
	n := min(roundMost, len(*r))
	these := (*r)[:n]
	if *r = (*r)[n:]; len(*r) == 0 {
		*r = nil
	}
	return these
}

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
	for _, g := range s.keyRound.next(func() []paxos.Guard { return slices.Collect(maps.Keys(s.keys)) }) {
		if _, watched := s.keys[g]; watched {
			s.checkKey(g)
		}
	}
	s.polls.forget()
}

// lookAgain has the nodes of some of the processes elsewhere asked anew, all of
// them in turn.
func (s *state) lookAgain() {
	elsewhere := func() (pids []etf.Pid) {
		for pid := range s.pids {
			if string(pid.Node) != s.host.Name() {
				pids = append(pids, pid)
			}
		}
		return pids
	}
	for _, pid := range s.pidRound.next(elsewhere) {
		if w := s.pids[pid]; w != nil {
			s.monitor(pid, w)
		}
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
