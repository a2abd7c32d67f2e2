package paxos

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A keySet holds what a map would.
func TestKeySet(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		var s keySet
		want := make(map[Key]bool)
		for range 100 {
			k := Key(fmt.Sprint(r.IntN(4 * fewKeys)))
			if r.IntN(2) == 0 {
				s.add(k)
				want[k] = true
			} else {
				s.remove(k)
				delete(want, k)
			}
			require.Equal(t, len(want) == 0, s.empty())
			got := s.some(1000)
			slices.Sort(got)
			require.Len(t, got, len(want))
			for _, k := range got {
				require.True(t, want[k])
			}
			require.Len(t, slices.Compact(got), len(want))
		}
	}
}
