package explore

import (
	"fmt"

	"github.com/paxoskv/paxoskv/paxos"
)

// rounds is the search of rounds on one key within one epoch: acceptors, a
// proposer for each ballot, a reader, a collector, guards.
type rounds struct {
	run     *Run
	acc     *acceptors
	classes *interned[*class]
	decided map[uint64][]outcome
	reads   map[int][]answer
	suited  map[int]int // by answer: the ballots at which it suits a collect
	facts   []fact
}

func newRounds(r *Run) *rounds {
	return &rounds{run: r, acc: newAcceptors(r), classes: newInterned[*class](),
		decided: make(map[uint64][]outcome), reads: make(map[int][]answer), suited: make(map[int]int)}
}

func (m *rounds) Init() state {
	var s state
	for i := range s.cols {
		s.cols[i].setAcceptor(m.acc.fresh())
	}
	return s
}

// Canon forgets answers to a collector that can no longer matter: those about
// ballots at which there is no tombstone, and never will be.
func (m *rounds) Canon(s *state) {
	if m.run.Collect {
		open := 0
		for b := 1; b <= m.run.Ballots; b++ {
			if s.prop(b) == undecided || s.prop(b) == inspecting || m.fact(m.entry(s, b)).tomb {
				open |= 1 << (b - 1)
			}
		}
		for i := range s.cols {
			s.cols[i].rest &^= uint64(63&^open) << 26
		}
	}
	s.canon()
}

func (m *rounds) Hash(s *state) [2]uint64 { return s.hash() }

// The kinds of steps.
const (
	stPromise = iota
	stDecide
	stInspect
	stAccept
	stCollect
	stFloor
	stRead
	stReadEnd
	stDie
	stGone
	stSuspect
)

type emitter func(n *state, a Action, violation string)

func (m *rounds) Next(s *state, emit func(*state, Action, string)) {
	for b := 1; b <= m.run.Ballots; b++ {
		for i := range s.cols {
			m.promise(s, b, i, emit)
			m.accept(s, b, i, emit)
		}
		switch s.prop(b) {
		case undecided:
			m.decision(s, b, m.heard(s, b), stDecide, emit)
		case inspecting:
			m.inspection(s, b, emit)
		}
		if m.run.Collect {
			m.collect(s, b, emit)
		}
		if m.run.Floors {
			m.floors(s, b, emit)
		}
		if m.run.Guards {
			m.guards(s, b, emit)
		}
	}
	if m.run.Read {
		m.read(s, emit)
	}
}

// move puts acceptor i into a state, and notes what it would tell a collector.
func (m *rounds) move(s *state, i int, to uint32) {
	s.cols[i].setAcceptor(int(to))
	if m.run.Collect {
		s.cols[i].allow(m.allows(int(to)))
	}
}

// isRetry: ballot b tries the put of an earlier one again.
func (m *rounds) isRetry(s *state, b int) bool {
	first := m.run.RetryOf[b]
	f := m.fact(m.entry(s, first))
	return first != 0 && f.rev == first && !f.tomb
}

// promise: the prepare of b comes to acceptor i. It may be on its way long
// after its proposer decided.
func (m *rounds) promise(s *state, b, i int, emit emitter) {
	if first := m.run.RetryOf[b]; first != 0 && (s.prop(first) == undecided || s.prop(first) == inspecting) {
		return // the put is tried again only once it was tried
	}
	at := s.cols[i].acceptor()
	st := m.acc.prepare(at, b)
	waits := s.prop(b) == undecided && st.answer != 0
	if int(st.to) == at && !waits {
		return
	}
	n := *s
	if waits {
		if s.cols[0].prom(b)|s.cols[1].prom(b)|s.cols[2].prom(b) == 0 {
			n.setBegan(b, s.top())
		}
		n.cols[i].setProm(b, int(st.answer))
	}
	m.move(&n, i, st.to)
	bad := ""
	for x := 1; x < b && bad == ""; x++ {
		bad = m.endings(&n, x) // what they refuse now may end an earlier round
	}
	emit(&n, action(stPromise, i, b, int(st.answer)), bad)
}

// heard gathers what may come to the proposer of b.
func (m *rounds) heard(s *state, b int) heard {
	h := heard{ballot: b, retry: m.isRetry(s, b)}
	any := false
	for i := range s.cols {
		h.promise[i] = s.cols[i].prom(b)
		any = any || h.promise[i] != 0
	}
	for i := range s.cols {
		if any && s.prop(b) == undecided && m.acc.prepare(s.cols[i].acceptor(), b).answer == 0 {
			h.refuses |= 1 << i
		}
	}
	return h
}

