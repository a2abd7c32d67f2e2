package sim

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	seedFlag    = flag.Uint64("sim.seed", 1, "the seed of TestSeed")
	profileFlag = flag.String("sim.profile", string(Mixed), "the profile of TestSeed and TestSeeds")
	traceFlag   = flag.Bool("sim.trace", false, "have TestSeed print what happens, in a schedule cut down as far as it fails")
	seedsFlag   = flag.Uint64("sim.seeds", 300, "how many seeds TestSeeds runs")
	fromFlag    = flag.Uint64("sim.from", 1, "the first of them")
	forFlag     = flag.Duration("sim.for", 0, "how long TestSeeds goes on with further seeds")
)

// TestSeeds runs many schedules.
func TestSeeds(t *testing.T) {
	b := Batch{Profile: Profile(*profileFlag), From: *fromFlag, Seeds: *seedsFlag,
		Workers: runtime.GOMAXPROCS(0), Until: time.Now().Add(*forFlag)}
	if testing.Verbose() {
		b.Every, b.Progress = 10*time.Second, os.Stderr
	}
	stats, failures := b.Run()
	t.Log(stats)
	for _, f := range failures {
		t.Error(f)
	}
}

// TestSeed replays one schedule.
func TestSeed(t *testing.T) {
	o := Draw(Profile(*profileFlag), *seedFlag)
	stats, v := Run(o, nil)
	t.Log(o, stats)
	if *traceFlag {
		if v != nil {
			o = Shrink(o)
		}
		Run(o, os.Stdout)
	}
	if v != nil {
		t.Fatal(Failure{o, v})
	}
}

// A schedule in which the simulator once found fault with what is right: a member
// counted the answer of another from before that one went on to the next epoch.
func TestAnswersOfTheEpochBefore(t *testing.T) {
	_, v := Run(Draw(Mixed, 300076804), nil)
	require.Nil(t, v)
}

// A seed makes the same schedule each time: every line of the trace is the same.
func TestSeedDecidesEverything(t *testing.T) {
	for _, p := range Profiles {
		for seed := uint64(1); seed <= 20; seed++ {
			var first, second strings.Builder
			Run(Draw(p, seed), &first)
			Run(Draw(p, seed), &second)
			require.Equal(t, first.String(), second.String(), "%s %d", p, seed)
		}
	}
}

// Each profile does what it is for: faults of every kind come up, and so do
// erasures, collecting, epochs and, in its profile, recoveries.
func TestProfilesReachWhatTheyAreFor(t *testing.T) {
	for _, p := range []Profile{Main, Seats, Recovery} {
		b := Batch{Profile: p, From: 1, Seeds: 100, Workers: runtime.GOMAXPROCS(0), KeepGoing: true}
		stats, failures := b.Run()
		require.Empty(t, failures)
		for k, n := range stats.Faults {
			require.Positive(t, n, "%s: no %s", p, fault(k))
		}
		require.Positive(t, stats.Erasures, p)
		require.Positive(t, stats.Collected, p)
		require.Greater(t, stats.Epochs, stats.Schedules, p)
		if p == Recovery {
			require.Positive(t, stats.Recoveries)
			require.Positive(t, stats.Refoundings)
		}
	}
}

// A schedule that fails is cut down to one that fails by the same rule.
func TestShrink(t *testing.T) {
	o := firstAmnesia(t)
	small := Shrink(o)
	_, v := Run(small, io.Discard)
	require.NotNil(t, v)
	require.LessOrEqual(t, len(fmt.Sprint(small)), len(fmt.Sprint(o)))
}
