package explore

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/paxoskv/paxoskv/paxos"
)

// SeatRun says what is searched where seats change.
type SeatRun struct {
	Name, What string
	// Members of the first configuration, and Ballots of all epochs together.
	Members, Ballots int
	// Steps lists for each epoch the kinds of steps that may lead on from it:
	// r(eplace), a(dd), g(row), s(hrink).
	Steps []string
	// Ops are the kinds of operations, as in Run.
	Ops string
	// Collect adds the collecting of tombstones; Reseat lets nodes that lost
	// their seats come back to one.
	Collect, Reseat bool
	// CI is as in Run, and Least too.
	CI    bool
	Least int
}

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
}

func newSeats(r *SeatRun) *seats {
	m := &seats{seatRun: r, nodes: r.Members, states: newInterned[paxos.ReplicaSnapshot](),
		configs: newInterned[*paxos.Config](), memo: make(map[[2]uint64]stepped),
		explains: make(map[[2]uint64][]outcome), gets: make(map[[3]uint64][]answer),
		rounds: newRounds(&Run{Ballots: r.Ballots, Ops: r.Ops, Collect: r.Collect})}
	for _, s := range r.Steps {
		if strings.ContainsAny(s, "ra") {
			m.nodes++
		}
	}
	for i := range m.nodes {
		m.replicas = append(m.replicas, paxos.NewReplica(acceptorID(i), 1, r.Members, 1, paxos.DefaultTiming))
	}
	return m
}

// Search goes through the run.
func (r *SeatRun) Search(limit Limit) Result { return Search(newSeats(r), limit) }

