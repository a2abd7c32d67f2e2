package explore

import (
	"fmt"
	"slices"
	"strings"

	"github.com/paxoskv/paxoskv/paxos"
)

// seats is the search of one key over a chain of configurations. The instance
// that decides a configuration is abstract: the next one is chosen once a quorum
// of members that may vote are in the present one, and each node learns of it in
// its own time. The gate, the merge, the duty to it and the votes are the real
// replica's. A node that is dead is one that takes no step.
type seats struct {
	*rounds
	seatRun  *SeatRun
	nodes    int
	replicas []*paxos.Replica // one of each node, to be restored
	states   *interned[paxos.ReplicaSnapshot]
	configs  *interned[*paxos.Config]
	memo     map[[2]uint64]stepped
	explains map[[2]uint64][]outcome
	gets     map[[3]uint64][]answer
	counted  map[[2]int]bool
}

// timing has a merge go in one piece: with one key there is nothing to part.
var timing = paxos.Timing{Lanes: 1}

func newSeats(r *SeatRun) *seats {
	m := &seats{seatRun: r, nodes: r.Members, states: newInterned[paxos.ReplicaSnapshot](),
		configs: newInterned[*paxos.Config](), memo: make(map[[2]uint64]stepped),
		explains: make(map[[2]uint64][]outcome), gets: make(map[[3]uint64][]answer),
		counted: make(map[[2]int]bool), rounds: newRounds(&Run{Ballots: r.Ballots, Ops: r.Ops, Collect: r.Collect})}
	for _, s := range r.Steps {
		if strings.ContainsAny(s, "ra") {
			m.nodes++
		}
	}
	for i := range m.nodes {
		m.replicas = append(m.replicas, paxos.NewReplica(acceptorID(i), 1, r.Members, 1, timing))
	}
	return m
}

func (m *seats) Init() seatState {
	first := &paxos.Config{Cluster: 1, Epoch: 1, Size: m.seatRun.Members}
	for i := range m.seatRun.Members {
		first.Seats = append(first.Seats, paxos.Seat{Node: acceptorID(i), Since: 1})
	}
	var s seatState
	s.choose(1, m.config(first))
	for i := range m.nodes {
		r := paxos.NewReplica(acceptorID(i), 1, m.seatRun.Members, 1, timing)
		for b := 1; b <= m.run.Ballots; b++ {
			r.Acceptor.NodeUp(guardNode(b), 1)
		}
		if i < m.seatRun.Members {
			m.tell(r, paxos.Envelope{To: acceptorID(i), Cluster: 1, Epoch: 1, Body: paxos.ConfigChosen{Config: first}})
		}
		s.nodes[i].setReplica(m.intern(i, r.Snapshot(m.acc.slot)))
	}
	return s
}

// Canon leaves nodes in their places, since seats tell them apart, and forgets
// answers to collectors that can no longer matter.
func (m *seats) Canon(s *seatState) {
	if !m.run.Collect {
		return
	}
	open := 0
	for b := 1; b <= m.run.Ballots; b++ {
		if p := s.prop(b); p == undecided || p > firstClass && m.fact(m.classes.at(p-firstClass).entry).tomb {
			open |= 1 << (b - 1)
		}
	}
	for i := range s.nodes {
		for e := 1; e <= maxEpochs; e++ {
			s.nodes[i].forget(e, 7&^open)
		}
	}
}

func (m *seats) Hash(s *seatState) [2]uint64 {
	var w [2*maxNodes + 2]uint64
	for i := range s.nodes {
		w[2*i], w[2*i+1] = s.nodes[i].rest, s.nodes[i].proms
	}
	w[2*maxNodes], w[2*maxNodes+1] = s.configs, s.rounds
	return hash128(w[:]...)
}

func (m *seats) config(c *paxos.Config) int {
	return m.configs.id(fmt.Sprintf("%+v", *c), c)
}

// intern numbers the states of node i: whom a merge asks depends on who asks.
func (m *seats) intern(i int, s paxos.ReplicaSnapshot) int {
	cfg := 0
	if s.Config.Epoch > 0 {
		c := s.Config.Clone()
		cfg = m.config(&c)
	}
	if s.Need == 0 {
		i = 0
	}
	w := fmt.Sprintf("%d %d %d %d %v f%d", i, cfg, s.Done, s.Need, s.Read, number(s.Keys.State.Floor))
	s.Keys.State.Collected = paxos.Ballot{}
	for _, r := range s.Keys.State.Records {
		w += fmt.Sprintf(" %d %d %v %d %d", number(r.Promised), number(r.Held.Ballot), r.Held.Own, r.Held.Epoch,
			m.acc.entry(r.Held.Entry))
	}
	return m.states.id(w, s)
}

// at puts the real replica of node i into a state.
func (m *seats) at(i, id int) *paxos.Replica {
	m.replicas[i].Restore(m.states.at(id))
	return m.replicas[i]
}

func (m *seats) tell(r *paxos.Replica, env paxos.Envelope) *paxos.Output {
	var out paxos.Output
	r.Step(0, env, &out)
	return &out
}

// seated: node i has a seat. The search does not ask the core.
func seated(cfg *paxos.Config, i int) bool {
	return slices.ContainsFunc(cfg.Seats, func(s paxos.Seat) bool { return s.Node == acceptorID(i) })
}

