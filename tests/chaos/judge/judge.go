package judge

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Limits are what the judge allows.
type Limits struct {
	// Reconnect is how long after a disturbance two nodes may still be apart.
	Reconnect time.Duration
	// Clock is how much a deadline is blurred, besides the jumps of clocks.
	Clock time.Duration
	// Late is how much later than its time a call may end, on a node that runs.
	Late time.Duration
	// Enough is what time a call must have had to be blamed for failing though nothing
	// was wrong.
	Enough time.Duration
	// Erase is how long after all is healed a key may outlive what it is tied to.
	Erase time.Duration
	// Patience is how long porcupine may search in one key.
	Patience time.Duration
}

// Defaults are what the runs use. Reconnect: a node that was silent is given up
// after 5 s, so also a cut of less may end so, and it is dialled again within 1 s,
// with 3 s for the handshake. Late: a call ends by a timer of its own process, so
// what may be late is the scheduler of a loaded machine.
var Defaults = Limits{Reconnect: 12 * time.Second, Clock: 50 * time.Millisecond, Late: 2 * time.Second,
	Enough: 3 * time.Second, Erase: 15 * time.Second, Patience: 10 * time.Second}

// Finding is something that must not be.
type Finding struct {
	// Rule names it, in words that stay the same from run to run.
	Rule string
	Key  string
	What string
}

// String is it on a line.
func (f Finding) String() string {
	if f.Key == "" {
		return fmt.Sprintf("%s: %s", f.Rule, f.What)
	}
	return fmt.Sprintf("%s: key %s: %s", f.Rule, f.Key, f.What)
}

// Verdict is what the judge says of a record.
type Verdict struct {
	Findings []Finding
	// Keys is how many histories were checked, Undecided of how many porcupine ran
	// out of time where the linear check did not apply.
	Keys, Undecided int
	// Erasures are the values that were seen and later were not, Justified those
	// of the values that some fault allowed to be erased.
	Values, Erasable int
	// Lasting are the values that had to be there after a loss.
	Lasting int
	// Events are what watches were told.
	Events int
	// Latest is by how much a call ended after its time.
	Latest time.Duration
}

// Judge checks a record.
func Judge(r *Record, l Limits) Verdict {
	h := &history{Record: r, faults: newFaults(r, l), puts: make(map[string]*Call),
		keys: make(map[string][]*Call), values: make(map[string]map[string]*written)}
	h.sort()
	var v Verdict
	for _, key := range slices.Sorted(maps.Keys(h.keys)) {
		v.Keys++
		if h.linearizable(key, l.Patience) {
			v.Undecided++
		}
		for _, w := range h.values[key] {
			v.Values++
			if h.erasable(w) != never {
				v.Erasable++
			}
		}
	}
	v.Lasting = h.mustLast()
	for i := range r.Watches {
		v.Events += len(r.Watches[i].Events)
	}
	h.stale()
	h.outlived(l)
	h.watched(l)
	h.blameless(l)
	v.Latest = h.ends(l)
	v.Findings = h.found
	return v
}

// stale checks the answers that are marked as stale: what they hold was put, and
// only who asked for them gets them.
func (h *history) stale() {
	for _, c := range h.Calls {
		if c.Marked && !c.Stale {
			h.finding("a stale answer that nobody asked for", c.Key, "%s", c)
		}
	}
}

// outlived checks that nothing outlives its guards for long, once all is healed.
func (h *history) outlived(l Limits) {
	for _, c := range h.Calls {
		if c.Outcome != Found || c.Marked || h.puts[c.Got] == nil || h.Healed == 0 {
			continue
		}
		for _, g := range h.puts[c.Got].Guards {
			if at := h.goneFor(g); at != never && c.Begin > max(at, h.Healed)+int64(l.Erase) {
				h.finding("a key outlives what it is tied to", c.Key, "%s: %s %s is gone since %s", c, g.Kind, g.Name, seconds(at))
			}
		}
	}
}

// goneFor is since when a guard is known to be gone.
func (h *history) goneFor(g Guard) int64 {
	at := int64(never)
	switch g.Kind {
	case "pid":
		p := h.faults.processes[g.Name]
		if p.Ended != 0 {
			at = p.Ended
		}
		for _, l := range h.Lives {
			if l.Node == p.Node && l.Ended != 0 && l.End >= p.Begin {
				at = min(at, l.Ended)
			}
		}
	case "until":
		// The clocks are right again when all is healed.
		at = max(g.Deadline*1e6-h.WallAtZero, h.Healed)
	}
	return at
}

// ends checks that every call came to an end in time. The time in which its node
// was stopped does not count.
func (h *history) ends(l Limits) time.Duration {
	latest := time.Duration(0)
	for _, c := range h.Calls {
		if c.End == 0 {
			h.finding("a call without end", c.Key, "%s", c)
			continue
		}
		late := c.End - c.Begin - c.Timeout
		for _, p := range h.Pauses {
			if p.A == place(c.Node) || p.A == c.Machine {
				to := p.To
				if to == 0 {
					to = never
				}
				late -= max(0, min(to, c.End)-max(p.From, c.Begin))
			}
		}
		latest = max(latest, time.Duration(late))
		if late > int64(l.Late) {
			h.finding("a call ended late", c.Key, "%v after its time: %s", time.Duration(late), c)
		}
	}
	return latest
}
