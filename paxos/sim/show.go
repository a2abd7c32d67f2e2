package sim

import (
	"fmt"
	"strings"

	"github.com/paxoskv/paxoskv/paxos"
)

// showBody shows a message on one line of a trace.
func showBody(w *world, e paxos.Envelope) string {
	if w.trace == nil {
		return ""
	}
	s := fmt.Sprintf("e%d %T", e.Epoch, e.Body)
	s = strings.Replace(s, "paxos.", "", 1)
	switch b := e.Body.(type) {
	case paxos.Prepare:
		return fmt.Sprintf("%s %s @%s", s, b.Key, b.Ballot)
	case paxos.Accept:
		return fmt.Sprintf("%s %s @%s %s%s", s, b.Key, b.Ballot, b.Entry, showGuards(b.Entry.Guards))
	case paxos.Promise:
		return fmt.Sprintf("%s %s @%s %s collected=%s", s, b.Key, b.Ballot, showVote(b.Vote), b.Collected)
	case paxos.Answer:
		return fmt.Sprintf("%s %s #%d %s record=%t floor=%s", s, b.Key, b.Round, showVote(b.Vote), b.Record, b.Floor)
	case paxos.Inspect:
		return fmt.Sprintf("%s %s #%d%s", s, b.Key, b.Round, showGuards(b.Guards))
	case paxos.Hello:
		return fmt.Sprintf("%s done=%d reply=%t %s", s, b.Done, b.Reply, showConfig(&b.Config))
	case paxos.ConfigPromise:
		return fmt.Sprintf("%s @%s voted=%s connected=%v", s, b.Ballot, b.Vote.Ballot, b.Connected)
	case paxos.ConfigAccept:
		return fmt.Sprintf("%s @%s %s", s, b.Vote.Ballot, showConfig(b.Vote.Config))
	case paxos.ConfigChosen:
		return fmt.Sprintf("%s %s", s, showConfig(b.Config))
	case paxos.MergeState:
		return fmt.Sprintf("%s %v to %v voting=%t parts=%d", s, b.From, b.Next, b.Voting, len(b.States))
	}
	return fmt.Sprintf("%s %v", s, e.Body)
}

func showVote(v paxos.Vote) string {
	if v.Entry == nil {
		return "nothing"
	}
	own := "copy"
	if v.Own {
		own = "own"
	}
	return fmt.Sprintf("%s@%s(%s, %s)", v.Entry, v.Ballot, own, v.Guard)
}

func showConfig(c *paxos.Config) string {
	if c.Epoch == 0 {
		return "no config"
	}
	s := fmt.Sprintf("cluster %s epoch %d size %d:", c.Cluster, c.Epoch, c.Size)
	for _, x := range c.Seats {
		s += " " + x.Node.String()
		if x.Replaced {
			s += fmt.Sprintf("(%d)", x.Since)
		}
	}
	if c.Reset.Epoch == c.Epoch {
		s += fmt.Sprintf(" reset(%d of %v)", c.Reset.Need, c.Reset.Sources)
	}
	return s
}

func showGuards(gs []paxos.Guard) string {
	s := ""
	for _, g := range gs {
		s += " tied to " + showGuard(g)
	}
	return s
}

func showGuard(g paxos.Guard) string {
	switch g.Kind {
	case paxos.GuardPID:
		return fmt.Sprintf("process %s of %s.%d", g.Subject, g.Node, g.Creation)
	case paxos.GuardNode:
		return fmt.Sprintf("node %s.%d", g.Node, g.Creation)
	case paxos.GuardKey:
		return fmt.Sprintf("key %s rev %s", g.Subject, g.Rev)
	}
	return fmt.Sprintf("time %d", g.Deadline-epochMs)
}
