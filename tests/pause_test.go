package tests

import (
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/pauseuntil"
	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// The tree of the issue: a bucket, a pause until it is up, the cluster service
// with its size, a pause until there is a quorum, more buckets later, and what
// needs all that.
func pausing(plain bool, patience time.Duration) agent.Tree {
	return agent.Tree{Plain: plain, Children: []agent.Child{
		bucket("first"),
		{Kind: agent.Pause, Bucket: "first", Timeout: cluster.Patience},
		service(3),
		{Kind: agent.Pause, Timeout: patience},
		bucket("second"),
		{Kind: agent.Pause, Bucket: "second", Timeout: patience},
		{Kind: agent.Idle, Name: "needs all"},
	}}
}

func TestPauseUntilHoldsATree(t *testing.T) {
	t.Parallel()
	c := cluster.New(t, cluster.Setup{Bare: true})
	var nodes []*cluster.Node
	started := make(chan error, 3)
	for i := range 3 {
		n := c.StartNode(i + 1)
		nodes = append(nodes, n)
	}
	start := func(i int) {
		_, err := nodes[i].StartTree(pausing(i == 1, cluster.Patience))
		started <- err
	}
	go start(0)
	cluster.Eventually(t, "the service is up", func() (bool, any) { return nodes[0].Ping() == nil, nil })
	require.NoError(t, nodes[0].WaitForBucket("first", cluster.Patience))
	require.Zero(t, where(t, nodes[0], host.ActorName("second", host.Proposer)))
	require.Zero(t, where(t, nodes[0], "needs all"))
	require.Empty(t, started)
	go start(1)
	go start(2)
	for range 3 {
		require.NoError(t, <-started)
	}
	for _, n := range nodes {
		require.NotZero(t, where(t, n, "needs all"))
	}
	c.WaitReady(nodes...)
	o := cluster.Options{Bucket: "second"}
	holds(t, nodes, atom("k"), put(t, nodes[0], atom("k"), 1, o), o)
}

// Without a quorum at the deadline the tree ends, and says why.
func TestPauseUntilEndsATreeAtItsDeadline(t *testing.T) {
	t.Parallel()
	c := cluster.New(t, cluster.Setup{Bare: true})
	for i, plain := range []bool{false, true} {
		n := c.StartNode(i + 1)
		pid, err := n.StartTree(pausing(plain, 50*time.Millisecond))
		require.NoError(t, err)
		require.NotZero(t, pid)
		cluster.Eventually(t, "nothing of the tree is left", func() (bool, any) {
			left := map[string]etf.Pid{}
			for _, name := range []string{"needs all", host.ClusterName, host.ActorName("first", host.Proposer),
				host.ActorName("second", host.Proposer)} {
				if p := where(t, n, name); p.ID != 0 {
					left[name] = p
				}
			}
			return len(left) == 0, left
		})
		says(t, n, pauseuntil.ErrDeadline.Error())
		says(t, n, "no quorum")
	}
}

func where(t *testing.T, n *cluster.Node, name string) etf.Pid {
	t.Helper()
	pid, err := n.WhereIs(name)
	require.NoError(t, err)
	return pid
}
