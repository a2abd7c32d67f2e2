package paxos

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// again starts a node of the lab again, as the same member, from what it wrote.
func (l *lab) again(name string, life uint64) *labNode {
	old := l.nodes[name]
	l.stop(name)
	n := &labNode{id: old.id, r: NewReplica(old.id, uint32(life), 3, life*77, DefaultTiming),
		p: NewProposer(NodeID{name, life}, 0)}
	n.r.Meet()
	for w := range old.r.State {
		n.r.Load(w)
	}
	l.nodes[name] = n
	l.do(n, func(out *Output) { n.r.Continue(life, out) })
	l.do(n, func(out *Output) { n.p.Adopt(l.now, n.r.Member.Config(), out) })
	for _, o := range l.nodes {
		if o != n {
			l.do(n, func(out *Output) { n.r.PeerUp(o.id.Name, out) })
			l.do(o, func(out *Output) { o.r.PeerUp(name, out) })
		}
	}
	return n
}

// All members restart with what they wrote: nobody replaces anybody, and
// everything is there.
func TestRestartWithWhatWasWritten(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(1000)
	require.True(t, l.op("a", Request{Kind: Put, Key: "k", Value: "v"}).Mine)
	g := Guard{Kind: GuardNode, Node: "b", Creation: 1}
	require.True(t, l.op("a", Request{Kind: Put, Key: "n", Value: "1", Guards: []Guard{g}}).Mine)
	for i, name := range []string{"a", "b", "c"} {
		l.again(name, uint64(2+i))
	}
	l.run(3000)
	m := l.nodes["b"].r.Member
	require.EqualValues(t, 1, m.Config().Epoch)
	require.True(t, m.Voting())
	require.Equal(t, Value("v"), l.op("c", Request{Kind: Get, Key: "k"}).Entry.Value)
	require.Equal(t, NotFound, l.op("c", Request{Kind: Get, Key: "n"}).Kind, "a restart ends the node that a key is tied to")
	require.True(t, l.op("b", Request{Kind: Put, Key: "m", Value: "w"}).Mine)
}

// Members that restart together give the node that a key is tied to time to
// connect, and not for ever. A node that was there and went is suspected at once.
func TestRestartedTogetherBeforeTheOthersConnect(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(1000)
	l.start("d", 9, 3)
	l.run(1000)
	g := Guard{Kind: GuardNode, Node: "d", Creation: 9}
	restart := func(key Key, life uint64) {
		require.True(t, l.op("a", Request{Kind: Put, Key: key, Value: "1", Guards: []Guard{g}}).Mine)
		for i, name := range []string{"a", "b", "c"} {
			l.again(name, life+uint64(i))
		}
	}
	late := func(e Envelope) bool { return e.From.Name == "d" }

	restart("k", 20)
	l.runDrop(DefaultTiming.Meet/2, late)
	require.EqualValues(t, 0, l.nodes["b"].r.Acceptor.Creation("d"))
	require.Equal(t, Found, l.op("b", Request{Kind: Get, Key: "k"}).Kind)
	l.run(2000)
	require.EqualValues(t, 9, l.nodes["b"].r.Acceptor.Creation("d"))
	require.Equal(t, Found, l.op("b", Request{Kind: Get, Key: "k"}).Kind)

	restart("m", 30)
	l.runDrop(DefaultTiming.Meet+1000, late)
	require.Equal(t, NotFound, l.op("b", Request{Kind: Get, Key: "m"}).Kind)

	l.run(2000)
	restart("n", 40)
	l.run(1000)
	l.stop("d")
	require.Equal(t, NotFound, l.op("b", Request{Kind: Get, Key: "n"}).Kind)
}

// An answer to a question of an earlier life, which may bear the number of one of
// this life, does not count.
func TestAnswersToAnEarlierLifeAreDropped(t *testing.T) {
	cfg := &Config{Cluster: 1, Epoch: 1, Size: 3,
		Seats: []Seat{{Node: NodeID{"a", 1}, Since: 1}, {Node: NodeID{"b", 1}, Since: 1}, {Node: NodeID{"c", 1}, Since: 1}}}
	p := NewProposer(NodeID{"a", 5}, 0)
	var out Output
	p.Adopt(0, cfg, &out)
	p.Start(0, 1, Request{Kind: Get, Key: "k"}, &out)
	q := out.Messages[0].Body.(Query)
	require.Equal(t, NodeID{"a", 5}, out.Messages[0].From)
	hear := func(life uint64) {
		for _, from := range []string{"b", "c"} {
			p.Step(0, Envelope{From: NodeID{from, 1}, To: NodeID{"a", life}, Cluster: 1, Epoch: 1,
				Body: Answer{Key: "k", Round: q.Round}}, &out)
		}
	}
	hear(1) // the member's identity, and its first life
	hear(4)
	require.Empty(t, out.Results)
	hear(5)
	require.Len(t, out.Results, 1)
}

// A Hello of an earlier life of the same member, come late, does not bring its
// creation back.
func TestHelloOfAnEarlierLife(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(1000)
	a, b := l.nodes["a"], l.nodes["b"]
	late := Envelope{From: b.id, To: NodeID{Name: "a"}, Body: b.r.Member.hello(false)}
	l.again("b", 2)
	l.run(1000)
	require.EqualValues(t, 2, a.r.Acceptor.Creation("b"))
	l.do(a, func(out *Output) { a.r.Step(l.now, late, out) })
	require.EqualValues(t, 2, a.r.Acceptor.Creation("b"))
	require.True(t, a.r.Member.connected(b.id))
}

// A merge that a restart breaks off starts anew.
func TestRestartInAMerge(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(1000)
	require.True(t, l.op("a", Request{Kind: Put, Key: "k", Value: "v"}).Mine)
	l.stop("c")
	l.run(1000)
	l.start("c", 2, 3)
	l.runDrop(3000, func(e Envelope) bool { _, state := e.Body.(MergeState); return state })
	require.False(t, l.nodes["c"].r.Member.Voting())
	c := l.again("c", 3)
	require.False(t, c.r.Member.Voting())
	l.run(2000)
	require.True(t, c.r.Member.Voting())
	require.EqualValues(t, 2, c.id.Incarnation)
	require.EqualValues(t, 2, c.r.Member.Config().Epoch)
}
