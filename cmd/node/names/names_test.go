package names_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/cmd/node/names"
)

func TestPeers(t *testing.T) {
	for n, want := range [][]string{
		nil,
		{"node0@h", "node2@h"},
		{"node0@h", "node1@h", "node3@h", "node4@h"},
		{"node0@h", "node1@h", "node2@h", "node4@h", "node5@h", "node6@h"},
	} {
		require.Equal(t, want, names.Peers(n, "h"))
	}
}

// Of any two nodes at least one connects to the other.
func TestAllGetConnected(t *testing.T) {
	for a := range 20 {
		for b := range a {
			require.Contains(t, names.Peers(a, "h"), names.Name(b, "h"))
		}
	}
}

func TestLowest(t *testing.T) {
	taken := map[int]bool{1: true, 2: true, 4: true}
	claim := func(n int) (bool, error) {
		if taken[n] {
			return false, nil
		}
		taken[n] = true
		return true, nil
	}
	for _, want := range []int{3, 5, 6} {
		n, err := names.Lowest(claim)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}

	broken := errors.New("no answer")
	_, err := names.Lowest(func(int) (bool, error) { return false, broken })
	require.ErrorIs(t, err, broken)

	tried := 0
	_, err = names.Lowest(func(int) (bool, error) { tried++; return false, nil })
	require.ErrorIs(t, err, names.ErrAllTaken)
	require.Equal(t, names.Most, tried)
}

// Nodes that start together get the numbers 1 to n, one each.
func TestLowestTogether(t *testing.T) {
	const nodes = 20
	var mu sync.Mutex
	owner := map[int]int{}
	var all sync.WaitGroup
	for i := range nodes {
		all.Go(func() {
			n, err := names.Lowest(func(n int) (bool, error) {
				mu.Lock()
				defer mu.Unlock()
				if _, taken := owner[n]; taken {
					return false, nil
				}
				owner[n] = i
				return true, nil
			})
			if err != nil || n < 1 || n > nodes {
				t.Errorf("got number %d, error %v", n, err)
			}
		})
	}
	all.Wait()
	require.Len(t, owner, nodes)
}
