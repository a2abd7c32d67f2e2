package paxos

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// 1. An acceptor that has not heard of b's restart holds b's old creation, and
// answers Gone for a guard of b's NEW life: a live entry is erased.
func TestStaleCreationErasesNothing(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(1000)
	// b restarts; only c has noticed. a still thinks that it is connected to b#1.
	delete(l.nodes, "b")
	c := l.nodes["c"]
	l.do(c, func(out *Output) { c.r.PeerDown(l.now, "b", out) })
	id := NodeID{"b", 2}
	b := &labNode{id: id, r: NewReplica(id, 2, 3, 5, DefaultTiming), p: NewProposer(id, 0)}
	l.nodes["b"] = b
	l.do(c, func(out *Output) { c.r.PeerUp("b", out) })
	l.do(b, func(out *Output) { b.r.PeerUp("c", out) })
	// c and b exchange Hellos; a hears nothing of b#2.
	for i := 0; i < 6; i++ {
		var rest []Envelope
		for _, e := range l.queue {
			if _, hello := e.Body.(Hello); hello && (e.To.Name == "b" || e.To.Name == "c") && (e.From.Name == "b" || e.From.Name == "c") {
				n := l.nodes[e.To.Name]
				l.do(n, func(out *Output) { n.r.Step(l.now, e, out) })
			}
		}
		_ = rest
	}
	l.queue = nil
	require.EqualValues(t, 2, c.r.Acceptor.Creation("b"))
	// c ties a key to b as it runs now; a and c are the quorum.
	g := Guard{Kind: GuardNode, Node: "b", Creation: 2}
	ops := func(r Request) Result {
		l.ids++
		id := l.ids
		l.do(c, func(out *Output) { c.p.Start(l.now, id, r, out) })
		for i := 0; i < 1000 && len(l.queue) > 0; i++ {
			e := l.queue[0]
			l.queue = l.queue[1:]
			if _, hello := e.Body.(Hello); hello || e.To.Name == "b" {
				continue
			}
			n := l.nodes[e.To.Name]
			l.do(n, func(out *Output) {
				if _, ok := ForProposer(e.Body); ok {
					n.p.Step(l.now, e, out)
				} else {
					n.r.Step(l.now, e, out)
				}
			})
			if res, ok := l.last[id]; ok {
				return res
			}
		}
		return l.last[id]
	}
	require.True(t, ops(Request{Kind: Put, Key: "n", Value: "1", Guards: []Guard{g}}).Mine)
	res := ops(Request{Kind: Get, Key: "n"})
	require.Equal(t, Found, res.Kind, "b#2 is alive and connected to c: only one acceptor has an old idea of it")
}

// runDrop is run, with the messages lost that drop picks.
func (l *lab) runDrop(ms int64, drop func(Envelope) bool) {
	for end := l.now + ms; l.now < end; l.now += 100 {
		for len(l.queue) > 0 {
			e := l.queue[0]
			l.queue = l.queue[1:]
			n := l.nodes[e.To.Name]
			if n == nil || drop(e) {
				continue
			}
			l.do(n, func(out *Output) {
				if _, ok := ForProposer(e.Body); ok {
					n.p.Step(l.now, e, out)
				} else {
					n.r.Step(l.now, e, out)
				}
			})
		}
		for _, n := range l.nodes {
			ts := n.timers
			n.timers = nil
			l.do(n, func(out *Output) { n.r.Member.Tick(l.now, out) })
			for _, t := range ts {
				l.do(n, func(out *Output) { n.p.Fire(l.now, t, out) })
			}
		}
	}
}

// 2. Recovery in the epoch of a reset counts as kept a member that has not merged.
func TestRecoveryInUnmergedResetKeepsChosen(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(1000)
	cluster := l.nodes["a"].r.Member.Config().Cluster
	// E is chosen on b and c; a never hears of it.
	n := l.nodes["b"]
	l.do(n, func(out *Output) { n.p.Start(l.now, 900, Request{Kind: Put, Key: "k", Value: "E"}, out) })
	l.runDrop(500, func(e Envelope) bool {
		switch e.Body.(type) {
		case Accept, Prepare, Query, Chosen:
			return e.To.Name == "a"
		}
		return false
	})
	require.True(t, l.last[900].Mine)
	l.stop("c")
	l.run(300)
	// Shrink to 2, a and b. a adopts; b dies before anything is merged.
	l.do(l.nodes["b"], func(out *Output) { l.nodes["b"].r.Member.Resize(2, out) })
	l.runDrop(600, func(e Envelope) bool {
		switch e.Body.(type) {
		case MergeRequest, MergeState:
			return true
		}
		return false
	})
	cfg := l.nodes["a"].r.Member.Config()
	require.Equal(t, 2, cfg.Size)
	require.False(t, l.nodes["a"].r.Member.Voting())
	l.stop("b")
	l.start("b", 7, 3)
	l.run(9000)
	now := l.nodes["a"].r.Member.Config()
	t.Log(now.Cluster == cluster, now)
	if now.Cluster == cluster {
		res := l.op("a", Request{Kind: Get, Key: "k"})
		require.Equal(t, Found, res.Kind, "the cluster kept its id (nothing is lost), and E is gone")
	}
}

