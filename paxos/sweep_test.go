package paxos

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// tied is an acceptor of keys that are tied to processes of b, so many to each,
// while b is connected.
func tied(keys, each int) *Acceptor {
	self := NodeID{Name: "a", Incarnation: 1}
	cfg := &Config{Cluster: 1, Epoch: 1, Size: 1, Seats: []Seat{{Node: self, Since: 1}}}
	a := NewAcceptor(self)
	a.NodeUp("b", 7)
	for i := range keys {
		at := Ballot{Counter: uint64(i + 1), Proposer: self}
		var out Output
		a.Step(0, cfg, self, Accept{Key: Key(fmt.Sprintf("%07d", i)), Ballot: at, Entry: &Entry{Rev: at,
			Guards: []Guard{{Kind: GuardPID, Subject: fmt.Sprint(i / each), Node: "b", Creation: 7}}}}, &out)
	}
	return a
}

// However many guards there are, each sweep looks at some of them only, and all
// together at all.
func TestSweepComesToAllGuards(t *testing.T) {
	const keys = 3 * sweepMost
	a := tied(keys, 1)
	require.Len(t, a.Watched(), keys)
	pass := func() (pieces int, found map[Key]bool) {
		found = make(map[Key]bool)
		for more := true; more; pieces++ {
			var out Output
			more = a.Sweep(0, &out)
			require.LessOrEqual(t, len(out.Erasures), sweepMost+keys/guardParts*2)
			for _, e := range out.Erasures {
				require.False(t, found[e.Key], "twice")
				found[e.Key] = true
			}
		}
		return pieces, found
	}
	pieces, found := pass()
	require.Greater(t, pieces, 2)
	require.Empty(t, found, "all hold")
	var out Output
	require.True(t, a.Sweep(0, &out))
	a.NodeDown("b")
	a.guards.swept = 0 // as Replica.PeerDown does
	_, found = pass()
	require.Len(t, found, keys)
}

// Of the keys of one guard a sweep puts out so many, and when those are erased, it
// puts out others.
func TestSweepOfManyKeysOfOneGuard(t *testing.T) {
	const keys = 2*erasuresMost + 10
	a := tied(keys, keys)
	var out Output
	a.Observe(a.Watched()[0], &out)
	left := keys
	for ; left > 0; a.Sweep(0, &out) {
		require.Len(t, out.Erasures, min(left, erasuresMost))
		for _, e := range out.Erasures {
			a.drop(e.Key, &Output{})
			left--
		}
		out.Reset()
	}
	require.Empty(t, out.Erasures)
	require.Zero(t, a.guards.watched.n)
}

// Guards are spread evenly over the parts, of whatever kind they are.
func TestGuardParts(t *testing.T) {
	const n = 100 * guardParts
	for name, guard := range map[string]func(i int) Guard{
		"pid":  func(i int) Guard { return Guard{Kind: GuardPID, Subject: fmt.Sprint("p", i), Node: "b", Creation: 7} },
		"key":  func(i int) Guard { return Guard{Kind: GuardKey, Subject: fmt.Sprint("k", i)} },
		"time": func(i int) Guard { return Guard{Kind: GuardTime, Deadline: 1<<40 + int64(i)} },
	} {
		var parts [guardParts]int
		for i := range n {
			parts[guardPart(guard(i))]++
		}
		for _, in := range parts {
			require.InDelta(t, 100, in, 60, name)
		}
	}
}
