package doctor

import (
	"fmt"
	"strings"

	"github.com/paxoskv/paxoskv/report"
)

// judgeClusters: nodes of clusters with different ids share nothing.
func judgeClusters(j *judge) {
	if len(j.clusters) < 2 {
		return
	}
	var parts []string
	for _, c := range j.clusters {
		parts = append(parts, fmt.Sprintf("%s with %s (epoch %d, %s)", c.id, list(names(c.nodes)),
			c.latest.Epoch, plural(int(c.records()), "record")))
	}
	j.find(Critical, "Clusters never merge: decide which one stays, stop the nodes of the other, and start them "+
		"again connected to the one that stays; what only the other holds is given up",
		"there are %d clusters, and each decides for itself: %s", len(j.clusters), strings.Join(parts, "; "))
}

// records is how many the fullest node has.
func (c *cluster) records() (most int64) {
	for _, n := range c.nodes {
		most = max(most, n.Report.Count("records")-n.Report.Count("tombstones"))
	}
	return most
}

// judgeQuorum: a cluster in which no node sees a quorum decides nothing; a node
// that sees none while others do is on the wrong side of a cut.
func judgeQuorum(j *judge) {
	if len(j.answering) == 0 {
		j.find(Critical, "Each node's own line says why, and what to do",
			"no node of the store answers")
	}
	for _, c := range j.clusters {
		if !c.quorum {
			j.noQuorum(c)
			continue
		}
		for _, n := range c.nodes {
			if !n.Report.Quorum {
				j.find(Warning, "Requests on it wait or fail until it is connected to enough members: see what is said of its connections",
					"%s sees no quorum, and others do: it is connected to %s", n.Name, j.connectedTo(n.Report))
			}
		}
	}
}

// connectedTo lists the members that a node is connected to.
func (j *judge) connectedTo(r *report.Report) string {
	var to []string
	for _, s := range r.Seats {
		if s.Node != r.Node && r.Connected(s.Node) {
			to = append(to, s.Node)
		}
	}
	if len(to) == 0 {
		return "no other member"
	}
	return list(to)
}

// noQuorum says what a cluster without a quorum lacks.
func (j *judge) noQuorum(c *cluster) {
	l := c.latest
	var states, away []string
	votes := 0
	for _, s := range l.Seats {
		state, there, voting := j.seatState(c, s)
		states = append(states, s.Node+" "+state)
		if !there {
			away = append(away, s.Node)
		}
		if voting {
			votes++
		}
	}
	advice := "The cluster recovers by itself as soon as all of them are connected to one another: see what is said of their connections, and look again in 10 s"
	switch need := quorumOf(l.Size); {
	case votes >= need:
		advice = "Enough of them are there, but they are not connected to one another: see what is said of their connections"
	case len(away) > 0:
		advice = "Start " + list(away) + " again, by the same name: with enough of the old lives there is a quorum at once, " +
			"and if those have lost their memory the cluster goes on when every seat is accounted for"
	}
	j.find(Critical, advice, "cluster %s has no quorum, so nothing is decided: of %s %s have to vote and be connected, and %s",
		c.id, plural(l.Size, "seat"), fmt.Sprint(quorumOf(l.Size)), strings.Join(states, ", "))
}

// seatState says of the holder of a seat whether it runs, and whether its vote
// counts.
func (j *judge) seatState(c *cluster, s report.Seat) (state string, there, voting bool) {
	n := j.Node(s.Node)
	switch {
	case n == nil:
		return "was not looked at", false, false
	case n.Report == nil:
		return n.Reach.words(), false, false
	case n.Report.Failed != "":
		return "has ended its store", false, false
	case n.Report.Cluster != "" && n.Report.Cluster != c.id:
		return "belongs to cluster " + n.Report.Cluster, false, false
	case n.Report.Incarnation != s.Incarnation:
		return "was restarted without its memory", true, false
	case !n.Report.Voting:
		return "has not merged the state of the others yet", true, false
	}
	return "votes", true, true
}

// judgeFailed: nodes whose store has ended by itself.
func judgeFailed(j *judge) {
	for _, n := range j.answering {
		if n.Report.Failed != "" {
			j.find(Warning, "Mend its disk, or make room on it, and start it again; what to do with a file that is refused is in docs/storage.md",
				"the store on %s has ended: %s", n.Name, n.Report.Failed)
		}
	}
}

// judgeFresh: nodes that have no cluster yet.
func judgeFresh(j *judge) {
	if len(j.fresh) == 0 {
		return
	}
	if len(j.clusters) > 0 {
		for _, n := range j.fresh {
			j.find(Warning, "It joins by itself once it is connected to a member: see what is said of its connections, or start it with --connect",
				"%s has joined no cluster, though there is one", n.Name)
		}
		return
	}
	size := j.fresh[0].Report.Wished
	for _, n := range j.fresh {
		size = max(size, n.Report.Wished)
	}
	need := quorumOf(size)
	advice := fmt.Sprintf("Start %s", plural(need-len(j.fresh), "more node"))
	if need <= len(j.fresh) {
		advice = "They found a cluster within some seconds of being connected: see what is said of their connections, and look again"
	}
	j.find(Critical, advice, "there is no cluster yet: %s of the %d that a cluster of %d begins with, %s",
		plural(len(j.fresh), "node"), need, size, list(names(j.fresh)))
}
