//go:build linux

package chaos

import (
	"flag"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/tests/chaos/judge"
)

var (
	plantedSeeds = flag.Int("planted.seeds", 0, "how many seeds each planted fault may take; 0 leaves them out")
	plantedTime  = flag.Duration("planted.time", 20*time.Second, "how long the faults of each run happen")
)

// Every planted fault is found within a number of seeds, by one of the rules that it
// breaks; and without it the same run finds nothing.
func TestPlantedFaults(t *testing.T) {
	netnsWanted(t)
	if *plantedSeeds == 0 {
		t.Skip("left out: takes minutes; ask for it with -planted.seeds")
	}
	for _, p := range PlantedFaults {
		t.Run(p.Name, func(t *testing.T) {
			var seen []string
			for seed := range *plantedSeeds {
				report := planted(t, p, uint64(seed), p.Edits)
				for _, f := range report.Verdict.Findings {
					seen = append(seen, f.Rule)
					if slices.Contains(p.Finds, f.Rule) {
						t.Logf("found with seed %d, after %d calls: %.300s", seed, report.Calls, f)
						require.Empty(t, planted(t, p, uint64(seed), nil).Verdict.Findings, "without the fault")
						return
					}
				}
			}
			t.Fatalf("not found in %d seeds; found were: %v", *plantedSeeds, slices.Compact(seen))
		})
	}
}

// planted makes a run that is biased towards a fault, which is there or not.
func planted(t *testing.T, p Planted, seed uint64, edits []Edit) *Report {
	o := Options{Seed: seed, Time: *plantedTime, Shells: 1, Edits: edits, Limits: judge.Defaults}
	o.Limits.Erase = 8 * time.Second
	p.Bias(&o)
	if edits != nil {
		o.Out = t.TempDir() // it is to find something: nothing to look into
	}
	report, err := Run(o)
	require.NoError(t, err)
	t.Log(report)
	return report
}
