package explore

import (
	"fmt"
	"math/bits"

	"github.com/paxoskv/paxoskv/paxos"
)

// promises: the prepare of b, in an epoch, comes to a node.
func (m *seats) promises(s *seatState, b int, emit seatEmitter) {
	lo, hi := 1, s.epochs()
	if e := s.epoch(b); e != 0 {
		lo, hi = e, e
	}
	if s.prop(b) != undecided {
		return
	}
	for e := lo; e <= hi; e++ {
		for i := range m.nodes {
			id := s.nodes[i].replica()
			st := m.remember(i, id, sePromise, b<<8|e, func() stepped {
				to, reply := m.step(i, id, e, proposerID(b), paxos.Prepare{Key: key, Ballot: ballot(b)})
				st := stepped{to: uint32(to)}
				if p, ok := reply.(paxos.Promise); ok {
					st.answer = uint16(m.acc.promise(p))
				}
				return st
			})
			if st.answer == 0 && int(st.to) == id {
				continue
			}
			n := *s
			if st.answer != 0 && s.epoch(b) == 0 {
				n.setRound(b, undecided, e, m.plain(s).top())
			}
			if st.answer != 0 {
				n.nodes[i].setProm(b, int(st.answer))
			}
			m.move(&n, i, int(st.to))
			emit(&n, action(sePromise, i, b, int(st.answer)), "")
		}
	}
}

// decisions: a quorum of promises of one epoch comes to the proposer of b.
func (m *seats) decisions(s *seatState, b int, emit seatEmitter) {
	e := s.epoch(b)
	if e == 0 || s.prop(b) != undecided {
		return
	}
	cfg := m.configs.at(s.config(e))
	have := 0
	for i := range m.nodes {
		if s.nodes[i].prom(b) != 0 {
			have |= 1 << i
		}
	}
	for set := have; set > 0; set = (set - 1) & have {
		if bits.OnesCount(uint(set)) != cfg.Size/2+1 {
			continue
		}
		for k, o := range m.outcomes(s, b, set) {
			n := *s
			bad := o.violation
			p := m.plain(s)
			for _, a := range o.answers {
				if bad == "" {
					bad = m.judge(p, fmt.Sprintf("P%d", b), s.began(b), a)
				}
			}
			n.setRound(b, o.prop, e, 0)
			for i := range n.nodes {
				n.nodes[i].setProm(b, 0)
			}
			emit(&n, action(seDecide, k, b, set), bad)
		}
	}
}

func (m *seats) outcomes(s *seatState, b, set int) []outcome {
	at := [2]uint64{uint64(b)<<8 | uint64(s.config(s.epoch(b)))}
	for i := range m.nodes {
		if set>>i&1 == 1 {
			if i < 4 {
				at[0] |= uint64(s.nodes[i].prom(b)) << (20 + 10*i)
			} else {
				at[1] |= uint64(s.nodes[i].prom(b)) << (10 * (i - 4))
			}
		}
	}
	if o, ok := m.explains[at]; ok {
		return o
	}
	var words []word
	for i := range m.nodes {
		if set>>i&1 == 1 {
			words = append(words, m.promised(b, i, s.nodes[i].prom(b)))
		}
	}
	o := m.explain(heard{ballot: b}, m.configs.at(s.config(s.epoch(b))), [][]word{words})
	m.explains[at] = o
	return o
}

// accepts: the accept of b comes to a node.
func (m *seats) accepts(s *seatState, b int, emit seatEmitter) {
	if s.prop(b) <= firstClass {
		return
	}
	entry := m.classes.at(s.prop(b) - firstClass).entry
	for i := range m.nodes {
		id := s.nodes[i].replica()
		st := m.remember(i, id, seAccept, b<<20|s.epoch(b)<<16|entry, func() stepped {
			to, reply := m.step(i, id, s.epoch(b), proposerID(b),
				paxos.Accept{Key: key, Ballot: ballot(b), Entry: m.acc.entries.at(entry)})
			_, yes := reply.(paxos.Accepted)
			st := stepped{to: uint32(to)}
			if yes {
				st.answer = 1
			}
			return st
		})
		voted := s.nodes[i].voted()>>(b-1)&1 == 1
		if int(st.to) == id && (voted || st.answer == 0) {
			continue
		}
		n := *s
		m.move(&n, i, int(st.to))
		bad := ""
		if st.answer != 0 && !voted {
			n.nodes[i].vote(b)
			bad = m.chain(m.plain(&n))
		}
		emit(&n, action(seAccept, i, b, 0), bad)
	}
}
