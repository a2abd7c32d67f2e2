package tests

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// Every actor of the store is killed on every node, while puts run that contend
// for the same keys: the supervisor starts it again, callers get an answer or a
// named error, and no acknowledged value is ever contradicted.
func TestKilledActorsAreRestartedAndKeepTheirPromises(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 3, cluster.Setup{})
	named := of(paxoskv.ErrClosed, paxoskv.ErrUnknownBucket)
	w := write(t, 2, named, nodes...)
	guarded := func(key any) func() {
		pid := spawn(t, nodes[1])
		_, _, err := settle(nodes[1], key, 1, cluster.Options{PIDs: pids(pid)})
		require.NoError(t, err)
		return func() {
			require.NoError(t, nodes[1].KillPID(pid))
			gone(t, nodes, key)
		}
	}
	for _, name := range []string{
		host.ActorName(host.DefaultBucket, host.Acceptor),
		host.ActorName(host.DefaultBucket, host.Proposer),
		host.ActorName(host.DefaultBucket, host.Learner),
		host.ClusterName, host.WatcherName,
	} {
		endGuard := guarded(atom("%s", name))
		for _, n := range nodes {
			w.progress(5)
			restarted(t, n, name)
		}
		// What was watched before the restart is watched still.
		endGuard()
	}
	w.progress(5)
	w.end()
	w.check(nodes...)
	t.Logf("%d keys; named errors: %v", len(w.acked), w.named)
}

// restarted kills the process of a name and waits until its supervisor has
// started another, and the node serves again.
func restarted(t *testing.T, n *cluster.Node, name string) {
	t.Helper()
	old, err := n.WhereIs(name)
	require.NoError(t, err)
	require.NotZero(t, old, "%s runs on %s", name, n.Name)
	require.NoError(t, n.KillName(name))
	cluster.Eventually(t, name+" is started again on "+n.Name, func() (bool, any) {
		pid, err := n.WhereIs(name)
		require.NoError(t, err)
		return pid != old && pid.ID != 0, pid
	})
	cluster.Eventually(t, n.Name+" serves again", func() (bool, any) {
		err := n.Ping()
		return err == nil, err
	})
	require.NoError(t, n.WaitForBucket(host.DefaultBucket, cluster.Patience))
}

// Subscribers are what a restart of the cluster service loses, as package sup
// documents.
func TestSubscriptionsEndWithTheClusterService(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 3, cluster.Setup{})
	before, after := spawn(t, nodes[0]), spawn(t, nodes[0])
	require.NoError(t, nodes[0].Subscribe(before))
	mail(t, nodes[0], before, reached)
	restarted(t, nodes[0], host.ClusterName)
	require.NoError(t, nodes[0].Subscribe(after))
	mail(t, nodes[0], after, reached)
	nodes[1].Kill()
	nodes[2].Kill()
	mail(t, nodes[0], after, reached, lost)
	mail(t, nodes[0], before, reached)
}
