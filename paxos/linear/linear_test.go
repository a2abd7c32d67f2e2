package linear

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

// step is one act of a history in a table: its place in time, and what it did.
type step struct {
	begin, end uint64
	value      paxos.Value // "" for nothing found
	create     bool
}

// historyOf makes the arguments of the checks; erasable[i] is since when value i
// (of a, b, c) may be erased. Times and places in the order are the same here.
func historyOf(steps []step, erasable ...int64) (acts []Act, values []Written) {
	for _, s := range steps {
		acts = append(acts, Act{Call: s, Value: s.value, Create: s.create, Begin: s.begin, End: s.end,
			BeginAt: int64(s.begin), EndAt: int64(min(s.end, Never))})
	}
	for i, at := range erasable {
		values = append(values, Written{paxos.Value(rune('a' + i)), paxos.Rev{Counter: uint64(i + 1)}, at})
	}
	return acts, values
}

// String shows the step where a check finds fault with it.
func (s step) String() string { return fmt.Sprintf("%q [%d, %d]", s.value, s.begin, s.end) }

// Both checks know good histories from bad ones.
func TestChecksJudge(t *testing.T) {
	for _, c := range []struct {
		name     string
		ok       bool
		steps    []step
		erasable []int64
	}{
		{"nothing", true, nil, nil},
		{"a put and a get", true, []step{{1, 2, "a", true}, {3, 4, "a", false}}, []int64{Never}},
		{"a get before the put", false, []step{{1, 2, "a", false}, {3, 4, "a", true}}, []int64{Never}},
		{"not found after the put", false, []step{{1, 2, "a", true}, {3, 4, "", false}}, []int64{Never}},
		{"not found while it is put", true, []step{{1, 4, "a", true}, {2, 3, "", false}}, []int64{Never}},
		{"not found once it may be erased", true, []step{{1, 2, "a", true}, {3, 5, "", false}}, []int64{4}},
		{"not found before it may be erased", false, []step{{1, 2, "a", true}, {3, 5, "", false}}, []int64{6}},
		{"an erased value comes back", false,
			[]step{{1, 2, "a", true}, {3, 4, "", false}, {5, 6, "a", false}}, []int64{3}},
		{"two values at a time", false, []step{{1, 2, "a", true}, {3, 4, "b", true}}, []int64{Never, Never}},
		{"one value after the other", true,
			[]step{{1, 2, "a", true}, {3, 4, "a", false}, {5, 7, "b", true}, {8, 9, "b", false}}, []int64{6, Never}},
		{"the older after the newer", false,
			[]step{{1, 2, "a", true}, {5, 7, "b", true}, {8, 9, "a", false}}, []int64{6, Never}},
		{"an open put is seen late", true, []step{{1, Open, "a", true}, {2, 3, "", false}, {4, 5, "a", false}}, []int64{Never}},
		{"an open put is seen, and then not", false,
			[]step{{1, Open, "a", true}, {2, 3, "a", false}, {4, 5, "", false}}, []int64{Never}},
	} {
		t.Run(c.name, func(t *testing.T) {
			acts, values := historyOf(c.steps, c.erasable...)
			require.Equal(t, c.ok, Check(acts, values) == "", Check(acts, values))
			require.Equal(t, c.ok, Porcupine(acts, values, 0) == Ok)
		})
	}
}

// The linear check and porcupine agree on random histories, of which a good part
// are bad.
func TestChecksAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	good, bad := 0, 0
	for range 20_000 {
		steps, erasable := randomHistory(r)
		acts, values := historyOf(steps, erasable...)
		why := Check(acts, values)
		if porcupine := Porcupine(acts, values, 0) == Ok; porcupine != (why == "") {
			require.Fail(t, "the checks differ", "%s; porcupine %t; %v, erasable %v", why, porcupine, steps, erasable)
		}
		if why == "" {
			good++
		} else {
			bad++
		}
	}
	t.Logf("%d good, %d bad", good, bad)
	require.Greater(t, good, 2000)
	require.Greater(t, bad, 2000)
}

// randomHistory puts a, b and c one after the other, so that their order is that
// of their revs, which porcupine does not know; and reads at random.
func randomHistory(r *rand.Rand) ([]step, []int64) {
	n := 1 + r.IntN(3)
	var steps []step
	var erasable []int64
	at := uint64(1)
	for i := range n {
		v := paxos.Value(rune('a' + i))
		begin := at + r.Uint64N(8)
		end := begin + r.Uint64N(12)
		steps = append(steps, step{begin, end, v, true})
		erasable = append(erasable, 100*(int64(begin)+r.Int64N(12)))
		for range r.IntN(3) {
			b := begin + r.Uint64N(14)
			read := step{b, b + r.Uint64N(8), v, false}
			if r.IntN(2) == 0 {
				read.value = ""
			}
			steps = append(steps, read)
		}
		at = end + 1 + r.Uint64N(6)
	}
	return inOrder(r, steps), erasable
}

// inOrder gives each beginning and end a place of its own: twice the time, and a
// draw between those that are at one time.
func inOrder(r *rand.Rand, steps []step) []step {
	used := make(map[uint64]bool)
	place := func(x uint64) uint64 {
		for x = 100*x + r.Uint64N(90); used[x]; {
			x++
		}
		used[x] = true
		return x
	}
	for i := range steps {
		steps[i].begin = place(steps[i].begin)
		steps[i].end = max(place(steps[i].end), steps[i].begin+1)
	}
	return sortedByBegin(steps)
}

func sortedByBegin(steps []step) []step {
	slices.SortFunc(steps, func(a, b step) int { return cmp.Compare(a.begin, b.begin) })
	return steps
}