// counts: a proposer of the asked epoch counts answers that bear the other one.
func (m *seats) counts(asked, answered int) bool {
	if asked == answered {
		return true
	}
	at := [2]int{asked, answered}
	if yes, ok := m.counted[at]; ok {
		return yes
	}
	cfg := &paxos.Config{Cluster: 1, Epoch: paxos.Epoch(asked), Size: 1, Seats: []paxos.Seat{{Node: acceptorID(0)}}}
	d, err := inRound(cfg, 1, paxos.Request{Kind: paxos.Put, Key: key})
	if err == nil {
		d.p.Step(0, paxos.Envelope{From: acceptorID(0), To: d.self, Cluster: 1, Epoch: paxos.Epoch(answered),
			Body: paxos.Promise{Key: key, Ballot: ballot(1)}}, &d.out)
	}
	_, yes := d.accept()
	m.counted[at] = yes
	return yes
}

// step gives node i a message of an epoch, and returns where it is then and what
// it answered in that epoch.
func (m *seats) step(i, id, epoch int, from paxos.NodeID, b paxos.Body) (int, paxos.Body) {
	r := m.at(i, id)
	out := m.tell(r, paxos.Envelope{From: from, To: acceptorID(i), Cluster: 1, Epoch: paxos.Epoch(epoch), Body: b})
	var reply paxos.Body
	for _, e := range out.Messages {
		if e.To == from && m.counts(epoch, int(e.Epoch)) {
			reply = e.Body
		}
	}
	return m.intern(i, r.Snapshot(m.acc.slot)), reply
}

// remember runs f once for each node, state and input.
func (m *seats) remember(i, id, code, more int, f func() stepped) stepped {
	at := [2]uint64{uint64(i)<<32 | uint64(id), uint64(code)<<32 | uint64(more)}
	if s, ok := m.memo[at]; ok {
		return s
	}
	s := f()
	m.memo[at] = s
	return s
}

// The kinds of steps, and of inputs.
const (
	seChoose = iota
	seAdopt
	seMerge
	sePromise
	seDecide
	seAccept
	seCollect
	inAnswer
)

func (m *seats) Next(s *seatState, emit func(*seatState, Action, string)) {
	out := func(n *seatState, a Action, bad string) {
		if bad == "" {
			bad = m.queries(n)
		}
		emit(n, a, bad)
	}
	m.choices(s, out)
	for i := range m.nodes {
		m.adopt(s, i, out)
		for j := range m.nodes {
			m.merge(s, i, j, out)
		}
	}
	for b := 1; b <= m.run.Ballots; b++ {
		m.promises(s, b, out)
		m.decisions(s, b, out)
		m.accepts(s, b, out)
		if m.run.Collect {
			m.collects(s, b, out)
		}
	}
}

type seatEmitter func(n *seatState, a Action, violation string)

// move puts node i into a state and notes what it would tell a collector.
func (m *seats) move(s *seatState, i, to int) {
	s.nodes[i].setReplica(to)
	if e := int(m.states.at(to).Config.Epoch); m.run.Collect && e > 0 {
		if x := m.answer(i, to, e); x != 0 {
			s.nodes[i].allow(e, m.suits(x))
		}
	}
}

// voting: node i has adopted the epoch and may vote in it.
func (m *seats) voting(s *seatState, i, epoch int) bool {
	return m.answer(i, s.nodes[i].replica(), epoch) != 0
}

// answer is the number of the answer of node i to a query of an epoch, 0 where
// it gives none: that is how the search tells whether it votes.
func (m *seats) answer(i, id, epoch int) int {
	return int(m.remember(i, id, inAnswer, epoch, func() stepped {
		_, reply := m.step(i, id, epoch, proposerID(0), paxos.Query{Key: key, Round: 1})
		if a, ok := reply.(paxos.Answer); ok {
			return stepped{answer: uint16(m.acc.tell(a))}
		}
		return stepped{}
	}).answer)
}

// adopt: node i learns of a configuration that was chosen.
func (m *seats) adopt(s *seatState, i int, emit seatEmitter) {
	id := s.nodes[i].replica()
	for e := int(m.states.at(id).Config.Epoch) + 1; e <= s.epochs(); e++ {
		cfg := m.configs.at(s.config(e))
		if !seated(cfg, i) && !m.seatRun.Idle {
			continue // one without a seat only stops
		}
		st := m.remember(i, id, seAdopt, s.config(e), func() stepped {
			to, _ := m.step(i, id, e, acceptorID(i), paxos.ConfigChosen{Config: cfg})
			return stepped{to: uint32(to)}
		})
		n := *s
		m.move(&n, i, int(st.to))
		emit(&n, action(seAdopt, i, e, 0), "")
	}
}

// merge: node i asks node j for its state and merges it, in one step: nobody
// hears of a merge before it is done.
func (m *seats) merge(s *seatState, i, j int, emit seatEmitter) {
	id, from := s.nodes[i].replica(), s.nodes[j].replica()
	if i == j || m.states.at(id).Need == 0 {
		return
	}
	st := m.remember(i, id, seMerge+j<<8, from, func() stepped {
		ask := paxos.Envelope{From: acceptorID(i), To: acceptorID(j), Cluster: 1, Epoch: m.states.at(id).Config.Epoch,
			Body: paxos.MergeRequest{Until: paxos.Slots}}
		for _, e := range m.tell(m.at(j, from), ask).Messages {
			if _, ok := e.Body.(paxos.MergeState); ok {
				r := m.at(i, id)
				m.tell(r, e)
				return stepped{to: uint32(m.intern(i, r.Snapshot(m.acc.slot)))}
			}
		}
		return stepped{to: uint32(id)}
	})
	if int(st.to) != id {
		n := *s
		m.move(&n, i, int(st.to))
		emit(&n, action(seMerge, i, j, 0), "")
	}
}
