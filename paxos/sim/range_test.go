package sim

import (
	"runtime"
	"testing"
)

// TestRange runs a fixed range of seeds of each profile. It is what planted
// faults have to be found by (package mutants), and what the core as it is passes.
func TestRange(t *testing.T) {
	for p, seeds := range map[Profile]uint64{Main: 1000, Rounds: 6000, Seats: 2500, Merges: 400, Disk: 2000, Recovery: 1500} {
		t.Run(string(p), func(t *testing.T) {
			b := Batch{Profile: p, From: 1, Seeds: seeds, Workers: runtime.GOMAXPROCS(0)}
			stats, failures := b.Run()
			t.Log(stats)
			for _, f := range failures {
				t.Error(f)
			}
		})
	}
}

// A proposer that starts again has the configuration before it is on disk, and may
// answer by it.
func TestAnswerBeforeTheConfigurationIsOnDisk(t *testing.T) {
	b := Batch{Profile: Seats, From: 910011224, Seeds: 1, Workers: 1}
	_, failures := b.Run()
	for _, f := range failures {
		t.Error(f)
	}
}
