package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/paxoskv/paxoskv/report"
)

// clockTolerance is how far clocks may be apart before it is a finding. Only
// deadlines of keys rest on clocks, and those are rarely meant to the second.
const clockTolerance = time.Second

// judgeClocks: the fastest clock decides when a key with a deadline goes.
func judgeClocks(j *judge) {
	if len(j.answering) < 2 {
		return
	}
	byClock := slices.Clone(j.answering)
	slices.SortStableFunc(byClock, func(a, b *Node) int { return int(a.Ahead - b.Ahead) })
	slow, fast := byClock[0], byClock[len(byClock)-1]
	apart := fast.Ahead - slow.Ahead
	if apart-slow.Doubt-fast.Doubt < clockTolerance {
		return
	}
	j.find(Warning, "Keep the clocks of the hosts together, by NTP for instance; nothing but deadlines rests on them",
		"the clocks differ by %v: %s is ahead of %s, and a key put with a deadline there goes as much too early",
		apart.Round(10*time.Millisecond), fast.Name, slow.Name)
}

// nearlyFull is the part of a bound, in percent, from which on it is a finding.
const nearlyFull = 75

// judgeFills: what is bounded and nearly full loses or refuses what comes on top.
func judgeFills(j *judge) {
	for _, n := range j.answering {
		for _, f := range n.Report.Fills {
			if f.Most > 0 && f.Used*100 >= f.Most*nearlyFull {
				j.find(Warning, "It gets more than it can do: send less, or see what holds it up; a peer that reads slowly, a disk, a busy processor",
					"%s: the %s is full to %d %% (%d of %d)", n.Name, f.Name, f.Used*100/f.Most, f.Used, f.Most)
			}
		}
	}
}

// judgeSettings: what should be the same on all nodes and is not.
func judgeSettings(j *judge) {
	for _, c := range j.clusters {
		j.judgeSize(c)
	}
	j.differ(Warning, "Run the same release everywhere: nodes whose messages have another version cannot read each other",
		"version of messages", func(r *report.Report) string { return fmt.Sprint(r.Wire) })
	j.differ(Notice, "Run the same release everywhere", "release", func(r *report.Report) string {
		if r.Version == "" {
			return "unknown"
		}
		return r.Version
	})
	j.differ(Warning, "A bucket that only some nodes have is served by those only, and needs a quorum of members that have it: start it on the others",
		"list of buckets", func(r *report.Report) string { return strings.Join(r.Buckets, " ") })
	for _, name := range j.settingNames() {
		j.differ(Notice, "Start all nodes with the same settings", name, func(r *report.Report) string {
			v, told := r.Setting(name)
			if !told {
				return ""
			}
			return fmt.Sprint(v)
		})
	}
}

// judgeSize: who was started with another size than the cluster has.
func (j *judge) judgeSize(c *cluster) {
	var odd, sizes []string
	for _, n := range c.nodes {
		if w := n.Report.Wished; w != c.latest.Size && w != 0 {
			odd = append(odd, n.Name)
			if size := fmt.Sprint(w); !slices.Contains(sizes, size) {
				sizes = append(sizes, size)
			}
		}
	}
	if len(odd) == 0 {
		return
	}
	were := "was"
	if len(odd) > 1 {
		were = "were"
	}
	j.find(Notice, fmt.Sprintf("The cluster's size counts; give --size %d when they are started the next time, or change the cluster's by the command resize", c.latest.Size),
		"%s %s started for a cluster of %s, and the cluster has %s", list(odd), were, list(sizes), plural(c.latest.Size, "seat"))
}

func (j *judge) settingNames() (out []string) {
	for _, n := range j.answering {
		for _, s := range n.Report.Settings {
			if !slices.Contains(out, s.Name) {
				out = append(out, s.Name)
			}
		}
	}
	return out
}

// differ notes that nodes have different values of something. A node that has none
// ("") is left out: another release may not know it.
func (j *judge) differ(l Level, advice, what string, value func(*report.Report) string) {
	var values []string
	who := make(map[string][]string)
	for _, n := range j.answering {
		v := value(n.Report)
		if v == "" {
			continue
		}
		if who[v] == nil {
			values = append(values, v)
		}
		who[v] = append(who[v], n.Name)
	}
	if len(values) < 2 {
		return
	}
	var parts []string
	for _, v := range values {
		parts = append(parts, fmt.Sprintf("%s on %s", v, list(who[v])))
	}
	j.find(l, advice, "the %s differs: %s", what, strings.Join(parts, ", "))
}
