package judge

import (
	"slices"
	"strings"
)

// blameless checks that a call succeeds while nothing keeps its node from a quorum:
// while so many nodes are undisturbed, since every seat was seen to vote, its own among
// them, that whoever has the seats they are a quorum. It must have had time enough;
// calls from outside the cluster are left out, since their own way there may be
// disturbed.
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

// undisturbed says whether the nodes that nothing disturbed among themselves, from
// when every seat voted until a call ended, are a quorum, whoever has the seats. None
// of them can have lost its seat, and so its vote, since.
func (f *faults) undisturbed(c *Call) bool {
	from := f.stood(c.Begin)
	if from == never || f.resized(from, c.End) {
		return false
	}
	well := map[string]bool{place(c.Node): true}
	for _, p := range f.members {
		if !f.disturbed(place(c.Node), p, from, c.End) {
			well[p] = true
		}
	}
	for p := range well {
		for q := range well {
			if p < q && f.disturbed(p, q, from, c.End) {
				return false
			}
		}
	}
	size := f.sizeAt(c.Begin)
	return len(well) >= f.quorum(c.Begin)+len(f.members)-size && !f.disturbed(place(c.Node), "", from, c.End)
}

// stood is when every seat was last seen to vote, before a time.
func (f *faults) stood(before int64) int64 {
	i, _ := slices.BinarySearch(f.Stood, before)
	if i == 0 {
		return never
	}
	return f.Stood[i-1]
}

// resized says whether the size may have changed at some time: then the members vote
// again only after a merge.
func (f *faults) resized(from, to int64) bool {
	return slices.ContainsFunc(f.Sizes, func(s Size) bool { return s.At > from && s.At <= to })
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
