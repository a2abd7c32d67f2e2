package paxos

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// lab is a cluster of nodes in one place: messages are delivered in order, and
// timers fire when nothing else is left to do.
type lab struct {
	t     *testing.T
	now   int64
	nodes map[string]*labNode
	queue []Envelope
	last  map[OpID]Result
	ids   OpID
	// timing of nodes that are started from now on.
	timing Timing
}

type labNode struct {
	id     NodeID
	r      *Replica
	p      *Proposer
	timers []Timer
}

func newLab(t *testing.T, size int, names ...string) *lab {
	l := &lab{t: t, nodes: make(map[string]*labNode), last: make(map[OpID]Result), timing: DefaultTiming}
	for _, n := range names {
		l.start(n, 1, size)
	}
	return l
}

func (l *lab) start(name string, inc uint64, size int) {
	id := NodeID{name, inc}
	n := &labNode{id: id, r: NewReplica(id, uint32(inc), size, inc*77, l.timing), p: NewProposer(id, 0)}
	l.nodes[name] = n
	for _, o := range l.nodes {
		if o != n {
			l.do(n, func(out *Output) { n.r.PeerUp(o.id.Name, out) })
			l.do(o, func(out *Output) { o.r.PeerUp(name, out) })
		}
	}
}

func (l *lab) stop(name string) {
	delete(l.nodes, name)
	for _, o := range l.nodes {
		l.do(o, func(out *Output) { o.r.PeerDown(l.now, name, out) })
	}
}

func (l *lab) do(n *labNode, f func(*Output)) {
	var out Output
	f(&out)
	l.queue = append(l.queue, out.Messages...)
	n.timers = append(n.timers, out.Timers...)
	for _, r := range out.Results {
		l.last[r.Op] = r
	}
	for _, note := range out.Notes {
		l.t.Log(n.id, note.Text)
	}
	if out.Adopted != nil {
		cfg := out.Adopted
		l.do(n, func(out *Output) { n.p.Adopt(l.now, cfg, out) })
	}
	for _, e := range out.Learned {
		l.do(n, func(out *Output) { n.r.Acceptor.Learn(e.Key, e.Entry, out) })
	}
	n.p.SetUp(n.r.Member.Up())
	for _, e := range out.Erasures {
		l.do(n, func(out *Output) { n.p.Erase(l.now, e, out) })
	}
}

func (l *lab) run(ms int64) { l.runDrop(ms, func(Envelope) bool { return false }) }

func (l *lab) op(node string, r Request) Result {
	l.ids++
	id := l.ids
	n := l.nodes[node]
	l.do(n, func(out *Output) { n.p.Start(l.now, id, r, out) })
	for i := 0; i < 100; i++ {
		if res, ok := l.last[id]; ok {
			return res
		}
		l.run(100)
	}
	require.Fail(l.t, "operation did not end", fmt.Sprint(node, r))
	return Result{}
}

func TestLabFoundsPutsAndReplaces(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(1000)
	res := l.op("a", Request{Kind: Put, Key: "k", Value: "v"})
	require.True(t, res.Mine)
	res = l.op("b", Request{Kind: Put, Key: "k", Value: "w"})
	require.False(t, res.Mine)
	require.Equal(t, Value("v"), res.Entry.Value)
	require.Equal(t, NotFound, l.op("c", Request{Kind: Get, Key: "q"}).Kind)
	l.stop("c")
	l.run(1000)
	l.start("c", 2, 3)
	l.run(3000)
	require.True(t, l.nodes["c"].r.Member.Voting())
	require.Equal(t, Value("v"), l.op("c", Request{Kind: Get, Key: "k"}).Entry.Value)
	// Two of three lose their memory: a new cluster goes on with what is left.
	l.stop("b")
	l.stop("c")
	l.run(1000)
	l.start("b", 3, 3)
	l.start("c", 4, 3)
	l.run(9000)
	require.Equal(t, Value("v"), l.op("c", Request{Kind: Get, Key: "k"}).Entry.Value)
	// A key tied to a node goes with it.
	g := Guard{Kind: GuardNode, Node: "b", Creation: 3}
	require.True(t, l.op("a", Request{Kind: Put, Key: "n", Value: "1", Guards: []Guard{g}}).Mine)
	l.stop("b")
	l.run(3000)
	require.Equal(t, NotFound, l.op("c", Request{Kind: Get, Key: "n"}).Kind)
}
