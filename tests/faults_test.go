package tests

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

func TestOneOfThreeKilledWhilePutsRun(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 3, cluster.Setup{})
	w := write(t, 3, none, nodes[:2]...)
	w.progress(20)
	nodes[2].Kill()
	w.progress(50)
	nodes[2] = nodes[2].Restart()
	c.WaitReady(nodes...)
	w.progress(20)
	w.end()
	w.check(nodes...)

	// Its vote counts: with one of the others killed, nothing is lost either.
	nodes[0].Kill()
	w.check(nodes[1:]...)
	put(t, nodes[2], atom("after"), 1)
}

func TestTwoOfThreeKilled(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 3, cluster.Setup{})
	survivor := nodes[0]
	pid := spawn(t, survivor)
	for key := range 10 {
		put(t, survivor, key, 1)
		put(t, survivor, -1-key, 1, cluster.Options{PIDs: pids(pid)})
	}
	nodes[1].Kill()
	nodes[2].Kill()
	waitQuorum(t, survivor, false)

	refused := cluster.Options{NoQuorum: paxoskv.Return}
	_, err := survivor.Put(atom("k"), 1, refused)
	require.ErrorIs(t, err, paxoskv.ErrNoQuorum)
	_, err = survivor.Get(-1, refused)
	require.ErrorIs(t, err, paxoskv.ErrNoQuorum)
	r, err := survivor.Put(atom("k"), 1, cluster.Options{NoQuorum: paxoskv.Fail})
	require.ErrorIs(t, err, paxoskv.ErrNoQuorum)
	require.True(t, r.Panicked)
	for _, timeout := range []time.Duration{time.Millisecond, 300 * time.Millisecond} {
		_, err = survivor.Put(atom("k"), 1, cluster.Options{Timeout: timeout})
		require.ErrorIs(t, err, paxoskv.ErrNoQuorum)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
	require.ErrorIs(t, survivor.WaitForQuorum(100*time.Millisecond), paxoskv.ErrNoQuorum)
	// What is chosen for good is read from memory.
	got, err := survivor.Get(3, refused)
	require.NoError(t, err)
	require.Equal(t, 1, got.Value)

	// A put that waits ends when there is a quorum again.
	waiting := make(chan error, 1)
	go func() {
		_, err := survivor.Put(atom("patient"), 1, cluster.Options{Timeout: cluster.Patience})
		waiting <- err
	}()
	nodes[1], nodes[2] = nodes[1].Restart(), nodes[2].Restart()
	require.NoError(t, survivor.WaitForQuorum(cluster.Patience))
	require.NoError(t, <-waiting)
	c.WaitReady(nodes...)
	for _, n := range nodes {
		for key := range 10 {
			r, err := n.Get(key)
			require.NoError(t, err, "%d on %s", key, n.Name)
			require.Equal(t, 1, r.Value)
			r, err = n.Get(-1 - key)
			require.NoError(t, err, "%d on %s", -1-key, n.Name)
			require.Equal(t, 1, r.Value)
		}
		r, err := n.Get(atom("patient"))
		require.NoError(t, err)
		require.Equal(t, 1, r.Value)
	}
	require.NoError(t, survivor.KillPID(pid))
	gone(t, nodes, -1)
}

// waitQuorum waits until a node says that there is a quorum, or none.
func waitQuorum(t *testing.T, n *cluster.Node, want bool) {
	t.Helper()
	cluster.Eventually(t, "the quorum changes", func() (bool, any) {
		i, err := n.Cluster()
		require.NoError(t, err)
		return i.Quorum == want, i
	})
}

// A paused node is missed after a while; the others go on all the time. When it
// goes on itself, it learns what happened.
func TestPausedNodeComesBack(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 3, cluster.Setup{})
	rest, paused := nodes[:2], nodes[2]
	pid := spawn(t, nodes[0])
	tied := put(t, nodes[0], atom("tied"), 1, cluster.Options{PIDs: pids(pid)})
	there := put(t, paused, atom("there"), 1, cluster.Options{PIDs: pids(spawn(t, paused))})
	holds(t, nodes, atom("tied"), tied)

	require.NoError(t, paused.Pause())
	w := write(t, 2, none, rest...)
	quick := cluster.Options{Timeout: 5 * time.Second}
	for i, n := range rest {
		put(t, n, i, 1, quick)
	}
	// This one waits in the pipe to the paused process.
	late := make(chan error, 1)
	go func() {
		r, err := paused.Put(0, 2)
		if err == nil && r.Value != 1 {
			t.Errorf("the paused node chose %v", r.Value)
		}
		late <- err
	}()
	require.NoError(t, nodes[0].KillPID(pid))
	gone(t, rest, atom("tied"))
	renewed := put(t, nodes[1], atom("tied"), 2)
	// Both see it gone, and with it the process.
	gone(t, rest, atom("there"))
	for _, n := range rest {
		n.WaitSeats(2, 2)
	}
	w.progress(10)

	require.NoError(t, paused.Continue())
	require.NoError(t, <-late)
	holds(t, nodes, atom("tied"), renewed)
	gone(t, nodes, atom("there"))
	again(t, nodes, atom("there"), there)
	c.WaitReady(nodes...)
	w.progress(10)
	w.end()
	w.check(nodes...)

	// Its vote counts again.
	nodes[0].Kill()
	put(t, paused, atom("after"), 1)
	w.check(nodes[1:]...)
}