func (m *seats) Init() seatState {
	first := &paxos.Config{Cluster: 1, Epoch: 1, Size: m.seatRun.Members}
	for i := range m.seatRun.Members {
		first.Seats = append(first.Seats, paxos.Seat{Node: acceptorID(i), Since: 1})
	}
	var s seatState
	s.choose(1, m.config(first))
	for i := range m.nodes {
		r := paxos.NewReplica(acceptorID(i), 1, m.seatRun.Members, 1, paxos.DefaultTiming)
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

// step gives node i a message of an epoch, and returns where it is then and what
// it answered in that epoch.
func (m *seats) step(i, id, epoch int, from paxos.NodeID, b paxos.Body) (int, paxos.Body) {
	r := m.at(i, id)
	out := m.tell(r, paxos.Envelope{From: from, To: acceptorID(i), Cluster: 1, Epoch: paxos.Epoch(epoch), Body: b})
	var reply paxos.Body
	for _, e := range out.Messages {
		if e.Epoch == paxos.Epoch(epoch) && e.To == from {
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

// choices: the next configuration is chosen.
func (m *seats) choices(s *seatState, emit seatEmitter) {
	e := s.epochs()
	if e > len(m.seatRun.Steps) {
		return
	}
	cfg, votes, owes := m.configs.at(s.config(e)), 0, false
	for i := range m.nodes {
		if !cfg.Has(acceptorID(i)) {
			continue
		}
		if m.voting(s, i, e) {
			votes++
		}
		st := m.states.at(s.nodes[i].replica())
		owes = owes || cfg.Duty(acceptorID(i)) > st.Done
	}
	if votes < cfg.Size/2+1 {
		return
	}
	for _, next := range m.successors(s, cfg, owes) {
		n := *s
		n.choose(e+1, m.config(next))
		emit(&n, action(seChoose, e+1, 0, 0), "")
	}
}

// successors are the configurations that may follow cfg.
func (m *seats) successors(s *seatState, cfg *paxos.Config, owes bool) []*paxos.Config {
	var all []*paxos.Config
	add := func(c paxos.Config) { all = append(all, &c) }
	waiting := m.waiting(s, cfg)
	for _, kind := range m.seatRun.Steps[cfg.Epoch-1] {
		switch free := cfg.Size - len(cfg.Seats); {
		case kind == 'r':
			for k, old := range cfg.Members() {
				if cfg.Epoch == 1 && k > 0 {
					break // all members of the first configuration are alike
				}
				for _, n := range waiting {
					add(cfg.Replace(old, n))
				}
			}
		case kind == 'a' && free > 0 && len(waiting) > 0:
			add(cfg.Add(waiting[0]))
		case kind == 'g' && !owes && len(cfg.Seats) >= (cfg.Size+1)/2+1:
			add(cfg.Grow())
		case kind == 's' && !owes && free > 0:
			add(cfg.Shrink(paxos.NodeID{}))
		case kind == 's' && !owes:
			for _, n := range cfg.Members() {
				add(cfg.Shrink(n))
				if cfg.Epoch == 1 {
					break
				}
			}
		}
	}
	return all
}

// waiting are the nodes that may take a seat: the next one that never had one
// and, in runs that say so, those that had one before.
func (m *seats) waiting(s *seatState, cfg *paxos.Config) []paxos.NodeID {
	var all []paxos.NodeID
	for i := range m.nodes {
		had := false
		for e := 1; e <= int(cfg.Epoch); e++ {
			had = had || m.configs.at(s.config(e)).Has(acceptorID(i))
		}
		if !had {
			return append(all, acceptorID(i))
		}
		if m.seatRun.Reseat && !cfg.Has(acceptorID(i)) {
			all = append(all, acceptorID(i))
		}
	}
	return all
}

// adopt: node i learns of a configuration that was chosen.
func (m *seats) adopt(s *seatState, i int, emit seatEmitter) {
	id := s.nodes[i].replica()
	for e := int(m.states.at(id).Config.Epoch) + 1; e <= s.epochs(); e++ {
		cfg := m.configs.at(s.config(e))
		if !cfg.Has(acceptorID(i)) {
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
		epoch := int(m.states.at(id).Config.Epoch)
		_, reply := m.step(j, from, epoch, acceptorID(i), paxos.MergeRequest{})
		if reply == nil {
			return stepped{to: uint32(id)}
		}
		to, _ := m.step(i, id, epoch, acceptorID(j), reply)
		return stepped{to: uint32(to)}
	})
	if int(st.to) != id {
		n := *s
		m.move(&n, i, int(st.to))
		emit(&n, action(seMerge, i, j, 0), "")
	}
}

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
			if st.answer == 0 {
				continue
			}
			n := *s
			if s.epoch(b) == 0 {
				n.setRound(b, undecided, e, m.plain(s).top())
			}
			n.nodes[i].setProm(b, int(st.answer))
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
		if st.answer == 0 || int(st.to) == id && voted {
			continue
		}
		n := *s
		m.move(&n, i, int(st.to))
		bad := ""
		if !voted {
			n.nodes[i].vote(b)
			bad = m.chain(m.plain(&n))
		}
		emit(&n, action(seAccept, i, b, 0), bad)
	}
}

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

// SeatRuns are the searches over several epochs; those marked are of CI.
func SeatRuns() []*SeatRun {
	return []*SeatRun{
		{Name: "replace", What: "size 3, one replace, three ballots of puts", Members: 3, Ballots: 3, Steps: []string{"r"}, Ops: "n", CI: true},
		{Name: "replace-2", What: "size 3, two replaces, two ballots of puts", Members: 3, Ballots: 2, Steps: []string{"r", "r"}, Ops: "n", CI: true},
		{Name: "any-2", What: "size 3, two steps of any kind, two ballots of puts", Members: 3, Ballots: 2, Steps: []string{"rgs", "rags"}, Ops: "n", CI: true},
		{Name: "shrink-grow-add", What: "size 3: shrink, grow, add; two ballots of puts", Members: 3, Ballots: 2, Steps: []string{"s", "g", "a"}, Ops: "n", CI: true},
		{Name: "grow-add-replace", What: "size 3: grow, add, replace; two ballots of puts", Members: 3, Ballots: 2, Steps: []string{"g", "a", "r"}, Ops: "n"},
		{Name: "erase-replace", What: "size 3, one replace; a put, erasures, collects, three ballots", Members: 3, Ballots: 3, Steps: []string{"r"}, Ops: "pg", Collect: true},
		{Name: "replace-4", What: "size 4, two replaces, three ballots of puts", Members: 4, Ballots: 3, Steps: []string{"r", "r"}, Ops: "n"},
	}
}
