package sim

import (
	"cmp"
	"math"
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// A history is what clients saw of one key. Erasures are no client's calls: an
// entry may be erased at any moment from then on when one of its guards began to
// be gone, or when an erasure of it that the witness found justified was
// proposed. A put whose outcome is not known stays open for ever: it counts if
// somebody saw its value, and else may be taken to come after everything.

// act is a call as the checks see it: a value read or created, or nothing found.
type act struct {
	call   *call
	value  paxos.Value // "" for nothing found
	create bool        // this put put the value
	begin  uint64
	end    uint64 // math.MaxUint64 while open
	endAt  int64
}

// written is a value that somebody saw.
type written struct {
	value paxos.Value
	rev   paxos.Rev
	// erasable is since when it may be erased.
	erasable int64
}

// history collects the acts on a key, in the order of their beginnings, and the
// values in the order of their revs. It checks on the way that rev and value
// stand for each other.
func (w *world) history(key paxos.Key) (acts []act, values []written) {
	revs := make(map[paxos.Value]paxos.Rev)
	for _, c := range w.calls {
		if c.key != key || c.outcome != found {
			continue
		}
		if rev, ok := revs[c.got]; ok && rev != c.rev {
			w.fail("one put took effect twice", "%s, seen before as %s", c, rev)
		}
		revs[c.got] = c.rev
	}
	for v, rev := range revs {
		p := w.puts[v]
		switch {
		case p == nil || p.key != key:
			w.fail("a value that nobody put", "%s of %s", v, key)
			return nil, nil
		case p.outcome == never:
			w.fail("a put took effect that had sent nothing", "%s", p)
		}
		at := w.downSince(p.guards)
		if t, ok := w.witness.erasable[keyBallot{key, rev}]; ok {
			at = min(at, t)
		}
		values = append(values, written{v, rev, at})
	}
	slices.SortFunc(values, func(a, b written) int {
		return cmp.Or(a.rev.Compare(b.rev), cmp.Compare(a.value, b.value))
	})
	for i := 1; i < len(values); i++ {
		if values[i].rev == values[i-1].rev {
			w.fail("two values of one rev", "%s and %s of %s", values[i-1].value, values[i].value, key)
		}
	}
	for _, c := range w.calls {
		if a, ok := c.act(revs); ok && c.key == key {
			acts = append(acts, a)
		}
	}
	return acts, values
}

// act is what a call did, if it is known to have done something.
func (c *call) act(seen map[paxos.Value]paxos.Rev) (act, bool) {
	a := act{call: c, begin: c.begin, end: c.end, endAt: c.endAt}
	switch c.outcome {
	case found:
		a.value, a.create = c.got, c.put && c.got == c.value
		return a, true
	case absent:
		return a, true
	}
	if _, ok := seen[c.value]; c.put && ok {
		a.value, a.create, a.end, a.endAt = c.value, true, math.MaxUint64, math.MaxInt64
		return a, true
	}
	return act{}, false
}

// checkHistories holds what clients saw against the rules, key by key.
func (w *world) checkHistories() {
	for _, k := range w.keys {
		acts, values := w.history(k)
		if w.violation != nil {
			return
		}
		if why := checkLinear(acts, values); why != "" {
			w.fail("not linearizable", "key %s: %s", k, why)
		}
		if w.violation == nil && !checkPorcupine(acts, values) {
			w.fail("not linearizable, says porcupine", "key %s", k)
		}
	}
}

// checkAgreement is what is demanded where a cluster was lost and refounded: in
// each cluster, one value for a rev, and no answer with a rev below one that an
// earlier answer had.
func (w *world) checkAgreement() {
	type revOf struct {
		chainOf
		rev paxos.Rev
	}
	values := make(map[revOf]paxos.Value)
	for _, c := range w.calls {
		if c.outcome != found {
			continue
		}
		k := revOf{chainOf{c.cluster, c.key}, c.rev}
		if v, ok := values[k]; ok && v != c.got {
			w.fail("two values of one rev", "%s, and %s before", c, v)
		}
		values[k] = c.got
		for _, d := range w.calls {
			if d.outcome == found && d.key == c.key && d.cluster == c.cluster && d.end < c.begin && c.rev.Less(d.rev) {
				w.fail("an erased rev came back", "%s, after %s", c, d)
			}
		}
	}
}
