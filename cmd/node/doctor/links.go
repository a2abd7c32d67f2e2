package doctor

import (
	"fmt"

	"github.com/paxoskv/paxoskv/report"
)

// judgeLinks: every two nodes of the store should be connected, and agree on that.
func judgeLinks(j *judge) {
	for i, a := range j.answering {
		for _, b := range j.answering[i+1:] {
			if a.Report.Failed != "" || b.Report.Failed != "" {
				continue // a node without its store tells of no connections
			}
			if len(j.clusters) > 1 && a.Report.Cluster != b.Report.Cluster {
				continue // said already, and worse
			}
			there, back := a.Report.Connected(b.Name), b.Report.Connected(a.Name)
			switch {
			case there && back:
			case there:
				j.oneSided(a, b)
			case back:
				j.oneSided(b, a)
			default:
				j.apart(a, b)
			}
		}
	}
}

// oneSided: a has a link to b, of which b knows nothing.
func (j *judge) oneSided(a, b *Node) {
	j.find(Warning, fmt.Sprintf("Packets pass in one direction only, or the link is just coming or going: look again in 10 s; if it stays, see what stands between %s and %s",
		Host(a.Name), Host(b.Name)), "%s is connected to %s, but not the other way round%s", a.Name, b.Name, because(b.Report, a.Name))
}

func (j *judge) apart(a, b *Node) {
	why := because(a.Report, b.Name) + because(b.Report, a.Name)
	advice := "Both answer here: see what stands between their hosts"
	if !tries(a.Report, b.Name) && !tries(b.Report, a.Name) {
		advice = "Neither tries to: start one with --connect of the other, or use the command connect in its shell"
	}
	j.find(Warning, advice, "%s and %s are not connected%s", a.Name, b.Name, why)
}

// because is why a node cannot reach another, as it says itself.
func because(r *report.Report, peer string) string {
	if p, _ := r.Peer(peer); p.Trouble != "" {
		return fmt.Sprintf("; %s says of %s: %s", r.Node, peer, p.Trouble)
	}
	return ""
}

// tries says whether a node wants to be connected to another.
func tries(r *report.Report, peer string) bool {
	p, _ := r.Peer(peer)
	return p.Trouble != ""
}

// judgeSeats: seats that are free, or whose holder is another than they say.
func judgeSeats(j *judge) {
	for _, c := range j.clusters {
		l := c.latest
		if free := l.Size - len(l.Seats); free > 0 {
			j.find(Warning, fmt.Sprintf("Start %s: a free seat is taken by whoever comes", plural(free, "more node")),
				"of %s %s free", plural(l.Size, "seat"), areOf(free))
		}
		if l.Target != 0 && l.Target != l.Size {
			j.find(Notice, "It goes on by itself where it can; stop asking for it where it cannot",
				"a resize to %d is under way on %s, and the size is %d", l.Target, l.Node, l.Size)
		}
		for _, s := range l.Seats {
			n := j.Node(s.Node)
			switch {
			case !c.quorum || n == nil || n.Report == nil: // said of the quorum, or of the node
			case n.Report.Cluster != "" && n.Report.Cluster != c.id:
				j.find(Warning, "A spare takes the seat by itself; without one, restart the node connected to this cluster",
					"a seat of cluster %s is held by %s, which belongs to cluster %s now", c.id, s.Node, n.Report.Cluster)
			case n.Report.Failed != "":
			case n.Report.Incarnation != s.Incarnation:
				j.find(Warning, "It gets its seat back by itself within seconds of being connected to the others: look again in 10 s",
					"%s was restarted and has not got its seat back", s.Node)
			}
		}
	}
}

func areOf(n int) string {
	if n == 1 {
		return "1 is"
	}
	return fmt.Sprintf("%d are", n)
}

// judgeEpochs: who is behind, and who owes a merge before it votes.
func judgeEpochs(j *judge) {
	for _, c := range j.clusters {
		for _, n := range c.nodes {
			r := n.Report
			if r.Epoch < c.latest.Epoch {
				j.find(Warning, "It catches up by itself once it is connected to a member that knows: see what is said of its connections",
					"%s is behind: it knows epoch %d, and %s epoch %d", n.Name, r.Epoch, c.latest.Node, c.latest.Epoch)
			}
			if s, seated := r.Seat(n.Name); seated && s.Incarnation == r.Incarnation && !r.Voting && c.quorum {
				j.find(Notice, "It votes when it is done; look again if it makes no progress: it needs members that vote themselves",
					"%s is taking over the state of the others (%d of %d parts) and does not vote yet", n.Name, r.Merged, r.ToMerge)
			}
		}
	}
}
