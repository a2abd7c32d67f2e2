package watch

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	seeds = flag.Int("watch.seeds", 60, "how many seeds TestSeeds runs")
	only  = flag.Uint64("watch.seed", 0, "the one seed to run")
)

// simulate runs a seed: faults for a while, then none, until all is quiet.
func simulate(seed uint64) (w *world, events map[Kind]int) {
	w = newWorld(seed, 3, 3+int(seed%2))
	w.truth.now = func() int64 { return w.now }
	w.run(1500, func() {}) // a cluster is founded
	w.lossy = true
	var all []*consumer
	w.run(6000, func() {
		n := w.nodes[w.rng.IntN(len(w.nodes))]
		switch w.rng.IntN(60) {
		case 0, 1, 2, 3:
			n.put(w.keys[w.rng.IntN(len(w.keys))])
		case 4:
			if len(n.consumers) < 4 {
				key := w.keys[w.rng.IntN(len(w.keys))]
				if w.chance(50) {
					key = ""
				}
				all = append(all, n.consume(key, 1+w.rng.IntN(12), w.rng.IntN(100)))
			}
		case 5:
			if len(n.consumers) > 0 && w.chance(20) {
				n.f.Unsubscribe(n.consumers[0].s)
				n.consumers = n.consumers[1:]
			}
		case 6:
			a, b := n.id.Name, w.nodes[w.rng.IntN(len(w.nodes))].id.Name
			w.cuts[[2]string{min(a, b), max(a, b)}] = a != b && w.chance(40)
		case 7:
			if i := w.rng.IntN(len(w.nodes)); w.chance(20) && w.spares(w.nodes[i]) {
				w.restart(i)
			}
		}
	})
	w.lossy = false
	clear(w.cuts)
	w.run(15000, func() {})
	for _, n := range w.nodes {
		for _, c := range n.consumers {
			c.slow = 0
		}
	}
	w.run(1000, func() {})
	events = make(map[Kind]int)
	for _, n := range w.nodes {
		for _, c := range n.consumers {
			c.final()
		}
	}
	for _, c := range all {
		for k, n := range c.events {
			events[k] += n
		}
	}
	return w, events
}

// Whatever is lost, each subscriber is told what was chosen, in order, with a
// sign where something is left out, and in the end the last state of all.
func TestSeeds(t *testing.T) {
	total := make(map[Kind]int)
	run := func(seed uint64) {
		w, events := simulate(seed)
		require.Empty(t, w.faults, "seed %d", seed)
		for k, n := range events {
			total[k] += n
		}
	}
	if *only != 0 {
		run(*only)
		return
	}
	for seed := range uint64(*seeds) {
		run(seed + 1)
	}
	t.Log(total)
	for k := Chosen; k <= Current; k++ {
		require.Positive(t, total[k], "%v was told", k)
	}
}
