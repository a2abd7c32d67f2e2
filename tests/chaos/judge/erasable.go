package judge

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// never is a time that does not come.
const never = math.MaxInt64

// faults answers questions about the record of faults.
type faults struct {
	*Record
	limits    Limits
	processes map[string]Process
	// near holds the disturbances that a place takes part in, and under no name those
	// of a place with all others.
	near   map[string][]Disturbance
	places []string
	// members are the places whose nodes may have seats.
	members []string
}

// place is the machine of a node: what is behind the @ of its name.
func place(node string) string {
	if _, host, ok := strings.Cut(node, "@"); ok {
		return host
	}
	return node
}

func newFaults(r *Record, l Limits) *faults {
	f := &faults{Record: r, limits: l, processes: make(map[string]Process), near: make(map[string][]Disturbance)}
	for _, p := range r.Processes {
		f.processes[p.Name] = p
	}
	for _, l := range r.Lives {
		if p := place(l.Node); !slices.Contains(f.places, p) {
			f.places = append(f.places, p)
			if !slices.Contains(r.Strangers, p) {
				f.members = append(f.members, p)
			}
		}
	}
	for _, d := range r.Disturbances {
		if d.To == 0 {
			d.To = never
		} else {
			d.To += int64(l.Reconnect)
		}
		f.near[d.A] = append(f.near[d.A], d)
		if d.B != "" {
			f.near[d.B] = append(f.near[d.B], d)
		} else {
			f.near[""] = append(f.near[""], d)
		}
	}
	return f
}

// pidGone is since when a process may be gone.
func (f *faults) pidGone(name string) int64 {
	p, ok := f.processes[name]
	if !ok {
		return 0 // of a life that nobody recorded
	}
	at := int64(never)
	if p.End != 0 {
		at = p.End
	}
	return min(at, f.lifeEnd(p.Node, p.Begin))
}

// lifeEnd is the first end of a life of a node at from or later.
func (f *faults) lifeEnd(node string, from int64) int64 {
	at := int64(never)
	for _, l := range f.Lives {
		if l.Node == node && l.End != 0 && l.End >= from {
			at = min(at, l.End)
		}
	}
	return at
}

// suspected is the first time at from or later at which a quorum of nodes may have
// been without their connection to a node. Which nodes have seats is not asked: each
// machine counts as one.
func (f *faults) suspected(name string, from int64) int64 {
	node := place(name)
	type edge struct {
		at   int64
		peer string
		open int
	}
	var edges []edge
	add := func(peer string, d Disturbance) {
		if peer != node && d.To > from && !slices.Contains(f.Strangers, peer) {
			edges = append(edges, edge{max(d.From, from), peer, 1}, edge{d.To, peer, -1})
		}
	}
	for _, d := range f.near[node] {
		switch {
		case d.B == "":
			for _, p := range f.places {
				add(p, d)
			}
		case d.A == node:
			add(d.B, d)
		default:
			add(d.A, d)
		}
	}
	for _, d := range f.near[""] {
		add(d.A, d)
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(b.open, a.open)) })
	open := make(map[string]int)
	suspects := 0
	for _, e := range edges {
		before := open[e.peer] > 0
		open[e.peer] += e.open
		if after := open[e.peer] > 0; after != before {
			suspects += e.open
		}
		if suspects >= f.quorum(e.at) {
			return e.at
		}
	}
	return never
}

// quorum is that of the least size that may be in force at a time.
func (f *faults) quorum(at int64) int { return f.sizeAt(at)/2 + 1 }

// sizeAt is the least size that may be in force at a time.
func (f *faults) sizeAt(at int64) int {
	size, last := 0, int64(-1)
	for _, s := range f.Sizes {
		switch {
		case s.At > at || s.At < last:
		case s.At > last:
			size, last = s.Size, s.At
		default:
			size = min(size, s.Size)
		}
	}
	return size
}

// passed is the first time at from or later at which some node's clock may have
// been at a deadline.
func (f *faults) passed(deadline, from int64) int64 {
	// In milliseconds a clock may stand at the deadline a little before.
	due := deadline*1e6 - f.WallAtZero - int64(f.limits.Clock)
	at := max(due, from)
	for _, c := range f.Clocks {
		if c.Offset <= 0 {
			continue
		}
		until := int64(never)
		for _, d := range f.Clocks {
			if d.Node == c.Node && d.At > c.At {
				until = min(until, d.At)
			}
		}
		if t := max(due-c.Offset, c.At, from); t <= until+int64(f.limits.Clock) {
			at = min(at, t)
		}
	}
	return at
}

// guardErasable is since when a guard of a put may justify an erasure.
func (h *history) guardErasable(put *Call, g Guard, values map[string]*written) int64 {
	f := h.faults
	switch g.Kind {
	case "pid":
		return max(put.Begin, min(f.pidGone(g.Name), f.suspected(f.processes[g.Name].Node, put.Begin)))
	case "node":
		// The node that took the call may not have noticed yet that this one was
		// restarted: then the key is tied to the life before.
		return max(put.Begin, min(f.lifeEnd(g.Name, put.Begin-int64(f.limits.Reconnect)), f.suspected(g.Name, put.Begin)))
	case "until":
		return f.passed(g.Deadline, put.Begin)
	case "key":
		return max(put.Begin, h.keyErasable(put, g.Name, values))
	}
	return never
}
