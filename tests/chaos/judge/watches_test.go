package judge

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

// What was read before all was healed says nothing of what a watch has to believe.
func TestWatchesAfterTheHeal(t *testing.T) {
	r := record(func(r *Record) { r.Processes[0].End, r.Healed = 9*s, 30*s },
		put(1, 2, "a", "a", 1, pid("p")), get(3, 4, "a", 1))
	r.Watches = []Watch{{Node: "n1@1", At: 40 * s, Events: []Event{{Kind: Current, At: 3 * s}}}}
	require.Empty(t, Judge(r, Defaults).Findings)
	r.Healed = 2 * s
	found := Judge(r, Defaults).Findings
	require.Len(t, found, 1)
	require.Equal(t, "a watch was not told", found[0].Rule)
}

// What a watch may be told, and what it must be told.
func TestWatches(t *testing.T) {
	event := func(kind string, at float64, key, value string, rev uint64) Event {
		return Event{Kind: kind, Key: key, Value: value, Rev: paxos.Rev{Counter: rev}, At: int64(at * float64(s))}
	}
	calls := func() []*Call {
		return []*Call{put(1, 2, "a", "a", 1, pid("p")), put(11, 12, "b", "b", 3), get(20, 21, "b", 3)}
	}
	ofA, overA, ofB := event(Chosen, 2, "k", "a", 1), event(Erased, 10, "k", "", 1), event(Chosen, 12, "k", "b", 3)
	current, again := event(Current, 3, "", "", 0), event(Current, 14, "", "", 0)
	all, one := event(Missed, 13, "", "", 0), event(Missed, 13, "k", "", 0)
	for _, c := range []struct {
		name   string
		finds  string // "" for a good watch
		events []Event
	}{
		{"all of it", "", []Event{ofA, current, overA, ofB}},
		{"with a gap", "", []Event{current, ofB}},
		{"nothing, and not current", "", nil},
		{"nothing", "a watch was not told", []Event{current}},
		{"too little", "a watch was not told", []Event{ofA, current}},
		{"the end and not what came then", "a watch was not told", []Event{ofA, current, overA}},
		{"behind", "", []Event{ofA, current, event(Behind, 4, "", "", 0)}},
		{"missed, and told nothing then", "a watch was not told", []Event{ofA, current, ofB, one}},
		{"all missed, and told nothing then", "a watch was not told", []Event{ofA, ofB, all, again}},
		{"all missed, and told anew", "", []Event{ofA, ofB, all, event(Chosen, 14, "k", "b", 3), again}},
		{"told later", "", []Event{ofA, current, event(Chosen, 20.5, "k", "b", 3)}},
		{"a rev that falls", "a watch was told of a rev that was over", []Event{current, ofB, ofA}},
		{"a rev that falls after a gap", "a watch was told of a rev that was over", []Event{current, ofB, one, ofA}},
		{"a rev that falls in a new cluster", "", []Event{event(Chosen, 12, "k", "b", 3), all, ofA, event(Chosen, 15, "k", "b", 3), again}},
		{"a rev that is back", "a watch was told of a rev that was over", []Event{ofA, overA, ofA, ofB, current}},
		{"another rev", "a watch was told of another rev", []Event{event(Chosen, 12, "k", "b", 4), current}},
		{"out of nowhere", "a watch was told of a value that nobody put", []Event{event(Chosen, 12, "k", "c", 4), current}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := record(func(r *Record) { r.Processes[0].End = 9 * s }, calls()...)
			r.Watches = []Watch{{Node: "n1@1", At: 40 * s, Events: c.events}}
			v := Judge(r, Defaults)
			if c.finds == "" {
				require.Empty(t, v.Findings)
				return
			}
			require.NotEmpty(t, v.Findings)
			require.Equal(t, c.finds, v.Findings[0].Rule)
		})
	}
}
