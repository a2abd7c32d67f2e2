package explore

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// collects: a collector of one epoch heard from all its members.
func (m *seats) collects(s *seatState, b int, emit seatEmitter) {
	for e := 1; e <= s.epochs(); e++ {
		cfg := m.configs.at(s.config(e))
		all := !slices.ContainsFunc(cfg.Members(), func(n paxos.NodeID) bool {
			return s.nodes[indexOf(n)].collectable(e)>>(b-1)&1 == 0
		})
		for i := range m.nodes {
			id := s.nodes[i].replica()
			if !all {
				continue
			}
			st := m.remember(i, id, seCollect, b<<8|e, func() stepped {
				to, _ := m.step(i, id, e, proposerID(0), paxos.Collect{Key: key, Ballot: ballot(b)})
				return stepped{to: uint32(to)}
			})
			if int(st.to) != id {
				n := *s
				m.move(&n, i, int(st.to))
				emit(&n, action(seCollect, i, b, e), "")
			}
		}
	}
}

// queries: what a get that asks a quorum of an epoch at this moment answers is
// the state of the chain now.
func (m *seats) queries(s *seatState) string {
	var p *state
	for e := 1; e <= s.epochs(); e++ {
		cfg := m.configs.at(s.config(e))
		var who, what []int
		for i := range m.nodes {
			if x := m.answer(i, s.nodes[i].replica(), e); x != 0 {
				who, what = append(who, i), append(what, x)
			}
		}
		for set := 1<<len(who) - 1; set > 0; set-- {
			if bits.OnesCount(uint(set)) != cfg.Size/2+1 {
				continue
			}
			for _, a := range m.get(cfg, s.config(e), set, who, what) {
				if p == nil {
					p = m.plain(s)
				}
				if bad := m.judge(p, fmt.Sprintf("query in epoch %d", e), p.top(), a); bad != "" {
					return bad
				}
			}
		}
	}
	return ""
}

// get is what the real get answers.
func (m *seats) get(cfg *paxos.Config, id, set int, who, what []int) []answer {
	at := [3]uint64{uint64(id)}
	for k, i := range who {
		if set>>k&1 == 1 {
			at[1+i/3] |= uint64(what[k]) << (20 * (i % 3))
		}
	}
	if a, ok := m.gets[at]; ok {
		return a
	}
	d := newDriver(cfg, proposerID(0), 0, paxos.Request{Kind: paxos.Get, Key: key})
	round, _ := d.queried()
	for k, i := range who {
		if set>>k&1 == 1 {
			x := m.acc.answers.at(what[k])
			x.Key, x.Round = key, round
			d.deliver(i, x)
		}
	}
	var all []answer
	if r, ok := d.result(); ok {
		all = append(all, answer{'g', r})
	}
	m.gets[at] = all
	return all
}
