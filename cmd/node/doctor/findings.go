package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/paxoskv/paxoskv/report"
)

// Level is how bad a finding is.
type Level int

// The levels, the worst last.
const (
	Notice   Level = iota + 1 // Works; somebody should know.
	Warning                   // Works, and bears less than it should.
	Critical                  // Does not work, or not as one cluster.
)

var levelNames = [...]string{"", "notice", "warning", "critical"}

// String is the level's word.
func (l Level) String() string { return levelNames[l] }

// MarshalText is the level's word, for JSON.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Finding is one thing that is wrong.
type Finding struct {
	Level Level `json:"level"`
	// Text says what is wrong, and Advice what to do about it.
	Text   string `json:"text"`
	Advice string `json:"advice"`
}

// String is the finding in one line.
func (f Finding) String() string { return fmt.Sprintf("%s: %s. %s.", f.Level, f.Text, f.Advice) }

// judge is a judgement under way.
type judge struct {
	Facts
	found []Finding
	// answering are the nodes with a report, and clusters those of them that are of
	// one cluster; the fresh ones, which are of none, apart.
	answering []*Node
	clusters  []*cluster
	fresh     []*Node
}

// cluster is the nodes of one cluster id.
type cluster struct {
	id    string
	nodes []*Node
	// latest is the report with the highest epoch.
	latest *report.Report
	quorum bool // some node sees one
}

// Judge says what is wrong, the worst first.
func Judge(f Facts) []Finding {
	j := &judge{Facts: f}
	j.sort()
	for _, rule := range []func(*judge){
		judgeClusters, judgeQuorum, judgeFresh, judgeFailed, judgeNodes, judgeLinks, judgeSeats, judgeEpochs,
		judgeClocks, judgeFills, judgeMappers, judgeSettings, judgeErlang,
	} {
		rule(j)
	}
	slices.SortStableFunc(j.found, func(a, b Finding) int { return int(b.Level) - int(a.Level) })
	return j.found
}

// sort puts each node that answers to its cluster. The clusters are in order of
// how many nodes they have.
func (j *judge) sort() {
	byID := make(map[string]*cluster)
	for i := range j.Nodes {
		n := &j.Nodes[i]
		if n.Report == nil {
			continue
		}
		j.answering = append(j.answering, n)
		if n.Report.Failed != "" {
			continue
		}
		if n.Report.Cluster == "" {
			j.fresh = append(j.fresh, n)
			continue
		}
		c := byID[n.Report.Cluster]
		if c == nil {
			c = &cluster{id: n.Report.Cluster, latest: n.Report}
			byID[c.id] = c
			j.clusters = append(j.clusters, c)
		}
		c.nodes = append(c.nodes, n)
		c.quorum = c.quorum || n.Report.Quorum
		if n.Report.Epoch > c.latest.Epoch {
			c.latest = n.Report
		}
	}
	slices.SortStableFunc(j.clusters, func(a, b *cluster) int { return len(b.nodes) - len(a.nodes) })
}

// find notes a finding. Texts have no full stop at their end.
func (j *judge) find(l Level, advice, format string, args ...any) {
	j.found = append(j.found, Finding{Level: l, Text: fmt.Sprintf(format, args...), Advice: advice})
}

func names(nodes []*Node) []string {
	out := make([]string, len(nodes))
	for i, n := range nodes {
		out[i] = n.Name
	}
	return out
}

// list is "a, b and c".
func list(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}

// plural is "1 seat" or "2 seats".
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

func quorumOf(size int) int { return size/2 + 1 }
