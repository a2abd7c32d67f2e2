//go:build linux

package chaos

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every edit finds its place in the source as it is.
func TestEditsApply(t *testing.T) {
	for _, p := range PlantedFaults {
		t.Run(p.Name, func(t *testing.T) {
			_, err := overlay(t.TempDir(), slices.Concat(hooks, diskHooks, p.Edits))
			require.NoError(t, err)
		})
	}
}
