package judge

import (
	"fmt"

	"github.com/paxoskv/paxoskv/paxos"
)

// Watch is what a watch of all keys was told on one life of a node, from soon after
// its start to At, when all was healed.
type Watch struct {
	Node   string
	At     int64
	Events []Event
}

// The kinds of events, as they print.
const (
	Chosen  = "chosen"
	Erased  = "erased"
	Missed  = "missed"
	Behind  = "behind"
	Current = "current"
)

// Event is one of them.
type Event struct {
	Kind string
	Key  string `json:",omitempty"`
	// Value of chosen.
	Value string `json:",omitempty"`
	Rev   paxos.Rev
	At    int64
}

// String is it on a line.
func (e Event) String() string {
	return fmt.Sprintf("%s %s %s rev %s [%s]", e.Kind, e.Key, e.Value, e.Rev, seconds(e.At))
}

// table is what one who watches believes.
type table struct {
	// last is the latest event of each key, but for what was missed since.
	last map[string]Event
	// told is when there was last an event about a key, or about all of them.
	told    map[string]int64
	toldAll int64
	current bool
}

// watched checks what the watches were told: nothing but what was put, with its rev;
// no rev that falls and none that comes back, but where all has to be forgotten; and,
// once all is healed, how things stand.
func (h *history) watched(l Limits) {
	for i := range h.Watches {
		w := &h.Watches[i]
		t := &table{last: make(map[string]Event), told: make(map[string]int64)}
		for _, e := range w.Events {
			h.told(w, t, e)
		}
		if t.current {
			h.stands(w, t, l)
		}
	}
}

func (h *history) told(w *Watch, t *table, e Event) {
	t.told[e.Key] = e.At
	switch {
	case e.Kind == Missed && e.Key == "":
		clear(t.last)
		t.current, t.toldAll = false, e.At
	case e.Kind == Missed:
		if last, known := t.last[e.Key]; known {
			last.Kind = Missed // what it held counts no more, and its rev still does
			t.last[e.Key] = last
		}
	case e.Kind == Behind:
		t.current = false
	case e.Kind == Current:
		t.current = true
	default:
		h.toldOf(w, t, e)
	}
}

func (h *history) toldOf(w *Watch, t *table, e Event) {
	last, known := t.last[e.Key]
	if fell := e.Rev.Less(last.Rev) || e.Kind == Chosen && last.Kind == Erased && e.Rev == last.Rev; known && fell {
		h.finding("a watch was told of a rev that was over", e.Key, "on %s: %s, after %s", w.Node, e, last)
	}
	t.last[e.Key] = e
	if e.Kind != Chosen {
		return
	}
	put := h.puts[e.Value]
	if put == nil || put.Key != e.Key || put.Outcome == Refused {
		h.finding("a watch was told of a value that nobody put", e.Key, "on %s: %s", w.Node, e)
		return
	}
	if v := h.values[e.Key][e.Value]; v != nil && !v.rev.IsZero() && v.rev != e.Rev {
		h.finding("a watch was told of another rev", e.Key, "on %s: %s, which calls saw as %s", w.Node, e, v.rev)
	}
}

// stands holds what a watch believes against what was read on its node: of a key of
// which nothing was told since, the one is as the other.
func (h *history) stands(w *Watch, t *table, l Limits) {
	for key, calls := range h.keys {
		read := h.lastRead(calls, w, l)
		if read == nil || max(t.told[key], t.toldAll) >= read.Begin {
			continue
		}
		believed := ""
		if last := t.last[key]; last.Kind == Chosen {
			believed = last.Value
		}
		if believed != read.Got {
			h.finding("a watch was not told", key, "on %s it has %q by %s; %s", w.Node, believed, seconds(w.At), read)
		}
	}
}

// lastRead is the last get on the node of a watch that says how a key stood after all
// was healed, and so long before the end that the watch is to have been told.
func (h *history) lastRead(calls []*Call, w *Watch, l Limits) (read *Call) {
	for _, c := range calls {
		if c.Node == w.Node && c.Begin > h.Healed && !c.Put && !c.Marked && c.End != 0 && c.End+int64(l.Late) < w.At &&
			(c.Outcome == Found || c.Outcome == Absent) {
			read = c
		}
	}
	return read
}
