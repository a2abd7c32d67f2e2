package judge

import (
	"cmp"
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/paxos/linear"
)

// Loss is a time in which a new cluster came from what survived of another one, that
// had lost more than it can bear. What only the lost members held is gone then: a
// value, or the erasure of one, which so may be back. Hence each key is a register of
// its own before and after, which may begin with what it held. A majority lost whose
// survivors had all that was chosen goes on as the same cluster, and is no Loss.
type Loss struct {
	// From is before the first node was killed, To after all nodes are of the new
	// cluster; 0 where they never were.
	From, To int64
	// Kept are the values that survivors were seen to hold once the others were dead,
	// and no survivor anything else for the same key: of these, those that were known by
	// then have to be there afterwards.
	Kept []string
}

// end is when it is over.
func (l *Loss) end() int64 {
	if l.To == 0 {
		return never
	}
	return l.To
}

// age is the time between two losses.
type age struct {
	// born is when the loss before it began, from when that was over, and to when the
	// next one begins.
	born, from, to int64
	kept           []string
}

// ages are the times to be judged each by itself: a single one without a loss.
func (h *history) ages() []age {
	ages := []age{{to: never}}
	for _, l := range h.Losses {
		ages[len(ages)-1].to = l.From
		ages = append(ages, age{born: l.From, from: l.end(), to: never, kept: l.Kept})
	}
	return ages
}

// holds says whether a call began and ended within the time. One that has no end may
// yet do something later, as it may in a run without losses.
func (g age) holds(c *Call) bool {
	return c.Begin >= g.from && c.Begin <= g.to && (c.End <= g.to || g.to == never)
}

// seenIn are the values of a key that were seen in an age, and those that must have
// been there at its beginning.
func (h *history) seenIn(key string, g age) map[string]*written {
	seen := make(map[string]*written)
	for _, c := range h.keys[key] {
		if w := h.values[key][c.Got]; c.Outcome == Found && w != nil && g.holds(c) {
			seen[c.Got] = w
		}
	}
	for _, v := range g.kept {
		if w := h.values[key][v]; w != nil && w.known < g.born {
			seen[v] = w
		}
	}
	return seen
}

// mustLast counts the values that have to be there after a loss.
func (h *history) mustLast() (n int) {
	for _, g := range h.ages() {
		for _, v := range g.kept {
			if put := h.puts[v]; put != nil {
				if w := h.values[put.Key][v]; w != nil && w.known < g.born {
					n++
				}
			}
		}
	}
	return n
}

// acts turns the calls on a key in an age into what the checks of package linear take.
// ok is false where a rev is not known.
func (h *history) acts(key string, g age) (acts []linear.Act, values []linear.Written, revs bool) {
	seen := h.seenIn(key, g)
	revs = true
	for _, w := range seen {
		values = append(values, linear.Written{Value: paxos.Value(w.value), Rev: w.rev, Erasable: h.erasable(w)})
		revs = revs && !w.rev.IsZero()
	}
	slices.SortFunc(values, func(a, b linear.Written) int {
		return cmp.Or(a.Rev.Compare(b.Rev), cmp.Compare(a.Value, b.Value))
	})
	for i := 1; i < len(values); i++ {
		if revs && values[i].Rev == values[i-1].Rev {
			h.finding("two values of one rev", key, "%s and %s", values[i-1].Value, values[i].Value)
		}
	}
	for _, c := range h.keys[key] {
		a, ok := act(c, seen)
		if !g.holds(c) {
			a, ok = g.carried(c, seen)
		}
		if ok {
			acts = append(acts, a)
		}
	}
	slices.SortStableFunc(acts, func(a, b linear.Act) int { return cmp.Compare(a.Begin, b.Begin) })
	return acts, values, revs
}

// carried is what a call beyond an age means in it: nothing, or that it put a value
// which was seen there. A put that was over when the loss began is the register's
// first value, so it is there as soon as the loss is over; one that was under way may
// take effect later.
func (g age) carried(c *Call, seen map[string]*written) (linear.Act, bool) {
	if !c.Put || seen[c.Value] == nil {
		return linear.Act{}, false
	}
	begin := max(c.Begin, g.born)
	a := linear.Act{Call: c, Value: paxos.Value(c.Value), Create: true, Begin: uint64(begin), BeginAt: begin,
		End: linear.Open, EndAt: linear.Never}
	if c.End != 0 && c.End < g.born && g.from != never {
		a.End, a.EndAt = uint64(g.from), g.from
	}
	return a, true
}

// lostBetween says whether a loss may have come between two times.
func (h *history) lostBetween(from, to int64) bool {
	return h.lost(from, to) != never
}

// lost is the first time from a time on, and up to another, at which what was chosen
// may be lost.
func (h *history) lost(from, to int64) int64 {
	for i := range h.Losses {
		if l := &h.Losses[i]; l.From <= to && l.end() >= from {
			return max(l.From, from)
		}
	}
	return never
}
