package tests

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

const (
	reached = "quorum_reached"
	lost    = "quorum_lost"
)

// mail waits until a process has been sent exactly these messages.
func mail(t *testing.T, n *cluster.Node, pid etf.Pid, want ...string) {
	t.Helper()
	cluster.Eventually(t, fmt.Sprint(n.Name, " gets ", want), func() (bool, any) {
		lines, err := n.Mail(pid)
		require.NoError(t, err)
		require.LessOrEqual(t, len(lines), len(want), "%v", lines)
		return slices.Equal(lines, want), lines
	})
}

// Subscribers of one node's service: here, on another node, one that
// unsubscribes, and one that ends.
func TestSubscribersAreTold(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 3, cluster.Setup{})
	fourth := c.StartNode(4)
	fourth.WaitSeats(4, 3)
	here, there := spawn(t, nodes[0]), spawn(t, fourth)
	leaving, dying := spawn(t, nodes[0]), spawn(t, nodes[0])
	require.NoError(t, nodes[0].Subscribe(here))
	answer, err := fourth.Call(there, host.ClusterName, nodes[0].Name, etf.Tuple{atom("subscribe"), there}, cluster.DefaultTimeout)
	require.NoError(t, err)
	require.Equal(t, atom("ok"), answer)
	require.NoError(t, nodes[0].Subscribe(leaving))
	require.NoError(t, nodes[0].Subscribe(dying))
	mail(t, nodes[0], here, reached)
	mail(t, fourth, there, reached)
	mail(t, nodes[0], leaving, reached)
	mail(t, nodes[0], dying, reached)
	watched, err := nodes[0].Monitored(dying, host.ClusterName)
	require.NoError(t, err)
	require.True(t, watched, "a subscriber is monitored")
	require.NoError(t, nodes[0].Unsubscribe(leaving))
	require.NoError(t, nodes[0].KillPID(dying))

	nodes[1].Kill()
	nodes[2].Kill()
	mail(t, nodes[0], here, reached, lost)
	mail(t, fourth, there, reached, lost)
	c.StartNode(2)
	c.StartNode(3)
	mail(t, nodes[0], here, reached, lost, reached)
	mail(t, fourth, there, reached, lost, reached)
	mail(t, nodes[0], leaving, reached)
	mail(t, nodes[0], dying, reached)
	watched, err = nodes[0].Monitored(leaving, host.ClusterName)
	require.NoError(t, err)
	require.False(t, watched, "one that left is not")
}

// From 3 to 5 and back, with puts running on all nodes that stay.
func TestResize(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 3, cluster.Setup{})
	all := append(nodes, c.StartNode(4), c.StartNode(5))
	for _, n := range all {
		n.WaitSeats(5, 3)
	}
	w := write(t, 1, none, nodes...)
	resize := func(by, size int) error {
		w.progress(5)
		return all[by].Resize(size, cluster.Patience)
	}
	refused := func(err error, why string) {
		t.Helper()
		require.ErrorIs(t, err, paxoskv.ErrRefused)
		require.ErrorContains(t, err, why)
	}
	require.NoError(t, resize(0, 4))
	c.WaitSeatsOnAll(5, 4, all...)
	require.NoError(t, resize(4, 5))
	c.WaitSeatsOnAll(5, 5, all...)
	refused(resize(1, 4), "every seat is taken by a connected node")
	refused(resize(1, 0), "a size is 1 or more")
	for _, n := range all {
		i, err := n.Cluster()
		require.NoError(t, err)
		require.Equal(t, 5, i.Size)
	}
	w.progress(5)

	all[4].Kill()
	c.WaitSeatsOnAll(4, 4, all[:4]...)
	require.NoError(t, resize(0, 4))
	refused(resize(0, 3), "every seat is taken by a connected node")
	c.WaitSeatsOnAll(4, 4, all[:4]...) // one that is gone before it merged holds up the next change
	all[3].Kill()
	c.WaitSeatsOnAll(3, 3, nodes...)
	require.NoError(t, resize(2, 3))
	refused(resize(1, 2), "every seat is taken by a connected node")
	c.WaitSeatsOnAll(3, 3, nodes...)
	w.progress(5)
	w.end()
	w.check(nodes...)

	nodes[2].Kill()
	c.WaitSeatsOnAll(2, 2, nodes[:2]...)
	require.NoError(t, nodes[0].Resize(2, cluster.Patience))
	c.WaitSeatsOnAll(2, 2, nodes[:2]...)
	refused(nodes[0].Resize(1, cluster.Patience), "size 1 cannot be voted")
	put(t, nodes[1], atom("after"), 1)
	w.check(nodes[:2]...)
}

// Of two resizes that are asked of one node the later one counts, and the earlier
// is told.
func TestResizeTakesThePlaceOfAnother(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 3, cluster.Setup{})
	nodes[1].Kill()
	nodes[2].Kill()
	waitQuorum(t, nodes[0], false)
	first := make(chan error, 1)
	go func() { first <- nodes[0].Resize(4, cluster.Patience) }()
	cluster.Eventually(t, "the first resize ends", func() (bool, any) {
		// Without a quorum neither gets anywhere. The first may come second.
		err := nodes[0].Resize(5, 20*time.Millisecond)
		require.True(t, errors.Is(err, paxoskv.ErrNoQuorum) || errors.Is(err, paxoskv.ErrRefused), "%v", err)
		return len(first) > 0, nil
	})
	err := <-first
	require.ErrorIs(t, err, paxoskv.ErrRefused)
	require.ErrorContains(t, err, "another resize")
	require.ErrorIs(t, nodes[0].Resize(4, 20*time.Millisecond), paxoskv.ErrNoQuorum)
}
