package paxos

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// pieces has a merge take many pieces: each carries a record.
func pieces(t *testing.T) Timing {
	t.Helper()
	timing := DefaultTiming
	timing.Piece, timing.Lanes = 1, 2
	return timing
}

// filled is a cluster of five with so many keys.
func filled(t *testing.T, keys int) *lab {
	l := newLab(t, 5)
	l.timing = pieces(t)
	for _, n := range []string{"a", "b", "c", "d", "e"} {
		l.start(n, 1, 5)
	}
	l.run(1000)
	for _, k := range slotMates(keys) {
		require.True(t, l.op("a", Request{Kind: Put, Key: k, Value: "v"}).Mine)
	}
	return l
}

func (l *lab) voting(name string) bool { return l.nodes[name].r.Member.Voting() }

// sent counts the answers to questions for state, by who gives them.
func sent(count map[string]int, drop func(Envelope) bool) func(Envelope) bool {
	return func(e Envelope) bool {
		if _, piece := e.Body.(MergeState); piece {
			count[e.From.Name]++
		}
		return drop(e)
	}
}

// pieces40 is how many pieces forty keys of one slot take: one each, one for what
// is left of their lane, and one for the other lane.
const pieces40 = 42

func nothing(Envelope) bool { return false }

// restart gives the seat of e to a new life of it.
func (l *lab) restart(drop func(Envelope) bool) {
	l.stop("e")
	l.run(300)
	l.start("e", 2, 5)
	l.runDrop(1000, drop)
}

func requireHolds(t *testing.T, l *lab, keys int) {
	require.True(t, l.voting("e"))
	require.Equal(t, keys, l.nodes["e"].r.Acceptor.Len())
	for _, k := range slotMates(keys) {
		st := l.nodes["e"].r.Acceptor.State(SlotOf(k))
		require.True(t, st.has(k))
	}
}

// As many sources are asked as are needed, and each once for each piece.
func TestMergeAsksWhatItNeeds(t *testing.T) {
	l, count := filled(t, 40), make(map[string]int)
	l.restart(sent(count, nothing))
	requireHolds(t, l, 40)
	require.Len(t, count, 3)
	for _, n := range count {
		require.Equal(t, pieces40, n)
	}
}

// Questions and pieces are lost, and come twice: what is missing is asked again.
func TestMergeWithLosses(t *testing.T) {
	l, i := filled(t, 40), 0
	l.restart(func(e Envelope) bool {
		switch e.Body.(type) {
		case MergeState, MergeRequest:
			i++
			if i%7 == 0 && len(l.queue) < 1000 {
				l.queue = append(l.queue, e) // this one comes again, and late
			}
			return i%5 == 0
		}
		return false
	})
	for range 100 {
		if !l.voting("e") {
			l.run(1000)
		}
	}
	requireHolds(t, l, 40)
}

// A source that is asked goes away for good: another takes its place, and what
// was read of the rest is not read again.
func TestMergeTakesAnotherSource(t *testing.T) {
	l, count := filled(t, 40), make(map[string]int)
	gone := ""
	l.restart(sent(count, func(e Envelope) bool {
		_, piece := e.Body.(MergeState)
		if piece && count[e.From.Name] == 20 && gone == "" {
			gone = e.From.Name
		}
		return gone != "" && (e.From.Name == gone || e.To.Name == gone)
	}))
	require.NotEmpty(t, gone)
	require.False(t, l.voting("e"))
	l.stop(gone)
	l.runDrop(1000, sent(count, nothing))
	requireHolds(t, l, 40)
	require.Len(t, count, 4)
	for n, c := range count {
		if n != gone {
			require.Equal(t, pieces40, c)
		}
	}
}

// A source that is silent, though its connection stands, has another in its place.
func TestMergeLeavesTheSilent(t *testing.T) {
	l, count := filled(t, 40), make(map[string]int)
	silent := func(e Envelope) bool { _, q := e.Body.(MergeRequest); return q && e.To.Name == "a" }
	l.restart(sent(count, silent))
	l.runDrop(3000, sent(count, silent))
	requireHolds(t, l, 40)
	require.NotContains(t, count, "a")
}

// All sources go away in the middle and come back: the merge goes on where it was.
func TestMergeGoesOn(t *testing.T) {
	l, count := filled(t, 40), make(map[string]int)
	cut := false
	drop := sent(count, func(e Envelope) bool {
		cut = cut || count["a"] >= 20
		return cut && (e.From.Name == "e" || e.To.Name == "e")
	})
	l.restart(drop)
	e := l.nodes["e"]
	others := []string{"a", "b", "c", "d"}
	for _, o := range others {
		l.do(e, func(out *Output) { e.r.PeerDown(l.now, o, out) })
		l.do(l.nodes[o], func(out *Output) { l.nodes[o].r.PeerDown(l.now, "e", out) })
	}
	l.runDrop(5000, drop)
	require.False(t, l.voting("e"))
	before := fmt.Sprint(count)
	for _, o := range others {
		l.do(e, func(out *Output) { e.r.PeerUp(o, out) })
		l.do(l.nodes[o], func(out *Output) { l.nodes[o].r.PeerUp("e", out) })
	}
	l.runDrop(3000, sent(count, nothing))
	requireHolds(t, l, 40)
	for n, c := range count {
		require.LessOrEqual(t, c, pieces40+2, "%s, before the cut %s", n, before)
	}
}

// A record longer than a piece goes alone, and the pieces after it as ever.
func TestMergeOfALongRecord(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(1000)
	long := Value(make([]byte, 3*DefaultTiming.Piece))
	for i, k := range slotMates(5) {
		v := Value("short")
		if i%2 == 1 {
			v = long
		}
		require.True(t, l.op("a", Request{Kind: Put, Key: k, Value: v}).Mine)
	}
	l.stop("c")
	l.run(300)
	l.start("c", 2, 3)
	most := 0
	l.runDrop(2000, func(e Envelope) bool {
		if p, ok := e.Body.(MergeState); ok {
			w := 0
			for _, st := range p.States {
				w += st.weight()
			}
			most = max(most, w)
		}
		return false
	})
	require.True(t, l.voting("c"))
	require.Equal(t, 5, l.nodes["c"].r.Acceptor.Len())
	require.Less(t, most, len(long)+DefaultTiming.Piece, "one record, or a piece")
}
