package mutants

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// simulated are faults that only the simulator met: they need several epochs and
// operations that go on through them, or many rounds in bad order.
var simulated = []fault{
	{"a ballot run on into the next epoch",
		[]edit{
			{"proposer.go", "		p.unask(o)\n		switch {\n		case o.holds:\n",
				"		switch {\n		case o.phase == preparing || o.phase == accepting:\n		case o.holds:\n"},
			{"answers.go", "	if env.Cluster != p.cfg.Cluster || env.Epoch != p.cfg.Epoch {\n", "	if env.Cluster != p.cfg.Cluster {\n"},
		},
		seeds("seats"), "chosen without a quorum of votes"},
	{"messages of an old epoch answered",
		one("replica.go", "	case env.Epoch < cfg.Epoch:\n", "	case env.Epoch < cfg.Epoch && false:\n"),
		seeds("seats"), "an answer that was not chosen"},
	{"a collect asked over two epochs",
		one("proposer.go", "		p.unask(o)\n		switch {\n		case o.holds:\n",
			"		if o.req.Kind == CollectTombstone && o.phase == querying {\n			continue\n		}\n"+
				"		p.unask(o)\n		switch {\n		case o.holds:\n"),
		seeds("seats"), "collected before all hold it"},
	{"a put that answers an older entry which its own outlives",
		one("decide.go", "		v.known = v.known && !outlived(r, v)\n", ""),
		// The simulator found it once in some thousand seeds of rounds; now a test
		// of the core goes straight there.
		check{".", "^TestRetriedPutOutlivesItsOwnEntryBeforeItAnswersAnother$"}, "Error Trace"},
	{"a recovery from members that have not merged",
		one("recovery.go", " && (voters > 0 || sources >= m.cfg.Reset.Need)\n", " && voters+sources >= 0\n"),
		check{".", "^TestRecoveryInAnUnfinishedChangeOfSize$"}, "Error Trace"},
}

// both are faults that the search finds, and the simulator as well: the one sees
// every order within small bounds, the other goes far in some.
var both = map[string]struct{ profile, finds string }{
	"a vote before the state is merged":             {"seats", "seed "},
	"a merged copy counted as a vote":               {"seats", "a copy passed off as a vote"},
	"a size changed without the merge":              {"recovery", "seed "},
	"promises that are not merged":                  {"recovery", "agreement"},
	"votes counted without their sender":            {"seats", "chosen without a quorum of votes"},
	"a read that trusts one empty answer":           {"rounds", "not linearizable"},
	"not the highest of the promised entries":       {"rounds", "agreement"},
	"an accept below the promise":                   {"rounds", "a promise fell"},
	"erase on one suspicion":                        {"rounds", "erased without cause"},
	"suspicion taken for the end of a guard":        {"rounds", "gone, it says, and it is not"},
	"collect before all hold one ballot":            {"rounds", "collected before all hold it"},
	"a retried put that looks at nothing":           {"rounds", "seed "},
	"a query that compares revs instead of ballots": {"seats", "an answer that was not chosen"},
	"a part that leaves out a key":                  {"merges", "seed "},
	"a source read to the end when one lane is":     {"merges", "seed "},
	"half of the seats taken for a quorum":          {"rounds", "agreement"},
}

// seeds is the simulator's fixed range of seeds of a profile.
func seeds(profile string) check { return check{"sim", "^TestRange$/^" + profile + "$"} }

// TestPlantedFaultsInTheSimulator demands that the simulator finds its faults.
// That the core as it is passes the same seeds is TestRange of package sim.
func TestPlantedFaultsInTheSimulator(t *testing.T) {
	core, err := filepath.Abs("..")
	require.NoError(t, err)
	planted := slices.Concat(simulated, forgotten, restarted, met)
	for _, f := range faults() {
		if b, ok := both[f.name]; ok {
			f.check, f.finds = seeds(b.profile), b.finds
			planted = append(planted, f)
		}
	}
	require.Len(t, planted, len(simulated)+len(forgotten)+len(restarted)+len(met)+len(both), "a name in both is no fault's")
	for _, f := range planted {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			out, err := f.check.run(core, overlay(t, core, f.edits))
			var failed *exec.ExitError
			require.ErrorAs(t, err, &failed, "the fault was not found:\n%s", out)
			require.NotContains(t, out, "[build failed]")
			require.Contains(t, out, f.finds)
		})
	}
}
