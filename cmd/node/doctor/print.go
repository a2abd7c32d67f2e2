package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/paxoskv/paxoskv/report"
)

// Lines are a line for each finding, or one that says that there is none.
func Lines(f Facts, found []Finding) (lines []string) {
	for _, x := range found {
		lines = append(lines, x.String())
	}
	if len(found) == 0 {
		lines = append(lines, wellness(f))
	}
	return lines
}

// Print writes Lines, and a table of the nodes.
func Print(w io.Writer, f Facts, found []Finding) error {
	var b strings.Builder
	for _, line := range Lines(f, found) {
		fmt.Fprintln(&b, line)
	}
	b.WriteByte('\n')
	t := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "NODE\tSTATE\tCLUSTER\tEPOCH\tQUORUM\tLINKS\tRECORDS\tDISK\tUP\tCLOCK")
	for i := range f.Nodes {
		if n := &f.Nodes[i]; f.shown(n) {
			fmt.Fprintln(t, row(n))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// wellness is the line of a cluster with nothing wrong.
func wellness(f Facts) string {
	nodes, size, spares := 0, 0, 0
	for i := range f.Nodes {
		if r := f.Nodes[i].Report; r != nil {
			nodes++
			size = r.Size
			if _, seated := r.Seat(r.Node); !seated {
				spares++
			}
		}
	}
	line := fmt.Sprintf("all is well: %s, a quorum of %s", plural(nodes, "node"), plural(size, "seat"))
	if spares > 0 {
		line += ", " + plural(spares, "spare")
	}
	return line
}

// shown says whether a node belongs into the table: not one that is no more than a
// name which some node would connect to.
func (f *Facts) shown(n *Node) bool {
	if n.Report != nil || n.Asked || n.OTP != "" {
		return true
	}
	for i := range f.Nodes {
		if r := f.Nodes[i].Report; r != nil {
			if _, seated := r.Seat(n.Name); seated || r.Connected(n.Name) {
				return true
			}
		}
	}
	return false
}

func row(n *Node) string {
	if n.Report == nil {
		return strings.Join([]string{n.Name, n.Reach.words() + n.erlang(), "-", "-", "-", "-", "-", "-", "-", "-"}, "\t")
	}
	r := n.Report
	links := 0
	for _, p := range r.Peers {
		if p.Connected && p.Store {
			links++
		}
	}
	id := r.Cluster
	if id == "" {
		id = "none"
	}
	return fmt.Sprintf("%s\t%s\t%s\t%d\t%s\t%d\t%d\t%s\t%v\t%s", n.Name, state(r), id, r.Epoch, yes(r.Quorum), links,
		r.Count("records")-r.Count("tombstones"), yes(r.Disk), (time.Duration(r.Up) * time.Millisecond).Round(time.Second), clock(n))
}

// state is what a node is in its cluster.
func state(r *report.Report) string {
	s, seated := r.Seat(r.Node)
	switch {
	case r.Failed != "":
		return "failed"
	case r.Cluster == "":
		return "alone"
	case !seated:
		return "spare"
	case s.Incarnation != r.Incarnation:
		return "restarted"
	case r.Voting:
		return "member"
	}
	return "merging"
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// clock is how far a node's clock is from that of this machine, as far as that can
// be told.
func clock(n *Node) string {
	if n.Ahead.Abs() <= n.Doubt || n.Ahead.Abs() < 10*time.Millisecond {
		return "0"
	}
	return fmt.Sprintf("%+.2fs", n.Ahead.Seconds())
}

// PrintJSON writes the findings and the facts that they rest on.
func PrintJSON(w io.Writer, f Facts, found []Finding) error {
	if found == nil {
		found = []Finding{}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Findings []Finding `json:"findings"`
		Facts
	}{found, f})
}
