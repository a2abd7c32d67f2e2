package script

import (
	"fmt"
	"strings"

	"github.com/paxoskv/paxoskv/paxos"
)

// life writes an identity: a stroke for each life before.
func life(n paxos.NodeID) string {
	if n.Incarnation == 0 {
		return n.Name
	}
	return n.Name + strings.Repeat("'", int(n.Incarnation-1))
}

func lives(ns []paxos.NodeID) string {
	var s []string
	for _, n := range ns {
		s = append(s, life(n))
	}
	return strings.Join(s, " ")
}

func ballot(b paxos.Ballot) string {
	if b.IsZero() {
		return "0"
	}
	return fmt.Sprintf("%d.%s", b.Counter, life(b.Proposer))
}

func entry(e *paxos.Entry) string {
	switch {
	case e == nil:
		return "nothing"
	case e.Tombstone:
		return "T" + ballot(e.Rev)
	}
	return fmt.Sprintf("L%s(%s)", ballot(e.Rev), e.Value)
}

func vote(v paxos.Vote) string {
	if v.Entry == nil {
		return "nothing"
	}
	s := entry(v.Entry) + "@" + ballot(v.Ballot)
	if !v.Own {
		s += " copy"
	}
	if v.Guard != paxos.Holds {
		s += " " + v.Guard.String()
	}
	return s
}

// kind is the name of a message's type, in small letters.
func kind(b paxos.Body) string {
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", b), "paxos."))
}

func showBody(b paxos.Body) string {
	s := kind(b)
	switch b := b.(type) {
	case paxos.Prepare:
		return s + " " + ballot(b.Ballot)
	case paxos.Accept:
		return s + " " + ballot(b.Ballot) + " " + entry(b.Entry)
	case paxos.Promise:
		return s + " " + ballot(b.Ballot) + ": " + vote(b.Vote)
	case paxos.Accepted:
		return s + " " + ballot(b.Ballot)
	case paxos.Nack:
		return s + " " + ballot(b.Ballot) + ", promised " + ballot(b.Promised)
	case paxos.Answer:
		return s + " " + vote(b.Vote)
	case paxos.Inspected:
		return s + " " + b.Guard.String()
	case paxos.Collect:
		return s + " " + ballot(b.Ballot)
	case paxos.Chosen:
		return s + " " + ballot(b.Ballot)
	case paxos.ConfigAccept:
		return s + " " + showConfig(b.Vote.Config)
	case paxos.ConfigChosen:
		return s + " " + showConfig(b.Config)
	}
	return s
}

func showMessage(e paxos.Envelope) string {
	return fmt.Sprintf("%s -> %s %s", life(e.From), life(e.To), showBody(e.Body))
}

// sends tells of messages that go out, those with one text on one line.
func (l *lab) sends(es []paxos.Envelope) {
	for i := 0; i < len(es); {
		text, to := showBody(es[i].Body), []paxos.NodeID{es[i].To}
		j := i + 1
		for ; j < len(es) && showBody(es[j].Body) == text; j++ {
			to = append(to, es[j].To)
		}
		l.say("%s sends %s to %s", life(es[i].From), text, lives(to))
		i = j
	}
}

func showConfig(c *paxos.Config) string {
	if c.Epoch == 0 {
		return "no configuration"
	}
	return fmt.Sprintf("epoch %d, size %d: %s", c.Epoch, c.Size, lives(c.Members()))
}

func showResult(r paxos.Result) string {
	switch r.Kind {
	case paxos.Found:
		mine := "another's"
		if r.Mine {
			mine = "its own"
		}
		return fmt.Sprintf("%s, %s (rev %s)", r.Entry.Value, mine, ballot(r.Entry.Rev))
	case paxos.NotFound:
		return "not found"
	case paxos.Indeterminate:
		return "indeterminate"
	}
	return "done"
}

// show tells what each node holds for a key.
func (l *lab) show(key paxos.Key) {
	for _, n := range l.nodes {
		st := n.r.Acceptor.State(paxos.SlotOf(key))
		s := "no record"
		if !st.Floor.IsZero() {
			s += ", floor " + ballot(st.Floor)
		}
		for _, r := range st.Records {
			if r.Key != key {
				continue
			}
			s = "promised " + ballot(r.Promised) + ", holds " +
				vote(paxos.Vote{Entry: r.Held.Entry, Ballot: r.Held.Ballot, Own: r.Held.Own})
		}
		l.say("%s: %s", life(n.id), s)
	}
}

// cluster tells what each node takes for the members.
func (l *lab) cluster() {
	for _, n := range l.nodes {
		m := n.r.Member
		l.say("%s: %s; votes %t, quorum %t", life(n.id), showConfig(m.Config()), m.Voting(), m.Quorum())
	}
}
