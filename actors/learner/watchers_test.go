package learner

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A subscription that was ended tells nothing more, even what it had in hand: a
// process that watches a key again is not told of a change by both.
func TestEndedTellsNothing(t *testing.T) {
	told, cancelled := 0, 0
	x := &telling{cancel: func() { cancelled++ }}
	tell := func() bool { return x.unlessEnded(func() { told++ }) }
	require.True(t, tell())
	x.end()
	require.False(t, tell())
	require.Equal(t, 1, told)
	require.Equal(t, 1, cancelled)
}
