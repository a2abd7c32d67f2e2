//go:build linux

package chaos

import (
	"flag"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	startsCount  = flag.Int("starts.count", 12, "how many times a cluster is started")
	rollingCount = flag.Int("rolling.count", 1, "how many times all nodes are restarted, one after the other")
)

// However three nodes start, they form one cluster.
func TestStarts(t *testing.T) {
	netnsWanted(t)
	report, err := Starts(Options{Seed: 1}, *startsCount, 2)
	require.NoError(t, err)
	t.Log(report)
	require.Empty(t, report.Failures)
	require.Len(t, append(report.Together, report.InOrder...), *startsCount)
}

// A rolling restart loses no put, and holds none up for longer than it may be tried
// again.
func TestRollingRestart(t *testing.T) {
	netnsWanted(t)
	report, err := Roll(Options{Seed: 1, Think: 5 * time.Millisecond}, *rollingCount)
	require.NoError(t, err)
	t.Log(report)
	require.Empty(t, report.Failures)
	require.Equal(t, *rollingCount, report.Rolls)
	require.Positive(t, report.Puts)
}