// decision: answers come to the proposer of b until it goes on.
func (m *rounds) decision(s *state, b int, h heard, kind int, emit emitter) {
	if h.promise == [3]int{} {
		return
	}
	for k, o := range m.decide(h) {
		n := *s
		bad := o.violation
		for _, a := range o.answers {
			if bad == "" {
				bad = m.judge(s, fmt.Sprintf("P%d", b), s.began(b), a)
			}
		}
		if o.erases != 0 && !s.dead(o.erases) && bad == "" {
			bad = fmt.Sprintf("guard: P%d erases L%d, whose guard has not ended", b, o.erases)
		}
		if o.denies {
			n.deny()
			if bad == "" {
				bad = m.chain(&n)
			}
		}
		n.setProp(b, o.prop)
		for i := range n.cols {
			if o.prop != inspecting || o.from>>i&1 == 0 {
				n.cols[i].setProm(b, 0)
			}
		}
		if o.prop != inspecting {
			n.setBegan(b, 0)
		}
		if bad == "" {
			bad = m.endings(&n, b)
		}
		emit(&n, action(kind, k, b, h.guard), bad)
	}
}

// inspection: the acceptor that does not hold what was found tells what it knows
// of the guards, or stays silent.
func (m *rounds) inspection(s *state, b int, emit emitter) {
	h := m.heard(s, b)
	cur, entry := paxos.Ballot{}, 0
	for i := range s.cols {
		if h.promise[i] != 0 {
			if v := m.acc.promises.at(h.promise[i]).Vote; cur.Less(v.Ballot) {
				cur, entry = v.Ballot, m.acc.entry(v.Entry)
			}
		}
	}
	for i := range s.cols {
		if h.promise[i] == 0 {
			continue
		}
		if v := m.acc.promises.at(h.promise[i]).Vote; v.Entry.Live() && number(v.Entry.Rev) == m.fact(entry).rev {
			continue
		}
		h.guard = 1 + int(m.acc.inspect(s.cols[i].acceptor(), entry))
		m.decision(s, b, h, stInspect, emit)
	}
	h.guard = silence
	m.decision(s, b, h, stInspect, emit)
}

// accept: the accept of b comes to acceptor i.
func (m *rounds) accept(s *state, b, i int, emit emitter) {
	e := m.entry(s, b)
	if e == 0 {
		return
	}
	at := s.cols[i].acceptor()
	st := m.acc.accept(at, b, e)
	voted := s.cols[i].voted()>>(b-1)&1 == 1
	if int(st.to) == at && (voted || st.answer == 0) {
		return
	}
	n := *s
	m.move(&n, i, st.to)
	bad := ""
	if st.answer != 0 && !voted {
		n.cols[i].vote(b)
		if n.chosen() != s.chosen() {
			bad = m.chain(&n)
		}
		if bad == "" {
			bad = m.endings(&n, b)
		}
	}
	emit(&n, action(stAccept, i, b, 0), bad)
}

// floors: another key of the slot is collected at b.
func (m *rounds) floors(s *state, b int, emit emitter) {
	for i := range s.cols {
		if to := m.acc.floor(s.cols[i].acceptor(), b); to != s.cols[i].acceptor() {
			n := *s
			m.move(&n, i, uint32(to))
			emit(&n, action(stFloor, i, b, 0), "")
		}
	}
}

// guards: the guard of the put of b ends, acceptors notice it or lose and find
// the connection to its node again, each in its own time.
func (m *rounds) guards(s *state, b int, emit emitter) {
	if f := m.fact(m.entry(s, b)); f.rev != b || f.tomb {
		return // only of what was put
	}
	if !s.dead(b) {
		n := *s
		n.die(b)
		emit(&n, action(stDie, 0, b, 0), "")
	}
	for i := range s.cols {
		at := s.cols[i].acceptor()
		steps := []int{m.acc.down(at, b)}
		if m.acc.suspects(at, b) {
			steps[0] = m.acc.up(at, b)
		}
		if s.dead(b) {
			steps = append(steps, m.acc.gone(at, b))
		}
		for k, to := range steps {
			if to != at {
				n := *s
				m.move(&n, i, uint32(to))
				emit(&n, action(stSuspect-k, i, b, 0), "")
			}
		}
	}
}
