//go:build linux

package chaos

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
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
	Failures          []string
}

// String is the report as text.
func (r *StartsReport) String() string {
	text := fmt.Sprintf("at the same instant: %s\nin random order: %s\n", spread(r.Together), spread(r.InOrder))
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

// Starts starts a cluster again and again, its nodes at the same instant or in random
// order, and demands that they form one cluster.
func Starts(o Options, count int) (*StartsReport, error) {
	o = o.withDefaults()
	w, err := newWorld(o)
	if w != nil {
		defer w.close()
	}
	if err != nil {
		return nil, err
	}
	r := o.stream("starts")
	report := &StartsReport{}
	for i := range count {
		gaps := make([]time.Duration, len(w.hosts))
		times := &report.Together
		if i%2 == 1 {
			times = &report.InOrder
			for j := range gaps[1:] {
				gaps[j+1] = time.Duration(r.Int64N(int64(3 * time.Second)))
			}
		}
		took, err := w.startAll(r, gaps)
		if err != nil {
			report.Failures = append(report.Failures, fmt.Sprintf("start %d, gaps %v: %v\n%s", i, gaps, err, w.logs()))
			break
		}
		*times = append(*times, took)
		for _, h := range w.hosts {
			w.kill(h)
		}
	}
	return report, nil
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
