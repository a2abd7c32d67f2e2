package explore

import (
	"fmt"
	"strings"

	"github.com/paxoskv/paxoskv/paxos"
)

// acceptors runs the real acceptor, once for each pair of a state and an input:
// states are interned snapshots.
type acceptors struct {
	run     *Run
	cfg     *paxos.Config
	scratch *paxos.Acceptor
	slot    int

	states   *interned[paxos.Snapshot]
	promises *interned[paxos.Promise]
	answers  *interned[paxos.Answer]
	entries  *interned[*paxos.Entry]

	memo     map[uint64]stepped
	prepares [][]stepped // by acceptor and ballot: the most frequent step
}

// stepped is where a step led, and what was answered: the number of a promise
// or of an answer, 1 for a vote, 0 for a refusal or nothing.
type stepped struct {
	to     uint32
	answer uint16
	known  bool
}

func newAcceptors(r *Run) *acceptors {
	return &acceptors{run: r, cfg: config(), scratch: paxos.NewAcceptor(acceptorID(0)), slot: paxos.SlotOf(key),
		states: newInterned[paxos.Snapshot](), promises: newInterned[paxos.Promise](),
		answers: newInterned[paxos.Answer](), entries: newInterned[*paxos.Entry](), memo: make(map[uint64]stepped)}
}

// fresh is the number of an acceptor that holds nothing and is connected to the
// nodes of all guards.
func (a *acceptors) fresh() int {
	acc := paxos.NewAcceptor(acceptorID(0))
	for b := 1; b <= a.run.Ballots; b++ {
		acc.NodeUp(guardNode(b), 1)
	}
	return a.intern(acc.Snapshot(a.slot))
}

func (a *acceptors) intern(s paxos.Snapshot) int {
	var w strings.Builder
	fmt.Fprintf(&w, "f%d", number(s.State.Floor))
	if a.run.retries() {
		fmt.Fprintf(&w, " c%d", number(s.State.Collected))
	} else {
		s.State.Collected = paxos.Ballot{} // only retried puts ask for it
	}
	for _, r := range s.State.Records {
		fmt.Fprintf(&w, " %s:%s %s %v", r.Key, r.Promised, r.Held.Ballot, r.Held.Own)
		fmt.Fprintf(&w, " %d", a.entry(r.Held.Entry))
	}
	for _, g := range s.Gone {
		w.WriteString(" x" + g.Subject)
	}
	for b := 1; b <= a.run.Ballots; b++ {
		fmt.Fprintf(&w, " %d", s.Nodes[guardNode(b)])
	}
	return a.states.id(w.String(), s)
}

// entry numbers entries by all that they say.
func (a *acceptors) entry(e *paxos.Entry) int {
	if e == nil {
		return 0
	}
	return a.entries.id(fmt.Sprintf("%v %s %d", e, e.Value, len(e.Guards)), e)
}

// step feeds the real acceptor one message of proposer b, or of a reader.
func (a *acceptors) step(id, b int, m paxos.Body) (int, paxos.Body, *paxos.Output) {
	var out paxos.Output
	a.scratch.Restore(a.states.at(id))
	a.scratch.Step(0, a.cfg, proposerID(b), m, &out)
	var reply paxos.Body
	if len(out.Messages) > 0 {
		reply = out.Messages[0].Body
	}
	return a.intern(a.scratch.Snapshot(a.slot)), reply, &out
}

// change is a step that answers nothing, such as the end of a guard.
func (a *acceptors) change(id, code int, f func(*paxos.Acceptor)) int {
	return int(a.remember(id, code, func() stepped {
		a.scratch.Restore(a.states.at(id))
		f(a.scratch)
		return stepped{to: uint32(a.intern(a.scratch.Snapshot(a.slot)))}
	}).to)
}

func (a *acceptors) remember(id, code int, f func() stepped) stepped {
	at := uint64(id)<<32 | uint64(code)
	if s, ok := a.memo[at]; ok {
		return s
	}
	s := f()
	a.memo[at] = s
	return s
}

// Codes of inputs: a kind, then a ballot or an entry.
const (
	inAccept  = 1 << 28
	inCollect = 2 << 28
	inQuery   = 3 << 28
	inFloor   = 4 << 28
	inGone    = 5 << 28
	inDown    = 6 << 28
	inUp      = 7 << 28
	inInspect = 8 << 28
	inVote    = 9 << 28
)