// 3. A delayed Hello of an earlier life, after the connection to the present one
// was noticed, evicts the present life from its seat.
func TestGhostHelloEvictsNobody(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(1000)
	a := l.nodes["a"]
	old := Hello{Size: 3, Life: 1, Creation: 1, Config: *a.r.Member.Config()}
	l.stop("b")
	l.run(500)
	l.start("b", 2, 3)
	l.run(3000)
	live := NodeID{"b", 2}
	require.True(t, a.r.Member.Config().Has(live))
	require.True(t, l.nodes["b"].r.Member.Voting())
	// The link a-b breaks and comes back; first comes a Hello that b#1 once sent.
	l.do(a, func(out *Output) { a.r.PeerDown(l.now, "b", out) })
	l.do(a, func(out *Output) { a.r.PeerUp("b", out) })
	l.do(a, func(out *Output) {
		a.r.Step(l.now, Envelope{From: NodeID{"b", 1}, To: NodeID{Name: "a"}, Body: old}, out)
	})
	l.do(a, func(out *Output) { a.r.Member.Tick(l.now, out) })
	// b's present Hello was lost; all else arrives.
	l.runDrop(300, func(e Envelope) bool { _, h := e.Body.(Hello); return h && e.From == live })
	require.True(t, a.r.Member.Config().Has(live), "b#2 lives, is connected and voted, and lost its seat to the dead b#1: %v",
		a.r.Member.Config().Members())
}

// 4. Fresh nodes that voted for a refounding whose survivor died can never found.
func TestFreshNodesFoundAfterALostRefounding(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(1000)
	l.stop("b")
	l.stop("c")
	// b and c come back; their Hellos tell nothing of the old cluster to them (a's are lost).
	l.start("b", 2, 3)
	l.start("c", 3, 3)
	fromA := func(e Envelope) bool {
		switch e.Body.(type) {
		case Hello, ConfigChosen:
			return e.From.Name == "a"
		case ConfigAccepted:
			return e.To.Name == "a"
		}
		// keep b and c from founding at once
		_, h := e.Body.(Hello)
		return h && e.From.Name != "a" && e.To.Name != "a"
	}
	l.runDrop(4000, fromA)
	require.NotNil(t, l.nodes["b"].r.Member.founding.Vote.Config)
	require.NotZero(t, l.nodes["b"].r.Member.founding.Vote.Config.Former)
	l.stop("a")
	l.start("a", 9, 3)
	l.run(60000)
	for _, n := range l.nodes {
		require.NotZero(t, n.r.Member.Config().Epoch, "%s: three fresh nodes, all connected for a minute, no cluster; missing %v", n.id, n.r.Member.Missing())
	}
}

// 5. Two live clusters of one origin say nothing of each other, and the new one
// draws away the nodes without a seat.
func TestSplitBySurvivorsIsSaid(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(1000)
	a := l.nodes["a"]
	x := a.r.Member.Config()
	y := x.refound(77, []NodeID{{"q", 1}}, []NodeID{{"r", 1}, {"s", 1}})
	var out Output
	a.r.Step(l.now, Envelope{From: NodeID{"q", 1}, To: NodeID{Name: "a"}, Body: Hello{Size: 3, Life: 1, Creation: 1, Config: y}}, &out)
	require.Equal(t, x.Cluster, a.r.Member.Config().Cluster)
	require.NotEmpty(t, a.r.Member.Foreign(), "two clusters with different ids: both say so in the log and on quorum?")
}

// 6. n calls that wait in line for one key.
func BenchmarkServe(b *testing.B) {
	for _, n := range []int{1000, 4000, 16000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for range b.N {
				p := NewProposer(NodeID{"a", 1}, 0)
				var out Output
				p.Adopt(0, &Config{Cluster: 1, Epoch: 1, Size: 3, Seats: []Seat{{Node: NodeID{"a", 1}}, {Node: NodeID{"b", 1}}, {Node: NodeID{"c", 1}}}}, &out)
				for i := 1; i <= n; i++ {
					p.Start(0, OpID(i), Request{Kind: Put, Key: "k", Value: "v"}, &out)
				}
				out.Reset()
				p.finish(0, p.ops[1], Result{Kind: Found, Entry: &Entry{Rev: Ballot{Counter: 1}}}, &out)
				if len(out.Results) != n {
					b.Fatal(len(out.Results))
				}
				b.ReportMetric(float64(len(out.Messages)), "messages")
			}
		})
	}
}

// What the handshake says of a node stands against a Hello of its earlier life
// that comes late, and counts for a node that never sends one.
func TestHandshakeTellsTheCreation(t *testing.T) {
	a := NewReplica(NodeID{"a", 1}, 1, 3, 5, DefaultTiming)
	var out Output
	hello := func(creation uint32) {
		a.Step(0, Envelope{From: NodeID{"b", uint64(creation)}, To: NodeID{Name: "a"}, Body: Hello{Size: 3, Creation: creation}}, &out)
	}
	a.PeerUp("b", &out)
	a.Linked("b", 2)
	hello(1)
	require.EqualValues(t, 2, a.Acceptor.Creation("b"))
	hello(2)
	require.EqualValues(t, 2, a.Acceptor.Creation("b"))
	a.PeerDown(0, "b", &out)
	require.Zero(t, a.Acceptor.Creation("b"))

	// On a wire that tells nothing the Hello does.
	a.PeerUp("b", &out)
	require.Zero(t, a.Acceptor.Creation("b"))
	hello(3)
	require.EqualValues(t, 3, a.Acceptor.Creation("b"))

	a.PeerUp("erlang", &out)
	a.Linked("erlang", 7)
	require.EqualValues(t, 7, a.Acceptor.Creation("erlang"))
	require.Len(t, a.Member.Nodes(), 2, "only a and b are nodes of the store")
}
