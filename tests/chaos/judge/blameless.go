package judge

import "strings"

// blameless checks that a call succeeds while nothing keeps its node from a quorum:
// while so many nodes are undisturbed, its own among them, that whoever else has a
// seat they are a quorum. It must have had time enough; calls from outside the cluster
// are left out, since their own way there may be disturbed.
func (h *history) blameless(l Limits) {
	for _, c := range h.Calls {
		if c.Machine == "" && c.Timeout >= int64(l.Enough) && c.timedOut() && h.faults.undisturbed(c) {
			h.finding("a call failed though nothing was wrong", c.Key, "%s", c)
		}
	}
}

// timedOut says whether the call was given up for want of time or of a quorum.
func (c *Call) timedOut() bool {
	if c.Outcome != Unknown && c.Outcome != Refused || c.End == 0 {
		return false
	}
	for _, sign := range []string{"deadline", "timeout", "quorum"} {
		if strings.Contains(c.Error, sign) {
			return true
		}
	}
	return false
}

// undisturbed says whether the nodes that nothing disturbs among themselves while a
// call runs are a quorum, whoever has the seats.
func (f *faults) undisturbed(c *Call) bool {
	well := map[string]bool{place(c.Node): true}
	for _, p := range f.members {
		if !f.disturbed(place(c.Node), p, c.Begin, c.End) {
			well[p] = true
		}
	}
	for p := range well {
		for q := range well {
			if p < q && f.disturbed(p, q, c.Begin, c.End) {
				return false
			}
		}
	}
	size := f.sizeAt(c.Begin)
	return len(well) >= f.quorum(c.Begin)+len(f.members)-size && !f.disturbed(place(c.Node), "", c.Begin, c.End)
}

// disturbed says whether something may have parted two machines at some time, or b
// being empty, one from all others.
func (f *faults) disturbed(a, b string, from, to int64) bool {
	for _, d := range f.near[a] {
		if (d.B == "" || b != "" && (d.A == b || d.B == b)) && d.From <= to && d.To >= from {
			return true
		}
	}
	for _, d := range f.near[b] {
		if b != "" && d.B == "" && d.From <= to && d.To >= from {
			return true
		}
	}
	return false
}
