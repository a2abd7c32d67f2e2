package sim

import (
	"fmt"
	"io"

	"github.com/paxoskv/paxoskv/paxos"
)

// Stats counts what happened.
type Stats struct {
	Schedules, Events, Messages, Lost, Doubled int
	Calls, Cancelled, Indeterminate            int
	Erasures, Collected                        int
	Epochs, Recoveries, Refoundings            int
	Faults                                     [faultKinds]int
	// Healing is the longest time from the end of the faults to all that is
	// demanded then, in simulated milliseconds, of any schedule.
	Healing int64
}

// Add sums up.
func (s *Stats) Add(o Stats) {
	s.Schedules += o.Schedules
	s.Events += o.Events
	s.Messages += o.Messages
	s.Lost += o.Lost
	s.Doubled += o.Doubled
	s.Calls += o.Calls
	s.Cancelled += o.Cancelled
	s.Indeterminate += o.Indeterminate
	s.Erasures += o.Erasures
	s.Collected += o.Collected
	s.Epochs += o.Epochs
	s.Recoveries += o.Recoveries
	s.Refoundings += o.Refoundings
	s.Healing = max(s.Healing, o.Healing)
	for i, n := range o.Faults {
		s.Faults[i] += n
	}
}

// String lists the figures.
func (s Stats) String() string {
	t := fmt.Sprintf("%d schedules, %d events, %d messages (%d lost, %d doubled), %d calls (%d cancelled, "+
		"%d indeterminate), %d erasures, %d collected, %d epochs, %d recoveries, %d refoundings; longest healing %d ms; faults:",
		s.Schedules, s.Events, s.Messages, s.Lost, s.Doubled, s.Calls, s.Cancelled, s.Indeterminate,
		s.Erasures, s.Collected, s.Epochs, s.Recoveries, s.Refoundings, s.Healing)
	for k, n := range s.Faults {
		t += fmt.Sprintf(" %s %d", fault(k), n)
	}
	return t
}

// Run runs the schedule of some options, and returns what a check found, nil
// when nothing. trace, if not nil, gets a line for everything that happens.
func Run(o Options, trace io.Writer) (Stats, *Violation) {
	w := newWorld(o, trace)
	w.tracef("%s", o)
	w.stats.Schedules = 1
	w.run()
	return w.stats, w.violation
}

func (w *world) run() {
	if !w.foundCluster() {
		return
	}
	w.startClients()
	w.scheduleFault()
	w.runUntil(w.now + w.opt.Duration)
	if w.violation == nil {
		w.heal()
	}
	if w.violation == nil {
		w.demandProgress()
	}
	for _, h := range w.hosts {
		if w.violation == nil && h.life != nil {
			h.life.checkKept()
		}
	}
	if w.violation != nil {
		return
	}
	if w.stats.Refoundings == 0 && w.clusters() == 1 {
		w.checkHistories()
	} else {
		w.checkAgreement()
	}
}

// foundCluster starts the first nodes, one after the other, and waits until each
// belongs to the cluster.
func (w *world) foundCluster() bool {
	for _, h := range w.hosts[:w.opt.Size] {
		h.offset = between(w.flt, -100, 100)
		w.after(between(w.flt, 0, 30), func() { h.start(w.opt.Size) })
	}
	ok := w.await(bound, func() bool {
		for _, h := range w.hosts[:w.opt.Size] {
			if h.life == nil || h.life.seat == nil { // adopted, and on disk
				return false
			}
		}
		return true
	})
	if !ok {
		w.fail("no progress", "the first nodes did not found a cluster in %d ms", int64(bound))
	}
	return ok
}

// clusters counts the ids of clusters that any node adopted.
func (w *world) clusters() int {
	ids := make(map[paxos.ClusterID]bool)
	for at := range w.witness.configs {
		ids[at.cluster] = true
	}
	return len(ids)
}
