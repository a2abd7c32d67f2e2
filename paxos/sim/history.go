package sim

import (
	"cmp"
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/paxos/linear"
)

// A history is what clients saw of one key. Erasures are no client's calls: an
// entry may be erased at any moment from then on when one of its guards began to
// be gone, or when an erasure of it that the witness found justified was
// proposed. A put whose outcome is not known stays open for ever: it counts if
// somebody saw its value, and else may be taken to come after everything.

// history collects the acts on a key, in the order of their beginnings, and the
// values in the order of their revs. It checks on the way that rev and value
// stand for each other.
func (w *world) history(key paxos.Key) (acts []linear.Act, values []linear.Written) {
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
		values = append(values, linear.Written{Value: v, Rev: rev, Erasable: at})
	}
	slices.SortFunc(values, func(a, b linear.Written) int {
		return cmp.Or(a.Rev.Compare(b.Rev), cmp.Compare(a.Value, b.Value))
	})
	for i := 1; i < len(values); i++ {
		if values[i].Rev == values[i-1].Rev {
			w.fail("two values of one rev", "%s and %s of %s", values[i-1].Value, values[i].Value, key)
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
func (c *call) act(seen map[paxos.Value]paxos.Rev) (linear.Act, bool) {
	a := linear.Act{Call: c, Begin: c.begin, End: c.end, BeginAt: c.beginAt, EndAt: c.endAt}
	switch c.outcome {
	case found:
		a.Value, a.Create = c.got, c.put && c.got == c.value
		return a, true
	case absent:
		return a, true
	}
	if _, ok := seen[c.value]; c.put && ok {
		a.Value, a.Create, a.End, a.EndAt = c.value, true, linear.Open, linear.Never
		return a, true
	}
	return linear.Act{}, false
}

// checkHistories holds what clients saw against the rules, key by key.
func (w *world) checkHistories() {
	for _, k := range w.keys {
		acts, values := w.history(k)
		if w.violation != nil {
			return
		}
		if why := linear.Check(acts, values); why != "" {
			w.fail("not linearizable", "key %s: %s", k, why)
		}
		if w.violation == nil && linear.Porcupine(acts, values, 0) != linear.Ok {
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
