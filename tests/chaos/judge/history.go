package judge

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/paxos/linear"
)

// written is a value that some call saw, and the put that put it.
type written struct {
	value string
	put   *Call
	rev   paxos.Rev
	// erasable is since when it may be erased; busy marks that it is being found.
	erasable int64
	done     bool
	busy     bool
	// known is the end of the first call that saw it.
	known int64
}

// history is what is known of the keys.
type history struct {
	*Record
	faults *faults
	puts   map[string]*Call
	keys   map[string][]*Call
	values map[string]map[string]*written
	found  []Finding
}

// finding adds one.
func (h *history) finding(rule, key, format string, args ...any) {
	h.found = append(h.found, Finding{Rule: rule, Key: key, What: fmt.Sprintf(format, args...)})
}

// sort puts the calls of each key in the order of their beginnings, and finds the
// values that were seen.
func (h *history) sort() {
	for _, c := range h.Calls {
		h.keys[c.Key] = append(h.keys[c.Key], c)
		if c.Put {
			h.puts[c.Value] = c
		}
	}
	for key, calls := range h.keys {
		slices.SortFunc(calls, func(a, b *Call) int { return cmp.Or(cmp.Compare(a.Begin, b.Begin), cmp.Compare(a.Number, b.Number)) })
		h.values[key] = make(map[string]*written)
		for _, c := range calls {
			if c.Outcome == Found {
				h.see(c)
			}
		}
	}
}

// see takes note of a value that a call found.
func (h *history) see(c *Call) {
	values := h.values[c.Key]
	w := values[c.Got]
	if w == nil {
		put := h.puts[c.Got]
		switch {
		case put == nil || put.Key != c.Key:
			h.finding("a value that nobody put", c.Key, "%s", c)
			return
		case put.Outcome == Refused:
			h.finding("a put took effect that was refused", c.Key, "%s; %s", put, c)
		case c.End < put.Begin:
			h.finding("a value before it was put", c.Key, "%s; %s", put, c)
		}
		w = &written{value: c.Got, put: put, known: never}
		values[c.Got] = w
	}
	w.known = min(w.known, c.End)
	switch {
	case c.Rev.IsZero():
	case w.rev.IsZero():
		w.rev = c.Rev
	case w.rev != c.Rev:
		h.finding("one put took effect twice", c.Key, "%s, seen before as %s", c, w.rev)
	}
}

// erasable is since when a value may be erased.
func (h *history) erasable(w *written) int64 {
	if w.done {
		return w.erasable
	}
	if w.busy {
		return never // tied to itself by way of others: these have guards of their own
	}
	w.busy = true
	at := int64(never)
	for _, g := range w.put.Guards {
		at = min(at, h.guardErasable(w.put, g, h.values[g.Name]))
	}
	w.erasable, w.done, w.busy = at, true, false
	return at
}

// keyErasable is since when what guarded a put may be gone, where that is another
// key: which of its values it was nobody was told, so it is any that the key may
// have held while the put looked. It may also be lost.
func (h *history) keyErasable(put *Call, key string, values map[string]*written) int64 {
	at := int64(never)
	for _, w := range values {
		if w.put.Begin <= put.lastEffect() && !h.over(key, w, put.Begin) {
			at = min(at, h.erasable(w), h.lost(put.Begin, never))
		}
	}
	if at == never && len(values) == 0 {
		return put.Begin // it was tied to a value that no call saw
	}
	return at
}

// lastEffect is until when a call may look at things.
func (c *Call) lastEffect() int64 {
	if c.End == 0 {
		return never
	}
	return c.End
}

// over says whether it was known before a time that a value is no more: a call that
// began after the value was known, and ended before the time, found another or none,
// and no loss may have brought it back since.
func (h *history) over(key string, w *written, before int64) bool {
	for _, c := range h.keys[key] {
		if c.Begin > w.known && c.End != 0 && c.End < before && !c.Marked && !h.lostBetween(c.Begin, before) &&
			(c.Outcome == Absent || c.Outcome == Found && c.Got != w.value) {
			return true
		}
	}
	return false
}

// act is what a call did, if it is known to have done something.
func act(c *Call, seen map[string]*written) (linear.Act, bool) {
	a := linear.Act{Call: c, Begin: uint64(c.Begin), End: uint64(c.End), BeginAt: c.Begin, EndAt: c.End}
	switch {
	case c.Marked:
		return linear.Act{}, false
	case c.Outcome == Found:
		a.Value, a.Create = paxos.Value(c.Got), c.Put && c.Got == c.Value
		return a, seen[c.Got] != nil
	case c.Outcome == Absent:
		return a, true
	case c.Put && seen[c.Value] != nil:
		a.Value, a.Create, a.End, a.EndAt = paxos.Value(c.Value), true, linear.Open, linear.Never
		return a, true
	}
	return linear.Act{}, false
}

// linearizable checks the history of a key, each age by itself.
func (h *history) linearizable(key string, patience time.Duration) (unknown bool) {
	for _, g := range h.ages() {
		unknown = h.linearizableIn(key, g, patience) || unknown
	}
	return unknown
}

func (h *history) linearizableIn(key string, g age, patience time.Duration) (unknown bool) {
	acts, values, revs := h.acts(key, g)
	why := ""
	if revs {
		why = linear.Check(acts, values)
	}
	if why != "" {
		h.finding("not linearizable", key, "%s", why)
		return false
	}
	switch linear.Porcupine(acts, values, patience) {
	case linear.Illegal:
		h.finding("not linearizable, says porcupine", key, "%d acts, %d values", len(acts), len(values))
	case linear.Unknown:
		return !revs
	}
	return false
}
