package explore

import (
	"fmt"
	"strings"

	"github.com/paxoskv/paxoskv/paxos"
)

// Print describes a step, and the nodes after it.
func (m *seats) Print(s, n *seatState, a Action) string {
	return fmt.Sprintf("%-64s %s", m.describe(s, n, a), m.show(n))
}

func (m *seats) describe(s, n *seatState, act Action) string {
	kind, x, b, z := act.parts()
	switch kind {
	case seChoose:
		cfg := m.configs.at(n.config(x))
		return fmt.Sprintf("epoch %d is chosen: size %d, %s", x, cfg.Size, memberNames(cfg))
	case seAdopt:
		return fmt.Sprintf("%d adopts epoch %d", x+1, b)
	case seMerge:
		return fmt.Sprintf("%d merges the state of %d", x+1, b+1)
	case sePromise:
		return fmt.Sprintf("%d promises %d in epoch %d: %s", x+1, b, n.epoch(b), voteName(m.acc.promises.at(z).Vote))
	case seDecide:
		if n.prop(b) == ended {
			var w []string
			for _, a := range m.outcomes(s, b, z)[x].answers {
				w = append(w, a.String())
			}
			return fmt.Sprintf("P%d ends: %s", b, strings.Join(w, ", or "))
		}
		return fmt.Sprintf("P%d asks to accept %s", b, origin(m.acc.entries.at(m.entry(m.plain(n), b))))
	case seAccept:
		return fmt.Sprintf("%d accepts %s@%d", x+1, m.fact(m.entry(m.plain(n), b)).name, b)
	}
	return fmt.Sprintf("%d collects the tombstone held at %d, asked in epoch %d", x+1, b, z)
}

func memberNames(cfg *paxos.Config) string {
	var w []string
	for _, n := range cfg.Members() {
		w = append(w, fmt.Sprint(indexOf(n)+1))
	}
	return "{" + strings.Join(w, ",") + "}"
}

func (m *seats) show(s *seatState) string {
	var w []string
	for i := range m.nodes {
		st := m.states.at(s.nodes[i].replica())
		if st.Config.Epoch == 0 {
			continue
		}
		owes := ""
		if st.Need > 0 {
			owes = fmt.Sprintf(", owes a merge of %d", st.Need)
		}
		copied := ""
		if r := st.Keys.State.Records; len(r) > 0 && r[0].Held.Entry != nil && !r[0].Held.Own {
			copied = " (copy)"
		}
		w = append(w, fmt.Sprintf("%d[epoch %d%s, %s%s]", i+1, st.Config.Epoch, owes, slotName(st.Keys.State), copied))
	}
	return strings.Join(w, " ")
}
