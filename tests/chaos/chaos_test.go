//go:build linux

package chaos

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// wants says whether PAXOSKV_REQUIRE holds a word.
func wants(word string) bool { return strings.Contains(os.Getenv("PAXOSKV_REQUIRE"), word) }

// The runs need root and /dev/net/tun, and are asked for.
func netnsWanted(t *testing.T) {
	if !wants("netns") {
		t.Skip("left out: needs root and /dev/net/tun; set PAXOSKV_REQUIRE=netns")
	}
}

// A short run finds nothing, and has done something.
func TestRun(t *testing.T) {
	netnsWanted(t)
	o := Options{Seed: 1, Time: 15 * time.Second, Every: 500 * time.Millisecond, Spares: 1, Shells: 1, Logf: t.Logf}
	if wants("erlang") {
		o.Erlang = 1
	} else {
		t.Log("left out: an Erlang node; set PAXOSKV_REQUIRE=netns,erlang")
	}
	report, err := Run(o)
	require.NoError(t, err)
	t.Log(report)
	require.Empty(t, report.Verdict.Findings)
	require.Greater(t, report.Calls, 100)
	require.Positive(t, report.Verdict.Erasable)
	require.Greater(t, len(report.Faults), 3)
}

// The same with disks, which are wiped, damaged and lose power.
func TestRunWithDisks(t *testing.T) {
	netnsWanted(t)
	report, err := Run(Options{Seed: 2, Time: 8 * time.Second, Every: 300 * time.Millisecond, Disk: true, Shells: 1, Logf: t.Logf})
	require.NoError(t, err)
	t.Log(report)
	require.Empty(t, report.Verdict.Findings)
	require.Greater(t, report.Calls, 100)
	require.Positive(t, report.Faults[string(Crash)]+report.Faults[string(Outage)])
}

// A seed gives a schedule, and another seed another.
func TestPlan(t *testing.T) {
	o := Options{Seed: 1, Time: 10 * time.Minute}
	plan := Plan(o)
	require.Equal(t, plan, Plan(o))
	o.Seed = 2
	require.NotEqual(t, plan, Plan(o))
	o.Disk = true
	with := map[Kind]int{}
	for _, f := range Plan(o) {
		with[f.Kind]++
	}
	require.Len(t, with, len(DiskWeights))
	o.Disk = false
	kinds, short, long := map[Kind]int{}, 0, 0
	for i, f := range plan {
		kinds[f.Kind]++
		require.NotEqual(t, f.X, f.Y)
		require.LessOrEqual(t, f.At+f.Long, o.Time)
		if i > 0 {
			require.GreaterOrEqual(t, f.At, plan[i-1].At)
		}
		if f.Long < 50*time.Millisecond {
			short++
		}
		if f.Long > 10*time.Second {
			long++
		}
	}
	require.Len(t, kinds, len(DefaultWeights))
	require.Greater(t, short, len(plan)/8)
	require.Greater(t, long, len(plan)/16)
}
