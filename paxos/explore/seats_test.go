package explore

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

// TestSeats searches the runs over several epochs to the end.
func TestSeats(t *testing.T) {
	for _, r := range SeatRuns() {
		if !r.CI && *ballots < 5 {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			res := r.Search(Limit{})
			t.Log(res)
			for _, l := range res.Trace {
				t.Log(l)
			}
			require.Empty(t, res.Violation)
			require.True(t, res.Complete)
			require.GreaterOrEqual(t, res.States, r.Least, "the search has lost a part of what may happen")
		})
	}
}

// TestSeatRunsSeeEverything: the last epoch of a run is reached and voted in.
func TestSeatRunsSeeEverything(t *testing.T) {
	for _, r := range SeatRuns() {
		if !r.CI {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			m := newSeats(r)
			require.Empty(t, Search(m, Limit{}).Violation)
			last := paxos.Epoch(len(r.Steps) + 1)
			voted := 0
			for _, s := range m.states.items[1:] {
				for _, k := range s.Keys.State.Records {
					if k.Held.Own && k.Held.Epoch == last {
						voted++
					}
				}
			}
			require.NotZero(t, voted)
		})
	}
}
