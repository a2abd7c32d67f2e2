package paxos

import (
	"maps"
	"slices"
)

const (
	// sweepMost is how many guards a Sweep looks at, about, and erasuresMost how many
	// entries of one guard it puts out: any of them where there are more, so that
	// none that cannot be erased now keeps the others from it.
	sweepMost    = 3_000
	erasuresMost = 10_000
)

// Sweep puts out erasures for the entries that are down as far as this node knows:
// called after a change of connections, and now and then, so that what was lost is
// made good. It looks at some of the guards, from where the last one came to, so
// that this node soon goes on with what else it is asked; more says that others are
// left, and where none are, the next Sweep starts over.
func (a *Acceptor) Sweep(now int64, out *Output) (more bool) {
	g := &a.guards
	down := make(map[Guard]*watched)
	for looked := 0; g.swept < guardParts && looked < sweepMost; g.swept++ {
		part := g.watched.parts[g.swept]
		looked += len(part)
		for d, w := range part {
			if w.gone || g.judge(now, d) != Holds {
				down[d] = w
			}
		}
	}
	for _, d := range slices.SortedFunc(maps.Keys(down), Guard.compare) {
		a.erasures(down[d], out)
	}
	if g.swept < guardParts {
		return true
	}
	g.swept = 0
	return false
}

// erasures asks for entries that hold on to w, in the order of their keys.
func (a *Acceptor) erasures(w *watched, out *Output) {
	keys := w.keys.some(erasuresMost)
	slices.Sort(keys)
	for _, k := range keys {
		out.Erasures = append(out.Erasures, Erasure{Key: k, Rev: a.find(k).held.Entry.Rev})
	}
}
