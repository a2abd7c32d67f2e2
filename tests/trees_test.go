package tests

import (
	"strings"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

func service(size int) agent.Child { return agent.Child{Kind: agent.Cluster, Size: size} }

func named(name string, c agent.Child) agent.Child {
	c.Name = name
	return c
}

// Nodes without the application have the parts in trees of their own, each in
// another shape: any order, any names or none, all at once or one by one.
func TestPartsInTreesOfOnesOwn(t *testing.T) {
	t.Parallel()
	c := cluster.New(t, cluster.Setup{Bare: true})
	nodes := []*cluster.Node{c.StartNode(1), c.StartNode(2), c.StartNode(3)}
	_, err := nodes[0].Put(atom("k"), 1)
	require.ErrorIs(t, err, paxoskv.ErrClosed)
	require.ErrorIs(t, nodes[0].Ping(), paxoskv.ErrClosed)
	require.ErrorIs(t, nodes[0].WaitForBucket("mine", time.Millisecond), paxoskv.ErrUnknownBucket)

	_, err = nodes[0].Supervise("", service(3), bucket("mine"))
	require.NoError(t, err)
	_, err = nodes[1].Supervise("tree of mine", named("the bucket", bucket("mine")), named("the service", service(3)))
	require.NoError(t, err)
	_, err = nodes[2].Supervise("", bucket("mine"))
	require.NoError(t, err)
	_, err = nodes[2].Put(atom("k"), 1, cluster.Options{Bucket: "mine"})
	require.ErrorIs(t, err, paxoskv.ErrClosed)
	require.NoError(t, nodes[2].StartPart(service(3)))
	c.WaitReady(nodes...)

	mine := cluster.Options{Bucket: "mine"}
	for i, n := range nodes {
		require.NoError(t, n.WaitForBucket("mine", cluster.Patience))
		_, err := n.Put(i, 1)
		require.ErrorIs(t, err, paxoskv.ErrUnknownBucket)
	}
	for i, n := range nodes {
		holds(t, nodes, i, put(t, n, i, 1, mine), mine)
	}

	// More buckets later; on a node that has none the others vote all the same.
	later := cluster.Options{Bucket: "later"}
	for _, n := range nodes[:2] {
		_, err := n.Supervise("", bucket("later"))
		require.NoError(t, err)
		require.NoError(t, n.WaitForBucket("later", cluster.Patience))
	}
	holds(t, nodes[:2], atom("k"), put(t, nodes[0], atom("k"), 2, later), later)
	_, err = nodes[2].Get(atom("k"), later)
	require.ErrorIs(t, err, paxoskv.ErrUnknownBucket)
}

// The supervisor of a bucket and that of the service are ended, and others are
// started: they go on where the former stopped.
func TestPartsAreStartedAgain(t *testing.T) {
	t.Parallel()
	c := cluster.New(t, cluster.Setup{Bare: true})
	var nodes []*cluster.Node
	var trees []etf.Pid
	for i := range 3 {
		n := c.StartNode(i + 1)
		tree, err := n.Supervise("", service(3), bucket("b"))
		require.NoError(t, err)
		nodes, trees = append(nodes, n), append(trees, tree)
	}
	c.WaitReady(nodes...)
	b := cluster.Options{Bucket: "b"}
	pid := spawn(t, nodes[1])
	tied := put(t, nodes[0], atom("tied"), 1, cluster.Options{Bucket: "b", PIDs: pids(pid)})
	for i, n := range nodes {
		require.NoError(t, n.Exit(trees[i], "shutdown"))
		cluster.Eventually(t, "the parts have ended", func() (bool, any) {
			var left []etf.Pid
			for _, name := range []string{host.ClusterName, host.WatcherName,
				host.ActorName("b", host.Proposer), host.ActorName("b", host.Acceptor), host.ActorName("b", host.Learner)} {
				p, err := n.WhereIs(name)
				require.NoError(t, err)
				if p.ID != 0 {
					left = append(left, p)
				}
			}
			return len(left) == 0, left
		})
		_, err := n.Get(atom("tied"), b)
		require.ErrorIs(t, err, paxoskv.ErrClosed)
		_, err = n.Supervise("", bucket("b"), service(3))
		require.NoError(t, err)
		require.NoError(t, n.WaitForBucket("b", cluster.Patience))
	}
	c.WaitReady(nodes...)
	holds(t, nodes, atom("tied"), tied, b)
	require.NoError(t, nodes[1].KillPID(pid))
	gone(t, nodes, atom("tied"), b)
}

// A second service or bucket is refused with an error, or under a supervisor,
// which has nobody to return one to, in the log. Nothing hangs, and the first
// goes on.
func TestStartedTwice(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 3, cluster.Setup{})
	for _, part := range []agent.Child{service(3), service(5), bucket(host.DefaultBucket)} {
		require.ErrorIs(t, nodes[0].StartPart(part), host.ErrAlreadyStarted)
		before := len(nodes[0].Log())
		_, err := nodes[0].Supervise("", part)
		require.NoError(t, err)
		cluster.Eventually(t, "the log tells", func() (bool, any) {
			log := nodes[0].Log()[before:]
			return strings.Contains(log, "already started") && strings.Contains(log, "level=ERROR"), log
		})
		require.NoError(t, nodes[0].Ping())
		require.NoError(t, nodes[0].WaitForBucket(host.DefaultBucket, cluster.Patience))
	}
	r := put(t, nodes[0], atom("k"), 1)
	holds(t, nodes, atom("k"), r)
	i, err := nodes[0].Cluster()
	require.NoError(t, err)
	require.Equal(t, 3, i.Size)
}
