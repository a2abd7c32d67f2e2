package explore

import (
	"fmt"
	"math/bits"

	"github.com/paxoskv/paxoskv/paxos"
)

// ending is what the proposers of a class do with a set of votes and refusals.
type ending struct {
	answers []answer
	// told says that one of them tells the acceptors that its ballot was chosen.
	told bool
}

// endings gives the votes and refusals of ballot b to its proposer, and checks
// what it does: it answers when, and only when, a quorum voted.
func (m *rounds) endings(s *state, b int) string {
	e := m.entry(s, b)
	if e == 0 {
		return ""
	}
	votes, refusals := 0, 0
	for i := range s.cols {
		if s.cols[i].voted()>>(b-1)&1 == 1 {
			votes |= 1 << i
		} else if m.acc.accept(s.cols[i].acceptor(), b, e).answer == 0 {
			refusals |= 1 << i
		}
	}
	end := m.ending(m.classes.at(s.prop(b)-firstClass), votes, refusals)
	chosen := bits.OnesCount(uint(votes)) >= quorum
	if end.told && !chosen {
		return fmt.Sprintf("chosen: P%d tells that its ballot is chosen, which no quorum voted for", b)
	}
	for _, a := range end.answers {
		if bad := m.judgeEnd(s, b, chosen, a); bad != "" {
			return bad
		}
		if a.kind == 'r' && a.result.Kind == paxos.Found && !a.result.Mine {
			s.deny()
			if bad := m.chain(s); bad != "" {
				return bad
			}
		}
	}
	return ""
}

// judgeEnd checks the answer of a round that asked for votes: what it answers
// is what its own votes made the state of the chain.
func (m *rounds) judgeEnd(s *state, b int, chosen bool, a answer) string {
	f := m.fact(m.entry(s, b))
	wrong := !chosen
	switch r := a.result; {
	case r.Kind == paxos.Found && a.kind == 'r' && r.Mine:
		wrong = wrong || !m.took(s, number(r.Entry.Rev))
	case r.Kind == paxos.Found:
		wrong = wrong || f.tomb || f.rev != number(r.Entry.Rev) || f.value != r.Entry.Value
	case r.Kind == paxos.NotFound:
		wrong = wrong || !f.tomb
	case r.Kind == paxos.Indeterminate:
		wrong = true
	}
	if wrong {
		return fmt.Sprintf("answer: P%d: %v after the votes on %s, chosen: %v", b, a, f.name, chosen)
	}
	return ""
}

// ending plays the end of each talk of the class: votes first and refusals
// first, every message twice.
func (m *rounds) ending(c *class, votes, refusals int) *ending {
	at := &c.ends[votes<<3|refusals]
	if *at != nil {
		return *at
	}
	end := &ending{}
	for _, t := range c.talks {
		var yes, no []word
		for i := range 3 {
			if votes>>i&1 == 1 {
				yes = append(yes, vote(t.b, i))
			}
			if refusals>>i&1 == 1 {
				no = append(no, word{i, paxos.Nack{Key: key, Ballot: ballot(t.b), Promised: ballot(maxBallots)}})
			}
		}
		for _, d := range []*driver{m.play(t.with(yes...).with(no...)), m.play(t.with(no...).with(yes...))} {
			if r, ok := d.result(); ok {
				end.answers = append(end.answers, answer{t.kind, r})
			}
			_, told := last[paxos.Chosen](d)
			end.told = end.told || told
		}
	}
	*at = end
	return end
}
