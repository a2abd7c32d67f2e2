package explore

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

// stage plays a story by hand: real nodes, real proposers, and messages that
// come when the story says. Nodes are counted from 1, and p1 is the proposer of
// ballot 1.
type stage struct {
	t     *testing.T
	cfg   *paxos.Config
	nodes map[int]*paxos.Replica
}

// newStage sets up nodes 1..size as the members of epoch 1.
func newStage(t *testing.T, size int) *stage {
	s := &stage{t: t, nodes: make(map[int]*paxos.Replica),
		cfg: &paxos.Config{Cluster: 1, Epoch: 1, Size: size}}
	for i := range size {
		s.cfg.Seats = append(s.cfg.Seats, paxos.Seat{Node: acceptorID(i), Since: 1})
	}
	for i := range size {
		s.adopt(i + 1)
	}
	return s
}

// id is the identity of node i.
func id(i int) paxos.NodeID { return acceptorID(i - 1) }

// change has a configuration chosen after the present one.
func (s *stage) change(next paxos.Config) { s.cfg = &next }

// adopt tells nodes of the present configuration.
func (s *stage) adopt(nodes ...int) {
	for _, i := range nodes {
		if s.nodes[i] == nil {
			s.nodes[i] = paxos.NewReplica(id(i), 1, s.cfg.Size, 1, timing)
			for b := 1; b <= maxBallots; b++ {
				s.nodes[i].Acceptor.NodeUp(guardNode(b), 1)
			}
		}
		s.tell(i, id(i), paxos.ConfigChosen{Config: s.cfg})
	}
}

// tell gives node i a message of the present epoch, and returns its answer.
func (s *stage) tell(i int, from paxos.NodeID, b paxos.Body) paxos.Body {
	var out paxos.Output
	s.nodes[i].Step(0, paxos.Envelope{From: from, To: id(i), Cluster: 1, Epoch: s.cfg.Epoch, Body: b}, &out)
	for _, e := range out.Messages {
		if e.To == from {
			return e.Body
		}
	}
	return nil
}

// merge has node i take over the states of others.
func (s *stage) merge(i int, from ...int) {
	for _, j := range from {
		if reply := s.tell(j, id(i), paxos.MergeRequest{Until: paxos.Slots}); reply != nil {
			s.tell(i, id(j), reply)
		}
	}
}

// op starts the proposer of ballot b in a round.
func (s *stage) op(b int, r paxos.Request) *driver {
	r.Key = key
	d, err := inRound(s.cfg, b, r)
	require.NoError(s.t, err)
	return d
}

func (s *stage) put(b int) *driver {
	return s.op(b, paxos.Request{Kind: paxos.Put, Value: value(b), Guards: []paxos.Guard{guard(b)}})
}

// again is the put of ballot first, tried again at b.
func (s *stage) again(b, first int) *driver {
	return s.op(b, paxos.Request{Kind: paxos.Put, Value: value(first), Guards: []paxos.Guard{guard(first)},
		Sent: []paxos.Rev{ballot(first)}})
}

func (s *stage) get(b int) *driver { return s.op(b, paxos.Request{Kind: paxos.Get}) }

func (s *stage) erase(b, rev int) *driver {
	return s.op(b, paxos.Request{Kind: paxos.Erase, Rev: ballot(rev)})
}

// prepare takes the proposer's prepare to nodes and brings back their promises.
func (s *stage) prepare(d *driver, nodes ...int) {
	m, ok := last[paxos.Prepare](d)
	require.True(s.t, ok)
	for _, i := range nodes {
		d.deliver(i-1, s.tell(i, d.self, m))
		s.inspect(d)
	}
}

// inspect takes a question about guards to those asked, and brings the answers.
func (s *stage) inspect(d *driver) {
	m, asked, ok := d.inspects()
	if _, sent := d.accept(); !ok || sent {
		return
	}
	for _, i := range asked {
		d.deliver(i, s.tell(i+1, d.self, m))
	}
}

// accept takes the proposer's accept to nodes and brings back their votes.
func (s *stage) accept(d *driver, nodes ...int) {
	m, ok := d.accept()
	require.True(s.t, ok, "nothing to accept")
	for _, i := range nodes {
		d.deliver(i-1, s.tell(i, d.self, m))
	}
}

// query has a get ask nodes, in this order.
func (s *stage) query(r paxos.Kind, nodes ...int) *driver {
	d := newDriver(s.cfg, proposerID(0), 20, paxos.Request{Kind: r, Key: key})
	round, _ := d.queried()
	for _, i := range nodes {
		d.deliver(i-1, s.tell(i, d.self, paxos.Query{Key: key, Round: round}))
	}
	return d
}

// collect gives nodes the order to collect.
func (s *stage) collect(b int, nodes ...int) {
	for _, i := range nodes {
		s.tell(i, proposerID(0), paxos.Collect{Key: key, Ballot: ballot(b)})
	}
}

// gone tells node i that the guard of the put of b ended.
func (s *stage) gone(i, b int) { s.nodes[i].Acceptor.Observe(guard(b), &paxos.Output{}) }

// asks demands that the proposer asks for votes on an entry, unanswered so far.
func (s *stage) asks(d *driver, entry string) {
	m, ok := d.accept()
	require.True(s.t, ok, "it does not ask for votes")
	require.Equal(s.t, entry, name(m.Entry))
	s.silent(d)
}

// silent demands that the operation has not answered.
func (s *stage) silent(d *driver) {
	r, ok := d.result()
	require.False(s.t, ok, "it answers %v", r)
}

// answers demands how the operation ended.
func (s *stage) answers(d *driver, kind paxos.ResultKind, entry string) {
	r, ok := d.result()
	require.True(s.t, ok, "it does not answer")
	require.Equal(s.t, kind, r.Kind)
	require.Equal(s.t, entry, name(r.Entry))
}

// votes says what node i answers to a query: "silence" where it may not vote.
func (s *stage) votes(i int) string {
	a, ok := s.tell(i, proposerID(0), paxos.Query{Key: key, Round: 1}).(paxos.Answer)
	switch {
	case !ok:
		return "silence"
	case a.Vote.Entry != nil && !a.Vote.Own:
		return voteName(a.Vote) + " (copy)"
	}
	return voteName(a.Vote)
}
