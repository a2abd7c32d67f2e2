package mutants

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNamedFaultsArePlanted: these are the faults that the checks were asked to
// find; the table holds more.
func TestNamedFaultsArePlanted(t *testing.T) {
	planted := map[string]bool{}
	for _, f := range faults() {
		require.False(t, planted[f.name], "twice: %s", f.name)
		planted[f.name] = true
	}
	for _, name := range []string{
		"no write-back of a half-done value",
		"a get answered from a tombstone that is not known chosen",
		"a query that compares revs instead of ballots",
		"a nack counted as a vote",
		"votes counted without their sender",
		"a promise forgotten by a restart",
		"an old epoch accepted",
		"phases of one ballot over two epochs",
		"a vote before the state is merged",
		"a merge from a member that may not vote",
		"a merged copy counted as a vote",
		"a snapshot before the epoch is adopted",
		"a size changed without the merge",
		"erase on one suspicion",
		"erase by key instead of by rev",
		"collect before all hold one ballot",
		"floor not raised",
		"a retried put that guesses",
		"a read that trusts one answer",
	} {
		require.True(t, planted[name], "not planted: %s", name)
	}
}

// TestEditsFitTheSource says within a second what the long tests would say later.
func TestEditsFitTheSource(t *testing.T) {
	core, err := filepath.Abs("..")
	require.NoError(t, err)
	for _, f := range slices.Concat(faults(), simulated, forgotten, restarted) {
		t.Run(f.name, func(t *testing.T) { overlay(t, core, f.edits) })
	}
}
