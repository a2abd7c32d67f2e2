package explore

import (
	"fmt"
	"strings"

	"github.com/paxoskv/paxoskv/paxos"
)

// Print describes a step, and the acceptors after it.
func (m *rounds) Print(s, n *state, a Action) string {
	return fmt.Sprintf("%-64s %s", m.describe(s, n, a), m.acceptors(n))
}

func (m *rounds) describe(s, n *state, act Action) string {
	kind, x, b, z := act.parts()
	a := fmt.Sprintf("A%d", x+1)
	switch kind {
	case stPromise:
		if z == 0 || s.prop(b) != undecided {
			return fmt.Sprintf("%s promises %d, late", a, b)
		}
		return fmt.Sprintf("%s promises %d: %s", a, b, voteName(m.acc.promises.at(z).Vote))
	case stDecide, stInspect:
		return m.describeDecision(s, n, act)
	case stAccept:
		return fmt.Sprintf("%s accepts %s@%d", a, m.fact(m.entry(s, b)).name, b)
	case stCollect:
		return fmt.Sprintf("%s collects the tombstone held at %d", a, b)
	case stFloor:
		return fmt.Sprintf("%s collects another key's tombstone at %d", a, b)
	case stRead:
		return fmt.Sprintf("a query begins, %s answers %s", a, voteName(m.acc.answers.at(b).Vote))
	case stReadEnd:
		return fmt.Sprintf("the query goes on, %s answers %s", a, voteName(m.acc.answers.at(b).Vote))
	case stDie:
		return fmt.Sprintf("the guard of L%d ends", b)
	case stGone:
		return fmt.Sprintf("%s learns that the guard of L%d is gone", a, b)
	}
	if m.acc.suspects(n.cols[x].acceptor(), b) {
		return fmt.Sprintf("%s loses the connection to the guard of L%d", a, b)
	}
	return fmt.Sprintf("%s is connected to the guard of L%d again", a, b)
}

func (m *rounds) describeDecision(s, n *state, act Action) string {
	_, _, b, guard := act.parts()
	how := ""
	if guard > 0 {
		how = ", told of the guard: " + []string{"holds", "suspect", "gone", "nothing"}[guard-1]
	}
	switch p := n.prop(b); p {
	case ended:
		h := m.heard(s, b)
		h.guard = guard
		var w []string
		for _, o := range m.decide(h) {
			for _, a := range o.answers {
				w = append(w, a.String())
			}
		}
		return fmt.Sprintf("P%d ends%s: %s", b, how, strings.Join(w, ", or "))
	case inspecting:
		return fmt.Sprintf("P%d asks about the guard", b)
	default:
		c := m.classes.at(p - firstClass)
		var kinds []string
		for _, t := range c.talks {
			kinds = append(kinds, string(t.kind))
		}
		return fmt.Sprintf("P%d asks to accept %s (%s%s)", b, origin(m.acc.entries.at(c.entry)), strings.Join(kinds, " "), how)
	}
}

func voteName(v paxos.Vote) string {
	if v.Entry == nil {
		return "nothing"
	}
	guard := ""
	if v.Guard != paxos.Holds {
		guard = ", guard " + v.Guard.String()
	}
	return fmt.Sprintf("%s@%d%s", name(v.Entry), number(v.Ballot), guard)
}

func (m *rounds) acceptors(s *state) string {
	var w []string
	for i := range s.cols {
		st := m.acc.states.at(s.cols[i].acceptor()).State
		w = append(w, fmt.Sprintf("A%d[%s]", i+1, slotName(st)))
	}
	return strings.Join(w, " ")
}

func slotName(st paxos.SlotState) string {
	if len(st.Records) == 0 {
		return fmt.Sprintf("floor %d", number(st.Floor))
	}
	r := st.Records[0]
	return fmt.Sprintf("promised %d, %s", number(r.Promised), voteName(paxos.Vote{Ballot: r.Held.Ballot, Entry: r.Held.Entry}))
}
