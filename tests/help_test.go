package tests

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// atom is short for an atom.
func atom(format string, args ...any) etf.Atom { return etf.Atom(fmt.Sprintf(format, args...)) }

// together runs functions at the same time and waits for all.
func together(fs ...func()) {
	var all sync.WaitGroup
	for _, f := range fs {
		all.Go(f)
	}
	all.Wait()
}

// spawn starts a process on a node.
func spawn(t *testing.T, n *cluster.Node) etf.Pid {
	t.Helper()
	pid, err := n.Spawn()
	require.NoError(t, err)
	return pid
}

// put puts and requires that the value is chosen.
func put(t *testing.T, n *cluster.Node, key, value any, opts ...cluster.Options) cluster.Result {
	t.Helper()
	r, err := n.Put(key, value, opts...)
	chosen(t, n, key, value, r, err)
	return r
}

// chosen requires that a put has had its value chosen.
func chosen(t *testing.T, n *cluster.Node, key, value any, r cluster.Result, err error) {
	t.Helper()
	require.NoError(t, err, "put %v on %s", key, n.Name)
	require.Equal(t, value, r.Value, "put %v on %s", key, n.Name)
	require.True(t, r.Found)
}

// settle puts, and puts the same again as long as the outcome is unknown, as the
// documentation of ErrIndeterminate has it. It tells how many puts it took.
func settle(n *cluster.Node, key, value any, opts ...cluster.Options) (r cluster.Result, tries int, err error) {
	for tries = 1; ; tries++ {
		r, err = n.Put(key, value, opts...)
		if !errors.Is(err, paxoskv.ErrIndeterminate) || errors.Is(err, context.DeadlineExceeded) {
			return r, tries, err
		}
	}
}

// holds requires that a key has a value, of a rev, on all nodes.
func holds(t *testing.T, nodes []*cluster.Node, key any, want cluster.Result, opts ...cluster.Options) {
	t.Helper()
	for _, n := range nodes {
		r, err := n.Get(key, opts...)
		require.NoError(t, err, "get %v on %s", key, n.Name)
		require.Equal(t, want.Value, r.Value, "get %v on %s", key, n.Name)
		require.Equal(t, want.Rev, r.Rev, "get %v on %s", key, n.Name)
		require.False(t, r.Stale)
	}
}

// gone waits until a key holds nothing, on all nodes.
func gone(t *testing.T, nodes []*cluster.Node, key any, opts ...cluster.Options) {
	t.Helper()
	for _, n := range nodes {
		cluster.Eventually(t, fmt.Sprintf("%v is gone on %s", key, n.Name), func() (bool, any) {
			r, err := n.Get(key, opts...)
			if err != nil && !errors.Is(err, paxoskv.ErrNotFound) {
				require.NoError(t, err)
			}
			return err != nil, r.Value
		})
	}
}

// anew puts a key that has held something, and requires that the value is chosen. A
// put that meets the collecting of the tombstone may not learn what became of it.
func anew(t *testing.T, n *cluster.Node, key, value any, opts ...cluster.Options) (r cluster.Result, tries int) {
	t.Helper()
	r, tries, err := settle(n, key, value, opts...)
	chosen(t, n, key, value, r, err)
	return r, tries
}

// again requires that a key that is gone can be put again, with a higher rev,
// and that all nodes then read the new value.
func again(t *testing.T, nodes []*cluster.Node, key any, old cluster.Result) {
	t.Helper()
	r, tries := anew(t, nodes[0], key, atom("again"))
	if tries == 1 {
		require.True(t, r.Mine)
	}
	require.True(t, old.Rev.Less(r.Rev), "rev %v is not above %v", r.Rev, old.Rev)
	holds(t, nodes, key, r)
}

func pids(ps ...etf.Pid) []etf.Pid { return ps }

func bucket(name string) agent.Child { return agent.Child{Kind: agent.Bucket, Bucket: name} }
