package tests

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// All nodes put a value of their own for every key at once.
func TestFirstValueWinsOnAllNodes(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 5, cluster.Setup{Size: 5})
	const keys = 40
	var mu sync.Mutex
	got, unknown := map[int][]cluster.Result{}, map[int]int{}
	var clients []func()
	for key := range keys {
		for _, n := range nodes {
			clients = append(clients, func() {
				r, tries, err := settle(n, key, atom("%s", n.Name))
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Errorf("put %d on %s: %v", key, n.Name, err)
				}
				got[key] = append(got[key], r)
				unknown[key] += tries - 1
			})
		}
	}
	together(clients...)
	require.False(t, t.Failed())
	owners := 0
	for key, results := range got {
		mine := 0
		for _, r := range results {
			require.Equal(t, results[0].Value, r.Value, "key %d", key)
			require.Equal(t, results[0].Rev, r.Rev, "key %d", key)
			if r.Mine {
				mine++
			}
		}
		// A client whose first put had an unknown outcome finds its own value as
		// that of another.
		require.LessOrEqual(t, mine, 1, "key %d", key)
		if unknown[key] == 0 {
			require.Equal(t, 1, mine, "key %d", key)
		}
		owners += mine
		holds(t, nodes, key, results[0])
	}
	require.NotZero(t, owners)
}

func TestReadsOnANodeThatNeverSawThePut(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 3, cluster.Setup{})
	put1 := put(t, nodes[0], atom("before"), []byte("it came"))
	late := c.StartNode(4)
	late.WaitSeats(4, 3)
	info, err := late.Cluster()
	require.NoError(t, err)
	require.NotContains(t, info.Members, late.Name, "the fourth node has no seat")
	all := append(nodes, late)
	holds(t, all, atom("before"), put1)

	// It puts as well, and its processes guard keys.
	pid := spawn(t, late)
	put2 := put(t, late, atom("tied"), 1, cluster.Options{PIDs: pids(pid)})
	require.True(t, put2.Mine)
	holds(t, all, atom("tied"), put2)
	require.NoError(t, late.KillPID(pid))
	gone(t, all, atom("tied"))
	_, err = late.Get(atom("nothing"))
	require.ErrorIs(t, err, paxoskv.ErrNotFound)
}

func TestTermsWithoutAForm(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 1, cluster.Setup{Size: 1})
	put(t, nodes[0], atom("k"), 1)
	formless := make(chan int) // it is no Erlang term, and arrives as no encoding of one
	for name, call := range map[string]func() error{
		"key of a put": func() error { _, err := nodes[0].Put(formless, 1); return err },
		"value":        func() error { _, err := nodes[0].Put(atom("new"), formless); return err },
		"key of a get": func() error { _, err := nodes[0].Get(formless); return err },
		"guarding key": func() error {
			_, err := nodes[0].Put(atom("new"), 1, cluster.Options{Keys: []any{formless}})
			return err
		},
	} {
		require.ErrorIs(t, call(), paxoskv.ErrBadTerm, name)
	}
	gone(t, nodes, atom("new"))
}

// What Get says of a key is right also where it is not there.
func TestDefaultAndStaleReads(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 3, cluster.Setup{})
	r, err := nodes[1].Get(atom("nothing"), cluster.Options{Default: atom("instead")})
	require.NoError(t, err)
	require.Equal(t, atom("instead"), r.Value)
	require.False(t, r.Found)

	// The last learned value is there for a stale read, marked, when the process
	// has ended with nobody left to erase its key.
	pid := spawn(t, nodes[0])
	old := put(t, nodes[0], atom("k"), 1, cluster.Options{PIDs: pids(pid)})
	nodes[1].Kill()
	nodes[2].Kill()
	cluster.Eventually(t, "the quorum is lost", func() (bool, any) {
		i, err := nodes[0].Cluster()
		require.NoError(t, err)
		return !i.Quorum, i
	})
	require.NoError(t, nodes[0].KillPID(pid))
	r, err = nodes[0].Get(atom("k"), cluster.Options{Stale: true})
	require.NoError(t, err)
	require.True(t, r.Stale)
	require.Equal(t, old.Rev, r.Rev)
	_, err = nodes[0].Get(atom("k"), cluster.Options{NoQuorum: paxoskv.Return})
	require.ErrorIs(t, err, paxoskv.ErrNoQuorum)
}

func TestBucketsDoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 3, cluster.Setup{})
	other := cluster.Options{Bucket: "other"}
	_, err := nodes[0].Put(atom("k"), 1, other)
	require.ErrorIs(t, err, paxoskv.ErrUnknownBucket)
	for i, n := range nodes {
		name := ""
		if i == 0 {
			name = "a name of my own"
		}
		_, err := n.Supervise(name, bucket("other"))
		require.NoError(t, err)
		require.NoError(t, n.WaitForBucket("other", cluster.Patience))
		if i == 0 {
			// A bucket needs a quorum of members that have it; a call ends all the same.
			_, err := n.Put(atom("k"), 1, cluster.Options{Bucket: "other", Timeout: 300 * time.Millisecond})
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
	}
	for i, n := range nodes {
		key := fmt.Sprint("k", i)
		first := put(t, n, key, 1)
		holds(t, nodes, key, first)
		gone(t, nodes, key, other)
		second := put(t, n, key, 2, other)
		require.True(t, second.Mine)
		holds(t, nodes, key, second, other)
		holds(t, nodes, key, first)
	}

	// A key of one bucket does not guard one of the other.
	_, err = nodes[0].Put(atom("tied"), 1, cluster.Options{Bucket: "other", Keys: []any{atom("elsewhere")}})
	require.ErrorIs(t, err, paxoskv.ErrInvalidValue)
	put(t, nodes[0], atom("elsewhere"), 1)
	_, err = nodes[0].Put(atom("tied"), 1, cluster.Options{Bucket: "other", Keys: []any{atom("elsewhere")}})
	require.ErrorIs(t, err, paxoskv.ErrInvalidValue)
}
