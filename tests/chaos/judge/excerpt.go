package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Excerpt is the calls on a key, and the faults, in the order of time.
func Excerpt(r *Record, key string) string {
	type line struct {
		at   int64
		text string
	}
	var lines []line
	add := func(at int64, format string, args ...any) {
		if at != 0 {
			lines = append(lines, line{at, fmt.Sprintf(format, args...)})
		}
	}
	tied := make(map[string]bool)
	for _, c := range r.Calls {
		if c.Key != key {
			continue
		}
		add(c.Begin, "%s", c)
		for _, g := range c.Guards {
			tied[g.Name] = true
		}
	}
	for _, p := range r.Processes {
		if tied[p.Name] {
			add(p.Begin, "process %s starts on %s", p.Name, p.Node)
			add(p.End, "process %s is about to end", p.Name)
		}
	}
	for _, l := range r.Lives {
		add(l.Begin, "%s starts", l.Node)
		add(l.End, "%s is about to end", l.Node)
	}
	for _, d := range r.Disturbances {
		between := d.A
		if d.B != "" {
			between += " and " + d.B
		}
		add(d.From, "disturbed: %s (%s)", between, d.Why)
		add(d.To, "no longer disturbed: %s (%s)", between, d.Why)
	}
	for _, c := range r.Clocks {
		add(c.At, "clock of %s set off by %s s", c.Node, seconds(c.Offset))
	}
	for _, l := range r.Losses {
		add(l.From, "more is lost than the cluster can bear; survivors hold %v", l.Kept)
		add(l.To, "all nodes are of a new cluster")
	}
	add(r.Healed, "all is healed")
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(a.at, b.at) })
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "%s  %s\n", seconds(l.at), l.text)
	}
	return b.String()
}
