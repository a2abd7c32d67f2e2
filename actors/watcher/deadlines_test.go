package watcher

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

func at(deadline int64) paxos.Guard { return paxos.Guard{Kind: paxos.GuardTime, Deadline: deadline} }

// Whatever is added and removed, what is due is what a list would say.
func TestDeadlines(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	d := deadlines{of: make(map[paxos.Guard]*deadline)}
	want := make(map[paxos.Guard]bool)
	for now := range int64(2000) {
		for range r.IntN(4) {
			g := at(now + r.Int64N(50))
			if r.IntN(3) == 0 {
				d.remove(g)
				delete(want, g)
			} else {
				d.add(g)
				want[g] = true
			}
		}
		most := 1 + r.IntN(5)
		got := d.due(now, most)
		require.LessOrEqual(t, len(got), most)
		require.True(t, slices.IsSortedFunc(got, func(a, b paxos.Guard) int { return int(a.Deadline - b.Deadline) }))
		for _, g := range got {
			require.LessOrEqual(t, g.Deadline, now)
			require.True(t, want[g])
			delete(want, g)
		}
		if len(got) < most {
			for g := range want {
				require.Greater(t, g.Deadline, now)
			}
		}
		require.Equal(t, len(want), d.Len())
		require.Len(t, d.of, d.Len())
	}
}

// Thousands of deadlines that fall at once leave in one go, the others stay, until
// they are watched no longer.
func TestDeadlinesThatFall(t *testing.T) {
	w := newWorld(t)
	now := time.Now().UnixMilli()
	later := at(now + time.Hour.Milliseconds())
	ws := []paxos.Watch{{Guard: later}}
	for i := range int64(2*expiredMost + 1) {
		ws = append(ws, paxos.Watch{Guard: at(now - i)})
	}
	w.s.Watch(ws)
	w.s.empty()
	require.Len(t, w.s.deadlines.of, 1)
	w.s.Watch([]paxos.Watch{{Guard: later, Off: true}})
	w.s.empty()
	require.Empty(t, w.s.deadlines.of)
	require.Zero(t, w.s.deadlines.Len())
}

// Of many guarding keys each sweep reads some, in turn.
func TestRoundOfKeys(t *testing.T) {
	var r round[int]
	var all []int
	for i := range 2*roundMost + 1 {
		all = append(all, i)
	}
	var seen []int
	for _, n := range []int{roundMost, roundMost, 1} {
		these := r.next(func() []int { return all })
		require.Len(t, these, n)
		seen = append(seen, these...)
	}
	require.Equal(t, all, seen)
	require.Empty(t, r.next(func() []int { return nil }))
}
