package explore

import (
	"fmt"
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// heard is what a proposer has on its way to it when it may decide: for each
// acceptor the number of its promise (0: none), and whether it refuses.
type heard struct {
	ballot  int
	promise [3]int
	refuses int // bits
	// retry says that the put of an earlier ballot is tried again.
	retry bool
	// guard is the answer about guards of the acceptor asked: 1 + its state, or
	// silence; 0 where that question was not put yet.
	guard int
}

const silence = 4

func (h *heard) code() uint64 {
	c := uint64(h.ballot)
	for _, p := range h.promise {
		c = c<<10 | uint64(p)
	}
	c = c<<3 | uint64(h.refuses)
	c = c<<3 | uint64(h.guard)
	if h.retry {
		c |= 1 << 60
	}
	return c
}

// outcome is one way to go on from what was heard.
type outcome struct {
	// prop is what the proposer is at then: ended, inspecting, or a class.
	prop int
	// answers were given at once.
	answers []answer
	// from has the bits of the acceptors whose promises are kept.
	from int
	// erases is the put whose entry is erased or replaced since its guard is said
	// to be gone.
	erases int
	// denies says that a retried put is answered with another's value.
	denies bool
	// violation is a rule that the step itself broke.
	violation string
}

// answer is the result of an operation of a kind (the letters of Run.Ops).
type answer struct {
	kind   byte
	result paxos.Result
}

func (a answer) String() string {
	op := map[byte]string{'p': "put", 'n': "put without guards", 'r': "retried put", 'g': "get", 'e': "erase",
		'x': "erase of another rev", 'c': "collect"}[a.kind]
	switch a.result.Kind {
	case paxos.Found:
		return fmt.Sprintf("%s answers %s", op, name(a.result.Entry))
	case paxos.NotFound:
		return op + " answers not found"
	case paxos.Indeterminate:
		return op + " answers indeterminate"
	}
	return op + " ends"
}

// class is a proposer that waits for votes on an entry: the operations, of
// different kinds, that would ask for the same votes here.
type class struct {
	entry int
	talks []talk
	// ends holds, for each set of voters and refusers, what the proposer answers.
	ends [64]*ending
}

// talk is how a proposer got to where it is: it is brought there again by the
// same words.
type talk struct {
	cfg   *paxos.Config
	kind  byte
	b     int
	req   paxos.Request
	heard []word
}

type word struct {
	from int
	body paxos.Body // nil: the timer
}

func (t talk) with(w ...word) talk {
	t.heard = append(slices.Clone(t.heard), w...)
	return t
}

// play runs the real proposer through the talk. Every message comes twice, and
// among messages that do not count.
func (m *rounds) play(t talk) *driver {
	d, err := inRound(t.cfg, t.b, t.req)
	if err != nil {
		panic(err) // the core under test is not one that the search knows to drive
	}
	d.disturb(t.b)
	for _, w := range t.heard {
		if w.body == nil {
			d.expire()
			continue
		}
		d.deliver(w.from, w.body)
		d.deliver(w.from, w.body)
		d.disturb(t.b)
	}
	return d
}

// decide lists all ways to go on for the proposer of a ballot.
func (m *rounds) decide(h heard) []outcome {
	code := h.code()
	if o, ok := m.decided[code]; ok {
		return o
	}
	o := m.explain(h, m.acc.cfg, m.orders(h))
	m.decided[code] = o
	return o
}

// explain lists the ways to go on after answers of members of cfg.
func (m *rounds) explain(h heard, cfg *paxos.Config, orders [][]word) []outcome {
	c := &gathering{m: m, h: h, classes: make(map[string]*outcome)}
	for _, words := range orders {
		for _, w := range m.guardings(words) {
			for _, t := range m.requests(h, w) {
				t.cfg = cfg
				c.run(t.with(w...))
			}
		}
	}
	return c.outcomes()
}

// orders lists the sets of answers that may come to the proposer first: one
// promise, two, or one and refusals.
func (m *rounds) orders(h heard) [][]word {
	word1 := func(i int) word { return m.promised(h.ballot, i, h.promise[i]) }
	refusal := func(i int) word {
		return word{i, paxos.Nack{Key: key, Ballot: ballot(h.ballot), Promised: ballot(maxBallots)}}
	}
	var all [][]word
	for i := range 3 {
		if h.promise[i] == 0 {
			continue
		}
		for j := i + 1; j < 3; j++ {
			if h.promise[j] != 0 {
				all = append(all, []word{word1(i), word1(j)})
			}
		}
		if h.guard != 0 {
			continue
		}
		for j := range 3 {
			if j != i && h.refuses>>j&1 == 1 {
				all = append(all, []word{word1(i), refusal(j)}, []word{refusal(j), word1(i)})
			}
		}
		all = append(all, []word{word1(i)})
	}
	return all
}

// promised is the promise of that number by acceptor i to ballot b.
func (m *rounds) promised(b, i, id int) word {
	p := m.acc.promises.at(id)
	p.Key, p.Ballot = key, ballot(b)
	return word{i, p}
}

// guardings puts the most general guard over the votes: every acceptor may find
// it to hold, suspected or gone. With explicit guards, votes stay as they are.
func (m *rounds) guardings(words []word) [][]word {
	if m.run.Guards {
		return [][]word{words}
	}
	all := [][]word{nil}
	for _, w := range words {
		p, ok := w.body.(paxos.Promise)
		states := []paxos.GuardState{paxos.Holds}
		if ok && p.Vote.Entry.Live() && len(p.Vote.Entry.Guards) > 0 {
			states = append(states, paxos.Suspect, paxos.Gone)
		}
		var next [][]word
		for _, before := range all {
			for _, s := range states {
				if ok {
					p.Vote.Guard = s
					w.body = p
				}
				next = append(next, append(slices.Clone(before), w))
			}
		}
		all = next
	}
	return all
}

// requests lists the operations that the ballot may be of.
func (m *rounds) requests(h heard, words []word) []talk {
	var all []talk
	add := func(kind byte, r paxos.Request) {
		r.Key = key
		all = append(all, talk{kind: kind, b: h.ballot, req: r})
	}
	if first := m.run.RetryOf[h.ballot]; h.retry {
		add('r', paxos.Request{Kind: paxos.Put, Value: value(first), Guards: []paxos.Guard{guard(first)},
			Sent: []paxos.Rev{ballot(first)}})
		return all
	}
	for _, kind := range []byte(m.run.ops(h.ballot)) {
		switch kind {
		case 'p':
			add(kind, paxos.Request{Kind: paxos.Put, Value: value(h.ballot), Guards: []paxos.Guard{guard(h.ballot)}})
		case 'n':
			add(kind, paxos.Request{Kind: paxos.Put, Value: value(h.ballot)})
		case 'g':
			add(kind, paxos.Request{Kind: paxos.Get})
		case 'c':
			add(kind, paxos.Request{Kind: paxos.CollectTombstone})
		case 'e':
			rev := paxos.Rev{}
			if cur := current(words).Entry; cur != nil {
				rev = cur.Rev
			}
			add('e', paxos.Request{Kind: paxos.Erase, Rev: rev})
			add('x', paxos.Request{Kind: paxos.Erase, Rev: ballot(maxBallots + 1)})
		}
	}
	return all
}

// current is the vote of the highest ballot among promises.
func current(words []word) paxos.Vote {
	var cur paxos.Vote
	for _, w := range words {
		if p, ok := w.body.(paxos.Promise); ok && p.Vote.Entry != nil && cur.Ballot.Less(p.Vote.Ballot) {
			cur = p.Vote
		}
	}
	return cur
}
