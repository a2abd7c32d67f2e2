package explore

import (
	"fmt"
	"math/bits"

	"github.com/paxoskv/paxoskv/paxos"
)

// What is checked here knows the protocol and nothing of the core: it looks at
// what was sent, voted for and answered.

// quorum of three acceptors.
const quorum = 2

// lawful says what is wrong with what a proposer asks to accept, if anything.
func (m *rounds) lawful(t talk, a paxos.Accept) string {
	e, cur := a.Entry, current(t.heard).Entry
	switch {
	case a.Ballot != ballot(t.b):
		return fmt.Sprintf("ballot: P%d asks for votes at another ballot, %v", t.b, a.Ballot)
	case e.Rev != a.Ballot && (cur == nil || m.acc.entry(e) != m.acc.entry(cur)):
		return fmt.Sprintf("ballot: P%d proposes %s, which is neither new nor what it found", t.b, name(e))
	case e.Rev == a.Ballot && t.kind == 'x' && e.Tombstone:
		return fmt.Sprintf("erase: an erasure of another rev puts %s on %s", name(e), name(cur))
	}
	return ""
}

// erasure checks point 3 of "What must hold" where an entry that was found is
// erased or replaced: a guard gone, or a quorum that suspects it in the answers
// of this round. It names the put whose guard is said to be gone, so that this
// can be held against what really happened to the guard.
func (m *rounds) erasure(t talk, e *paxos.Entry) (violation string, gone int) {
	cur := current(t.heard).Entry
	if e.Rev != ballot(t.b) || !cur.Live() {
		return "", 0
	}
	suspects := 0
	for _, w := range t.heard {
		state := paxos.Holds
		switch b := w.body.(type) {
		case paxos.Promise:
			if b.Vote.Entry.Live() && b.Vote.Entry.Rev == cur.Rev {
				state = b.Vote.Guard
			}
		case paxos.Inspected:
			state = b.Guard
		}
		suspects |= 1 << w.from * (int(state) & 1) // bit of an acceptor that suspects
		if state == paxos.Gone {
			gone = number(cur.Rev)
		}
	}
	if bits.OnesCount(uint(suspects)) >= t.cfg.Size/2+1 || gone != 0 && !m.run.Guards {
		return "", 0
	}
	if gone == 0 {
		return fmt.Sprintf("guard: P%d puts %s over %s, though no answer of the round says that its guard is gone, and %d suspect it",
			t.b, name(e), name(cur), bits.OnesCount(uint(suspects))), 0
	}
	return "", gone
}

// fact is what is known of an entry.
type fact struct {
	rev, prev int
	tomb      bool
	value     paxos.Value
	name      string
}

func (m *rounds) fact(entry int) fact {
	for len(m.facts) < len(m.acc.entries.items) {
		e := m.acc.entries.items[len(m.facts)]
		f := fact{name: name(e)}
		if e != nil {
			f = fact{number(e.Rev), number(e.Prev), e.Tombstone, e.Value, name(e)}
		}
		m.facts = append(m.facts, f)
	}
	return m.facts[entry]
}

// entry is what the proposer of b asked to accept, 0 if nothing.
func (m *rounds) entry(s *state, b int) int {
	if b == 0 || b > m.run.Ballots || s.prop(b) <= firstClass {
		return 0
	}
	return m.classes.at(s.prop(b) - firstClass).entry
}

// chosen has a bit for each ballot that a quorum voted for.
func (s *state) chosen() int {
	x, y, z := s.cols[0].voted(), s.cols[1].voted(), s.cols[2].voted()
	return x&y | x&z | y&z
}

// top is the highest chosen ballot.
func (s *state) top() int { return bits.Len(uint(s.chosen())) }

// follows: e came after the entry of rev, directly or not.
func (m *rounds) follows(s *state, e, rev int) bool {
	for range 2 * maxBallots {
		prev := m.fact(e).prev
		if prev == 0 || prev == rev {
			return prev == rev
		}
		if e = m.entry(s, prev); m.fact(e).rev != prev {
			return false
		}
	}
	return false
}

// chain checks that the chosen entries, by ballot, each follow the one before.
func (m *rounds) chain(s *state) string {
	chosen, last, revs := s.chosen(), 0, 0
	for b := 1; b <= m.run.Ballots; b++ {
		if chosen>>(b-1)&1 == 0 {
			continue
		}
		e := m.entry(s, b)
		if f, l := m.fact(e), m.fact(last); last != 0 && e != last &&
			(f.rev <= l.rev || !l.tomb && !m.follows(s, e, l.rev)) {
			return fmt.Sprintf("chain: %s is chosen at ballot %d after %s, which it does not follow", f.name, b, l.name)
		}
		if !m.fact(e).tomb {
			revs |= 1 << m.fact(e).rev
		}
		last = e
	}
	for again, first := range m.run.RetryOf {
		if first == 0 {
			continue
		}
		if revs>>first&1 == 1 && revs>>again&1 == 1 && m.isRetry(s, again) {
			return fmt.Sprintf("retry: one put took effect twice, as L%d and as L%d", first, again)
		}
		if revs>>first&1 == 1 && s.denied() {
			return fmt.Sprintf("retry: L%d is chosen, though its put was answered with another's value", first)
		}
	}
	return ""
}

// stood: the entry of rev was the state of the chain at some moment since the
// highest chosen ballot was began.
func (m *rounds) stood(s *state, began int, e *paxos.Entry) bool {
	for b := max(began, 1); b <= m.run.Ballots; b++ {
		if f := m.fact(m.entry(s, b)); s.chosen()>>(b-1)&1 == 1 && !f.tomb && f.rev == number(e.Rev) && f.value == e.Value {
			return true
		}
	}
	return false
}

// empty: there was nothing, or a tombstone, at some moment since.
func (m *rounds) empty(s *state, began int) bool {
	if began == 0 {
		return true
	}
	for b := began; b <= m.run.Ballots; b++ {
		if s.chosen()>>(b-1)&1 == 1 && m.fact(m.entry(s, b)).tomb {
			return true
		}
	}
	return false
}

// took: the entry of rev is chosen, or one that follows it.
func (m *rounds) took(s *state, rev int) bool {
	for b := 1; b <= m.run.Ballots; b++ {
		if e := m.entry(s, b); s.chosen()>>(b-1)&1 == 1 && (m.fact(e).rev == rev || m.follows(s, e, rev)) {
			return true
		}
	}
	return false
}

// judge checks an answer that is given in s by an operation that began when the
// highest chosen ballot was began.
func (m *rounds) judge(s *state, who string, began int, a answer) string {
	wrong := false
	switch r := a.result; r.Kind {
	case paxos.Found:
		rev := number(r.Entry.Rev)
		if a.kind == 'r' && r.Mine {
			wrong = !m.took(s, rev)
		} else {
			wrong = !m.stood(s, began, r.Entry)
			if a.kind == 'r' && m.took(s, m.run.first()) {
				return fmt.Sprintf("retry: %s: %v, but its own value took effect", who, a)
			}
		}
	case paxos.NotFound:
		wrong = !m.empty(s, began)
	case paxos.Indeterminate:
		wrong = a.kind != 'r'
	}
	if wrong {
		return fmt.Sprintf("answer: %s: %v, which the chain of chosen entries was not in its time", who, a)
	}
	return ""
}
