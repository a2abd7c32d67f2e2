package explore

import (
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// read: a reader asks two acceptors, each in its own time. A third answer can
// only agree with one of the two, and then those two are a reader of their own;
// TestThirdAnswer looks at three.
func (m *rounds) read(s *state, emit emitter) {
	first := -1
	for i := range s.cols {
		if s.cols[i].read() != 0 {
			first = i
		}
	}
	for i := range s.cols {
		x := m.acc.vote(s.cols[i].acceptor())
		n := *s
		switch first {
		case i:
			continue
		case -1:
			n.cols[i].setRead(x)
			n.setReaderBegan(s.top())
			emit(&n, action(stRead, i, x, 0), m.judgeRead(s, s.top(), x, 0))
		default:
			n.cols[first].setRead(0)
			n.setReaderBegan(0)
			emit(&n, action(stReadEnd, i, x, 0), m.judgeRead(s, s.readerBegan(), s.cols[first].read(), x))
		}
	}
}

func (m *rounds) judgeRead(s *state, began, x, y int) string {
	for _, a := range m.reading(x, y) {
		if bad := m.judge(s, "query", began, a); bad != "" {
			return bad
		}
	}
	return ""
}

// reading is what the real get answers to the answers x and y of a query, under
// every state of the guards; without y after one.
func (m *rounds) reading(x, y int) []answer {
	at := x<<10 | y
	if a, ok := m.reads[at]; ok {
		return a
	}
	var all []answer
	for gx := paxos.Holds; gx <= paxos.Gone; gx++ {
		for gy := paxos.Holds; gy <= paxos.Gone; gy++ {
			r, ok := m.ask(m.answer(x, gx), m.answer(y, gy))
			a := answer{'g', r}
			if ok && !slices.ContainsFunc(all, func(o answer) bool { return o.String() == a.String() }) {
				all = append(all, a)
			}
		}
	}
	m.reads[at] = all
	return all
}

// answer is the answer of that number with the state of its guards put over it.
func (m *rounds) answer(id int, g paxos.GuardState) *paxos.Answer {
	if id == 0 {
		return nil
	}
	x := m.acc.answers.at(id)
	if !m.run.Guards && x.Vote.Entry.Live() && len(x.Vote.Entry.Guards) > 0 {
		x.Vote.Guard = g
	}
	return &x
}

// ask gives a get the answers of the acceptors, each twice, until it ends.
func (m *rounds) ask(answers ...*paxos.Answer) (paxos.Result, bool) {
	d := newDriver(m.acc.cfg, proposerID(0), 0, paxos.Request{Kind: paxos.Get, Key: key})
	round, _ := d.queried()
	for i, a := range answers {
		if a != nil {
			a.Round = round
			d.deliver(i, *a)
			d.deliver(i, *a)
		}
	}
	return d.result()
}

// collect: a collector that asked long ago has heard from all acceptors, each in
// its own time, and its message comes to acceptor i.
func (m *rounds) collect(s *state, b int, emit emitter) {
	for i := range s.cols {
		if s.cols[i].collectable()>>(b-1)&1 == 0 {
			return
		}
	}
	for i := range s.cols {
		if to := m.acc.collect(s.cols[i].acceptor(), b); to != s.cols[i].acceptor() {
			n := *s
			m.move(&n, i, uint32(to))
			emit(&n, action(stCollect, i, b, 0), "")
		}
	}
}

// allows has a bit for each ballot at which the answer of the acceptor would not
// keep the real collector from collecting, if the other two held the tombstone
// at it. TestCollectorIsConjunctive shows that three such answers are what a
// collector needs.
func (m *rounds) allows(id int) int { return m.suits(m.acc.query(id)) }

func (m *rounds) suits(answer int) int {
	if bits, ok := m.suited[answer]; ok {
		return bits
	}
	x, bits := m.acc.answers.at(answer), 0
	for b := 1; b <= m.run.Ballots; b++ {
		tomb := &paxos.Entry{Rev: ballot(1), Tombstone: true}
		if x.Vote.Ballot == ballot(b) {
			tomb = x.Vote.Entry // there is one entry at a ballot
		}
		if !tomb.Tombstone {
			continue
		}
		ideal := paxos.Answer{Record: true, Vote: paxos.Vote{Ballot: ballot(b), Entry: tomb, Own: true}}
		for _, three := range [][3]paxos.Answer{{x, ideal, ideal}, {ideal, ideal, x}} {
			if at, ok := m.collects(three[:]...); ok && at == ballot(b) {
				bits |= 1 << (b - 1)
			}
		}
	}
	m.suited[answer] = bits
	return bits
}

// collects is the ballot at which the real collector collects after answers.
func (m *rounds) collects(answers ...paxos.Answer) (paxos.Ballot, bool) {
	d := newDriver(m.acc.cfg, proposerID(0), 0, paxos.Request{Kind: paxos.CollectTombstone, Key: key})
	round, _ := d.queried()
	for i, a := range answers {
		a.Key, a.Round = key, round
		d.deliver(i, a)
	}
	return d.collects()
}