func (a *acceptors) prepare(id, b int) stepped {
	for id >= len(a.prepares) {
		a.prepares = append(a.prepares, make([]stepped, maxBallots+1))
	}
	s := &a.prepares[id][b]
	if !s.known {
		to, reply, _ := a.step(id, b, paxos.Prepare{Key: key, Ballot: ballot(b)})
		*s = stepped{to: uint32(to), known: true}
		if p, ok := reply.(paxos.Promise); ok {
			s.answer = uint16(a.promise(p))
		}
	}
	return *s
}

// promise numbers what a promise tells; the ballot is told by where it is kept.
func (a *acceptors) promise(p paxos.Promise) int {
	p.Ballot = paxos.Ballot{}
	if !a.run.retries() {
		p.Collected = paxos.Ballot{}
	}
	return a.promises.id(fmt.Sprintf("%s %d %v %d %s", p.Vote.Ballot, a.entry(p.Vote.Entry), p.Vote.Own,
		p.Vote.Guard, p.Collected), p)
}

func (a *acceptors) accept(id, b, entry int) stepped {
	return a.remember(id, inAccept|b<<16|entry, func() stepped {
		to, reply, _ := a.step(id, b, paxos.Accept{Key: key, Ballot: ballot(b), Entry: a.entries.at(entry)})
		s := stepped{to: uint32(to)}
		if _, ok := reply.(paxos.Accepted); ok {
			s.answer = 1
		}
		return s
	})
}

func (a *acceptors) collect(id, b int) int {
	return int(a.remember(id, inCollect|b, func() stepped {
		to, _, _ := a.step(id, b, paxos.Collect{Key: key, Ballot: ballot(b)})
		return stepped{to: uint32(to)}
	}).to)
}

// vote is the number of the answer of the acceptor to a reader, who looks at the
// vote alone (TestReaderLooksAtVotes).
func (a *acceptors) vote(id int) int {
	return int(a.remember(id, inVote, func() stepped {
		m := paxos.Answer{Key: key, Vote: a.answers.at(a.query(id)).Vote, Record: true}
		return stepped{answer: uint16(a.tell(m))}
	}).answer)
}

// query is the number of the answer that the acceptor gives to a query.
func (a *acceptors) query(id int) int {
	return int(a.remember(id, inQuery, func() stepped {
		_, reply, _ := a.step(id, 1, paxos.Query{Key: key, Round: 1})
		m, _ := reply.(paxos.Answer)
		return stepped{answer: uint16(a.tell(m))}
	}).answer)
}

func (a *acceptors) tell(m paxos.Answer) int {
	return a.answers.id(fmt.Sprintf("%s %d %v %d %v %s", m.Vote.Ballot, a.entry(m.Vote.Entry), m.Vote.Own,
		m.Vote.Guard, m.Record, m.Floor), m)
}

// floor collects a tombstone of another key of the slot, accepted at b.
func (a *acceptors) floor(id, b int) int {
	return a.change(id, inFloor|b, func(acc *paxos.Acceptor) {
		var out paxos.Output
		t := &paxos.Entry{Rev: ballot(b), Tombstone: true}
		acc.Step(0, a.cfg, proposerID(b), paxos.Accept{Key: other, Ballot: ballot(b), Entry: t}, &out)
		acc.Step(0, a.cfg, proposerID(b), paxos.Collect{Key: other, Ballot: ballot(b)}, &out)
	})
}

// gone, down and up tell the acceptor of the guard of the put of ballot b.
func (a *acceptors) gone(id, b int) int {
	return a.change(id, inGone|b, func(acc *paxos.Acceptor) { acc.Observe(guard(b), &paxos.Output{}) })
}

func (a *acceptors) down(id, b int) int {
	return a.change(id, inDown|b, func(acc *paxos.Acceptor) { acc.NodeDown(guardNode(b)) })
}

func (a *acceptors) up(id, b int) int {
	return a.change(id, inUp|b, func(acc *paxos.Acceptor) { acc.NodeUp(guardNode(b), 1) })
}

// suspects says whether the acceptor is cut off from the guard of ballot b.
func (a *acceptors) suspects(id, b int) bool { return a.states.at(id).Nodes[guardNode(b)] == 0 }

// inspect is what the acceptor says of the guards of an entry.
func (a *acceptors) inspect(id, entry int) paxos.GuardState {
	return paxos.GuardState(a.remember(id, inInspect|entry, func() stepped {
		_, reply, _ := a.step(id, 1, paxos.Inspect{Key: key, Round: 1, Guards: a.entries.at(entry).Guards})
		m, _ := reply.(paxos.Inspected)
		return stepped{answer: uint16(m.Guard)}
	}).answer)
}
