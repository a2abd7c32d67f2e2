package paxos

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The tests in this file are each a fault that the simulator found.

// Three calls wait in line for one key: the first answer serves the second,
// which serves the third; each gets one result.
func TestServedCallsGetOneResultEach(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(1000)
	n := l.nodes["a"]
	var got []Result
	l.do(n, func(out *Output) {
		for id := OpID(100); id < 104; id++ {
			n.p.Start(l.now, id, Request{Kind: Put, Key: "k", Value: "v"}, out)
		}
	})
	for len(l.queue) > 0 {
		e := l.queue[0]
		l.queue = l.queue[1:]
		to := l.nodes[e.To.Name]
		l.do(to, func(out *Output) {
			if _, ok := ForProposer(e.Body); ok {
				to.p.Step(l.now, e, out)
			} else {
				to.r.Step(l.now, e, out)
			}
			got = append(got, out.Results...)
		})
	}
	require.Len(t, got, 4)
}

// Every Hello that a change of connections brought is lost: the nodes greet
// again by themselves, and found their cluster.
func TestLostHellosAreMadeGood(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.queue = nil
	l.run(5000)
	for _, n := range l.nodes {
		require.True(t, n.r.Member.Quorum(), "%s sees no quorum", n.id)
	}
}

// All members restart, but not at once, so that the new lives know the
// configuration from the old ones: a new cluster starts.
func TestAllMembersLoseTheirMemory(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(3000)
	for i, name := range []string{"a", "b", "c"} {
		l.stop(name)
		l.start(name, uint64(10+i), 3)
		l.run(100)
	}
	l.run(20000)
	require.True(t, l.op("b", Request{Kind: Put, Key: "k", Value: "v"}).Mine)
}

// A put that sent accepts for its own value and lost the round meets an older
// entry, known chosen, whose guard is no longer suspected. A member outside the
// quorum may hold the put's own entry at the higher ballot: answering at once
// would let it be chosen after the put said that another value was.
func TestRetriedPutOutlivesItsOwnEntryBeforeItAnswersAnother(t *testing.T) {
	old := &Entry{Rev: Ballot{1, NodeID{"c", 1}}, Value: "old", Guards: []Guard{{Kind: GuardNode, Node: "b"}}}
	r := &Request{Kind: Put, Value: "new", Sent: []Rev{{2, NodeID{"c", 1}}}}
	at := Ballot{5, NodeID{"c", 1}}
	d := decide(r, at, view{cur: Vote{Ballot: old.Rev, Entry: old, Own: true}, known: true})
	require.Equal(t, old, d.propose)
	require.Equal(t, Result{Kind: Found, Entry: old}, d.result)
	above := Ballot{3, NodeID{"c", 1}}
	d = decide(r, at, view{cur: Vote{Ballot: above, Entry: old, Own: true}, known: true})
	require.Nil(t, d.propose, "no later round can find ours below %s", above)
}

// All members are away when a turn is asked for again: the rounds go on alone.
func TestTurnWithoutAPrimary(t *testing.T) {
	p := NewProposer(NodeID{"a", 1}, 0)
	p.SetUp([]NodeID{{"b", 1}})
	var out Output
	o := &op{id: 1, req: Request{Kind: Put, Key: "k"}, lost: 3}
	p.ops[1] = o
	p.askTurn(o, &out)
	require.Equal(t, NodeID{"b", 1}, out.Messages[0].To)
	p.SetUp(nil)
	resend := out.Timers[0]
	out.Reset()
	p.Fire(0, resend, &out)
	require.Empty(t, out.Messages)
	require.Equal(t, TimerBackoff, out.Timers[0].Kind)
}

// A tombstone that only nodes hold that are not the key's primary is collected.
func TestTombstoneUnknownToThePrimary(t *testing.T) {
	p := NewProposer(NodeID{"a", 1}, 0)
	p.SetUp([]NodeID{{"b", 1}})
	var out Output
	p.Collect("k", &out)
	require.Empty(t, out.Timers)
	p.CollectHeld("k", &out)
	require.Equal(t, []Timer{{Kind: TimerCollect, Attempt: 2, Key: "k"}}, out.Timers)
}

// A put over a tombstone whose caller is gone stays half done on one member: the
// collect finishes it, since nobody else may ever touch the key.
func TestCollectFinishesAHalfDonePutOverATombstone(t *testing.T) {
	ns := []NodeID{{"a", 1}, {"b", 1}, {"c", 1}}
	stone := Vote{Ballot: Ballot{2, ns[0]}, Entry: &Entry{Rev: Ballot{2, ns[0]}, Tombstone: true}, Own: true}
	live := Vote{Ballot: Ballot{3, ns[1]}, Entry: &Entry{Rev: Ballot{3, ns[1]}}, Own: true}
	for _, c := range []struct {
		votes               []Vote
		collectable, finish bool
	}{
		{[]Vote{stone, stone, stone}, true, false},
		{[]Vote{stone, stone, {}}, false, true},
		{[]Vote{stone, stone, live}, false, true},
		{[]Vote{stone, live, live}, false, false},
		{[]Vote{live, live, live}, false, false},
		{[]Vote{{}, {}, {}}, false, false},
	} {
		answers := NewTally[Answer](ns, 2)
		for i, v := range c.votes {
			answers.Yes(ns[i], Answer{Vote: v, Record: v.Entry != nil})
		}
		_, collectable, finish := collecting(2, answers)
		require.Equal(t, c.collectable, collectable, c.votes)
		require.Equal(t, c.finish, finish, c.votes)
	}
}

