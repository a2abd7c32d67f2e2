package paxos

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// 7. A seat holder that belongs to another cluster counts for the quorum, and
// keeps its seat for as long as it is connected.
func TestForeignSeatHolderDoesNotCount(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(1000)
	a := l.nodes["a"]
	x := a.r.Member.Config()
	// c (a founder by name only: "a seat for a node that does not answer") went
	// to another cluster instead.
	y := found(77, 3, []NodeID{{"c", 1}, {"d", 1}, {"e", 1}})
	l.stop("b")
	var out Output
	a.r.Step(l.now, Envelope{From: NodeID{"c", 1}, To: a.id, Body: Hello{Size: 3, Life: 1, Creation: 1, Config: y}}, &out)
	require.True(t, x.Has(NodeID{"c", 1}))
	require.False(t, a.r.Member.Quorum(), "a alone is left of its cluster, and says that it has a quorum")
}

// 8. A bar of a recovery in epoch 1 of one cluster holds in epoch 1 of the next.
func TestBarEndsWithItsCluster(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(1000)
	m := l.nodes["a"].r.Member
	m.barred = m.cfg.Epoch
	y := m.cfg.refound(77, []NodeID{m.self}, []NodeID{{"b", 2}, {"c", 2}})
	m.founding.Vote = ConfigVote{Config: &y}
	var out Output
	m.consider(NodeID{"b", 2}, &y, &out)
	require.Equal(t, ClusterID(77), m.cfg.Cluster)
	require.False(t, m.refused())
}

// 9. A Hello of a peer that this node was never told is connected makes it so,
// and nothing ever unmakes it.
func TestHelloDoesNotConnect(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(1000)
	a := l.nodes["a"]
	var out Output
	// d connected, greeted and died between two looks at the network.
	a.r.Step(l.now, Envelope{From: NodeID{"d", 1}, To: NodeID{Name: "a"}, Body: Hello{Size: 3, Life: 1, Creation: 1}}, &out)
	l.stop("c")
	l.run(20000)
	require.False(t, a.r.Member.Config().Has(NodeID{"d", 1}), "a seat went to a node that is long dead, which a takes to be connected for ever: %v, connected %v",
		a.r.Member.Config().Members(), a.r.Member.connected(NodeID{"d", 1}))
}

// 10. A node without a seat leaves a healthy cluster for what a survivor founded.
func TestSeatlessNodeStaysInHealthyCluster(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c", "d")
	l.run(3000)
	var d *labNode
	for _, n := range l.nodes {
		if !n.r.Member.Config().Has(n.id) {
			d = n
		}
	}
	require.NotNil(t, d)
	x := d.r.Member.Config()
	require.True(t, d.r.Member.Quorum())
	y := x.refound(77, []NodeID{{"q", 1}}, []NodeID{{"r", 1}, {"s", 1}})
	var out Output
	d.r.Step(l.now, Envelope{From: NodeID{"q", 1}, To: NodeID{Name: d.id.Name}, Body: Hello{Size: 3, Life: 1, Creation: 1, Config: y}}, &out)
	require.Equal(t, x.Cluster, d.r.Member.Config().Cluster, "it was connected to a quorum of its cluster")
}
