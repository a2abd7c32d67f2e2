package tests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// says waits until the log of a node has a text.
func says(t *testing.T, n *cluster.Node, text string) {
	t.Helper()
	cluster.Eventually(t, fmt.Sprintf("%s says %q", n.Name, text), func() (bool, any) {
		return strings.Contains(n.Log(), text), "nothing of it"
	})
}

// A node too many waits, says so, and serves requests; when a member goes for
// good, it takes the seat, merged, and its vote counts.
func TestSpareServesAndTakesTheSeatOfOneThatIsGone(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 3, cluster.Setup{})
	w := write(t, 1, none, nodes[:2]...)
	w.progress(5)
	spare := c.StartNode(4)
	spare.WaitSeats(4, 3)
	says(t, spare, "this node is a spare: all 3 seats are taken")
	put(t, spare, atom("by the spare"), 1)
	r, err := spare.Get(atom("by the spare"))
	require.NoError(t, err)
	require.Equal(t, 1, r.Value)

	nodes[2].Kill()
	members := []*cluster.Node{nodes[0], nodes[1], spare}
	c.WaitSeatsOnAll(3, 3, members...)
	says(t, nodes[0], spare.Name+" in the place of "+nodes[2].Name)
	w.progress(5)
	w.end()
	w.check(members...)

	// Its vote counts: without another member, every acknowledged put is there.
	nodes[0].Kill()
	w.check(members[1:]...)
	put(t, nodes[1], atom("after"), 1)
	r, err = nodes[1].Get(atom("by the spare"))
	require.NoError(t, err)
	require.Equal(t, 1, r.Value)

	// One that comes back under its name finds its seat taken, and serves as well.
	back := nodes[2].Restart()
	back.WaitSeats(3, 3)
	says(t, back, "in the place of")
}

// A node that was started with another size adopts the cluster's, and says so.
func TestNodeAdoptsTheSizeOfItsCluster(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 2, cluster.Setup{})
	five := c.StartNode(3, func(a *agent.Config) { a.Size = 5 })
	c.WaitReady(append(nodes, five)...)
	i, err := five.Cluster()
	require.NoError(t, err)
	require.Equal(t, 3, i.Size)
	says(t, five, "the cluster has size 3; this node was started with size 5 and adopts the cluster's")
}

// Two clusters that formed apart refuse each other when they meet, say so, and
// each goes on with what it has.
func TestClustersThatFormedApartNeverMerge(t *testing.T) {
	t.Parallel()
	c := cluster.New(t, cluster.Setup{})
	var sides [2][]*cluster.Node
	for number := 1; number <= 6; number++ {
		side := (number - 1) / 3
		alone := func(a *agent.Config) {
			a.Connect = nil
			for other := 3*side + 1; other <= 3*side+3; other++ {
				if other != number {
					a.Connect = append(a.Connect, cluster.Name(other))
				}
			}
		}
		sides[side] = append(sides[side], c.StartNode(number, alone))
	}
	var ids [2]string
	for s, nodes := range sides {
		c.WaitReady(nodes...)
		put(t, nodes[0], atom("side"), s)
		i, err := nodes[0].Cluster()
		require.NoError(t, err)
		ids[s] = fmt.Sprint(i.ID)
	}
	require.NotEqual(t, ids[0], ids[1])

	for _, a := range sides[0] {
		for _, b := range sides[1] {
			c.Heal(a, b)
		}
	}
	for s, nodes := range sides {
		for _, n := range nodes {
			says(t, n, "met another cluster: "+ids[1-s])
			n.WaitSeats(6, 3)
			i, err := n.Cluster()
			require.NoError(t, err)
			require.Len(t, i.Foreign, 1)
			require.Equal(t, ids[1-s], fmt.Sprint(i.Foreign[0]))
			r, err := n.Get(atom("side"))
			require.NoError(t, err)
			require.Equal(t, s, r.Value)
			put(t, n, atom("%s", n.Name), s)
		}
	}
}

// Two of three lose their memory. Until both are back, those that run say who is
// missing; then the cluster goes on from what survives.
func TestMajorityThatLostItsMemory(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 3, cluster.Setup{})
	// Every put is held by a quorum, so by the survivor or by both of the others. While
	// one of these is stopped, by the survivor.
	for i, stopped := range []*cluster.Node{nodes[1], nodes[2]} {
		require.NoError(t, stopped.Pause())
		for key := 10 * i; key < 10*(i+1); key++ {
			put(t, nodes[key%2*(2-i)], key, key)
		}
		require.NoError(t, stopped.Continue())
		c.WaitReady(nodes...)
	}
	nodes[1].Kill()
	nodes[2].Kill()
	waitQuorum(t, nodes[0], false)
	says(t, nodes[0], "not heard of: "+nodes[1].Name+", "+nodes[2].Name)
	nodes[1] = nodes[1].Restart()
	says(t, nodes[0], "not heard of: "+nodes[2].Name+`"`)
	q, err := nodes[0].Cluster()
	require.NoError(t, err)
	require.False(t, q.Quorum)
	require.Equal(t, []string{nodes[2].Name}, q.Missing)
	_, err = nodes[1].Get(3, cluster.Options{NoQuorum: paxoskv.Return})
	require.ErrorIs(t, err, paxoskv.ErrNoQuorum)

	nodes[2] = nodes[2].Restart()
	c.WaitReady(nodes...)
	for _, n := range nodes {
		for key := range 20 {
			r, err := n.Get(key)
			require.NoError(t, err, "%d on %s", key, n.Name)
			require.Equal(t, key, r.Value)
		}
	}
}
