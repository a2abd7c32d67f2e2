//go:build linux

package chaos

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// startBound is within what time from the start of the last node all have to be one
// cluster with a quorum.
const startBound = 10 * time.Second

// StartsReport is what came of many starts of a cluster.
type StartsReport struct {
	// How long each took from the start of the last node until every node was in one
	// cluster with a quorum: of those at the same instant, and of those in random
	// order.
	Together, InOrder []time.Duration
	// Held is how late the run itself woke up at most.
	Held     time.Duration
	Failures []string
}

// String is the report as text.
func (r *StartsReport) String() string {
	text := fmt.Sprintf("at the same instant: %s\nin random order: %s\nthe run itself was held up for %v at most\n",
		spread(r.Together), spread(r.InOrder), r.Held.Round(time.Millisecond))
	for _, f := range r.Failures {
		text += "FINDING " + f + "\n"
	}
	return text
}

// spread shows the median, some of the slow end, and the slowest.
func spread(times []time.Duration) string {
	if len(times) == 0 {
		return "none"
	}
	t := slices.Sorted(slices.Values(times))
	at := func(share float64) time.Duration { return t[int(share*float64(len(t)-1))].Round(time.Millisecond) }
	return fmt.Sprintf("%d, median %v, 99%% %v, slowest %v", len(t), at(0.5), at(0.99), at(1))
}

// starts are starts under way, of several clusters side by side.
type starts struct {
	left   atomic.Int64
	mu     sync.Mutex
	report StartsReport
}

// Starts starts a cluster so many times, its nodes by turns at the same instant and in
// random order, and demands that they form one cluster. Abreast is how many clusters
// it starts side by side, each in a network of its own.
func Starts(o Options, count, abreast int) (*StartsReport, error) {
	o = o.asUsersHave()
	s := &starts{}
	s.left.Store(int64(count))
	stop, errs := make(chan struct{}), make([]error, abreast)
	var all, meter sync.WaitGroup
	meter.Go(func() { s.report.Held = heldUp(stop) })
	for i := range abreast {
		all.Go(func() {
			mine := o
			mine.Seed += uint64(i)
			errs[i] = s.run(mine)
		})
	}
	all.Wait()
	close(stop)
	meter.Wait()
	return &s.report, errors.Join(errs...)
}

// run starts one cluster after the other, as long as some are left.
func (s *starts) run(o Options) error {
	w, err := newWorld(o)
	if w != nil {
		defer w.close()
	}
	if err != nil {
		return err
	}
	r := o.stream("starts")
	for left := s.left.Add(-1); left >= 0; left = s.left.Add(-1) {
		gaps, times := make([]time.Duration, len(w.hosts)), &s.report.Together
		if left%2 == 1 {
			times = &s.report.InOrder
			for j := range gaps[1:] {
				gaps[j+1] = length(r, time.Millisecond, 5*time.Second)
			}
		}
		took, err := w.startAll(r, gaps)
		s.mu.Lock()
		if err != nil {
			s.report.Failures = append(s.report.Failures, fmt.Sprintf("gaps %v: %v\n%s", gaps, err, w.logs()))
		} else {
			*times = append(*times, took)
		}
		s.mu.Unlock()
		for _, h := range w.hosts {
			w.kill(h)
			h.logs.Clear()
		}
	}
	return nil
}

// startAll starts the nodes, in an order that is drawn and with these gaps between
// them, and says how long they took to be one cluster.
func (w *world) startAll(r *rand.Rand, gaps []time.Duration) (time.Duration, error) {
	order := slices.Clone(w.hosts)
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for i, h := range order {
		time.Sleep(gaps[i])
		if err := w.start(h); err != nil {
			return 0, err
		}
	}
	begin := time.Now()
	err := w.await(startBound, "one cluster with a quorum", w.oneCluster)
	return time.Since(begin), err
}

// oneCluster says whether every node is in the same cluster and sees a quorum.
func (w *world) oneCluster() (bool, string) {
	states := w.states(startBound)
	var missing []string
	for _, s := range states {
		if s.err != nil || !s.info.Quorum || s.info.Epoch == 0 {
			missing = append(missing, fmt.Sprintf("%s: quorum %t, %v", s.host.name, s.info.Quorum, s.err))
		}
	}
	if len(missing) > 0 {
		return false, strings.Join(missing, "; ")
	}
	for _, s := range states[1:] {
		if s.info.ID != states[0].info.ID {
			return false, fmt.Sprintf("%s is in cluster %v and %s in %v", s.host.name, s.info.ID, states[0].host.name, states[0].info.ID)
		}
	}
	return len(states) == len(w.hosts), "a node has ended"
}
