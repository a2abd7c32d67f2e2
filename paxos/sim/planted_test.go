package sim

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// amnesia is a harness fault: nodes restart under their old identity without
// their records, which forgets promises.
func amnesia(o *Options) {
	o.Amnesia, o.Guarded = true, 0
	o.Faults = [faultKinds]int{}
	o.Faults[faultCrash], o.Faults[faultCut] = 8, 4
	o.Every = 15
}

// A promise forgotten by a restart is found within the seeds of CI.
func TestForgottenPromisesAreFound(t *testing.T) {
	b := Batch{Profile: Rounds, From: 1, Seeds: 200, Workers: runtime.GOMAXPROCS(0), Change: amnesia, KeepGoing: true}
	_, failures := b.Run()
	rules := make(map[string]int)
	for _, f := range failures {
		rules[f.Violation.Rule]++
	}
	t.Log(rules)
	require.NotEmpty(t, failures)
	require.Positive(t, rules["agreement"]+rules["not linearizable"]+rules["one put took effect twice"], rules)
}

func firstAmnesia(t *testing.T) Options {
	for seed := uint64(1); seed < 300; seed++ {
		o := Draw(Rounds, seed)
		amnesia(&o)
		if _, v := Run(o, nil); v != nil {
			return o
		}
	}
	require.Fail(t, "no seed forgets a promise")
	return Options{}
}