// After a recovery one of its two sources restarts before all had merged it: the
// member that still has to merge it never can, so the seats are recovered again,
// from those that may vote.
func TestRecoveryWhoseSourceIsLost(t *testing.T) {
	id := func(name string, inc uint64) NodeID { return NodeID{name, inc} }
	cfg := &Config{Cluster: 7, Epoch: 4, Size: 4,
		Seats: []Seat{{id("a", 3), 3, true}, {id("b", 2), 4, true}, {id("c", 2), 4, true}, {id("d", 1), 1, false}},
		Reset: Reset{Epoch: 4, Sources: []NodeID{id("a", 3), id("d", 1)}, Need: 2}}
	m := NewMember(id("a", 3), 3, 4, 1, DefaultTiming, NewAcceptor(id("a", 3)))
	m.cfg, m.done = cfg, 4
	for _, p := range []struct {
		id   NodeID
		done Epoch
	}{{id("b", 2), 0}, {id("c", 2), 4}, {id("d", 2), 0}} {
		m.peers[p.id.Name] = &peer{id: p.id, connected: true, hello: Hello{Config: *cfg, Done: p.done}}
	}
	s, ok := m.wantRecovery()
	require.True(t, ok)
	require.Equal(t, stepRecover, s.kind)
	require.Equal(t, []NodeID{id("a", 3), id("c", 2)}, s.kept)
	require.Equal(t, []NodeID{id("b", 2), id("d", 2)}, s.others)
}

// What a sweep puts out does not depend on the order of a map.
func TestSweepHasAnOrder(t *testing.T) {
	a := NewAcceptor(NodeID{"a", 1})
	cfg := &Config{Cluster: 1, Epoch: 1, Size: 1, Seats: []Seat{{Node: NodeID{"a", 1}, Since: 1}}}
	var out Output
	for i := range 50 {
		b := Ballot{1, NodeID{"a", 1}}
		g := Guard{Kind: GuardPID, Subject: fmt.Sprintf("%02d", i), Node: "away"}
		e := &Entry{Rev: b, Guards: []Guard{g}}
		a.Step(0, cfg, NodeID{"a", 1}, Accept{Key: Key(g.Subject), Ballot: b, Entry: e}, &out)
	}
	out.Reset()
	a.Sweep(0, &out)
	require.Len(t, out.Erasures, 50)
	require.True(t, slices.IsSortedFunc(out.Erasures, func(a, b Erasure) int { return cmp.Compare(a.Key, b.Key) }))
}

// Five members shrink to four, and before the four have merged one another two
// lose their memory. The two that are left have not merged: an entry chosen by
// three of the five may be held by none of them, so it is a new cluster that goes
// on. One that had merged would hold it.
func TestRecoveryInAnUnfinishedChangeOfSize(t *testing.T) {
	id := func(name string, inc uint64) NodeID { return NodeID{name, inc} }
	sources := []NodeID{id("a", 1), id("b", 1), id("c", 1), id("d", 1), id("e", 1)}
	for _, c := range []struct {
		merged Epoch
		kind   stepKind
		need   int
	}{{0, stepRefound, 2}, {2, stepRecover, 2}} {
		cfg := &Config{Cluster: 7, Epoch: 2, Size: 4, Reset: Reset{Epoch: 2, Sources: sources, Need: 3},
			Seats: []Seat{{id("a", 1), 1, false}, {id("c", 1), 1, false}, {id("d", 1), 1, false}, {id("e", 1), 1, false}}}
		m := NewMember(id("d", 1), 1, 5, 1, DefaultTiming, NewAcceptor(id("d", 1)))
		m.cfg, m.done = cfg, c.merged
		for _, p := range []NodeID{id("a", 2), id("c", 2), id("e", 1)} {
			m.peers[p.Name] = &peer{id: p, connected: true, hello: Hello{Config: *cfg}}
		}
		s, ok := m.wantRecovery()
		require.True(t, ok)
		require.Equal(t, c.kind, s.kind)
		require.Equal(t, c.need, m.recoverFrom(s.kept))
	}
}

// A node restarts, and a key is tied to its new life before an acceptor notices:
// the acceptor still has a connection to the life before. That does not make the
// new life's process gone.
func TestConnectionToAnEarlierLifeIsNoProof(t *testing.T) {
	g := newGuards("a")
	g.nodes["a"], g.nodes["b"] = 5, 1
	later := Guard{Kind: GuardPID, Subject: "p", Node: "b", Creation: 2}
	require.Equal(t, Suspect, g.state(0, later))
	g.nodes["b"] = 2
	require.Equal(t, Holds, g.state(0, later))
	require.Equal(t, Gone, g.state(0, Guard{Kind: GuardNode, Node: "a", Creation: 4}))
}

// A node of a cluster of one comes back: it gives those that joined its former
// cluster time to be met before it founds another.
func TestNodeOfSizeOneSettlesToo(t *testing.T) {
	l := newLab(t, 1, "a")
	s, wants := l.nodes["a"].r.Member.wantFound()
	require.True(t, wants)
	require.Equal(t, DefaultTiming.Settle, s.patience)
	require.Positive(t, s.patience)
}
