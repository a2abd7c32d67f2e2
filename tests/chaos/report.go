//go:build linux

package chaos

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/paxoskv/paxoskv/tests/chaos/judge"
)

// Report is what came of a run.
type Report struct {
	Options Options
	Verdict judge.Verdict
	// Calls and their outcomes, faults by kind.
	Calls    int
	Outcomes map[judge.Outcome]int
	Faults   map[string]int
	// Recovered is how long after the last heal every node served, Seated until every
	// seat was held by a node that votes.
	Recovered, Seated time.Duration
	// Held is how late the run itself woke up at most: by as much the machine's load
	// may have held up any node.
	Held time.Duration
	// Synced is how long a sync of the run's own took at most, where nodes have disks.
	Synced time.Duration
	// Kept is where the record is; empty where it is not kept.
	Kept string
}

func (r *Report) find(rule, format string, args ...any) {
	r.Verdict.Findings = append(r.Verdict.Findings, judge.Finding{Rule: rule, What: fmt.Sprintf(format, args...)})
}

// String is the report as text.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, %v, size %d, %d spares: %d calls (%s), %d keys, %d values of which %d might be erased and %d had to outlast a loss\n",
		r.Options.Seed, r.Options.Time, r.Options.Size, r.Options.Spares, r.Calls, counts(r.Outcomes), r.Verdict.Keys, r.Verdict.Values, r.Verdict.Erasable, r.Verdict.Lasting)
	fmt.Fprintf(&b, "faults: %s\n", counts(r.Faults))
	fmt.Fprintf(&b, "all nodes served %v after the last heal, and all seats voted after %v; the latest end of a call was %v after its time\n",
		r.Recovered.Round(time.Millisecond), r.Seated.Round(time.Millisecond), r.Verdict.Latest.Round(time.Millisecond))
	if r.Options.Watches {
		fmt.Fprintf(&b, "%d events told to those who watch\n", r.Verdict.Events)
	}
	fmt.Fprintf(&b, "the run itself was held up for %v at most, and a sync of its own for %v; %d histories undecided\n",
		r.Held.Round(time.Millisecond), r.Synced.Round(time.Millisecond), r.Verdict.Undecided)
	const most = 3
	seen := make(map[string]int)
	for _, f := range r.Verdict.Findings {
		if seen[f.Rule]++; seen[f.Rule] <= most {
			fmt.Fprintf(&b, "FINDING %s\n", f)
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(seen)) {
		if seen[rule] > most {
			fmt.Fprintf(&b, "FINDING %s: %d in all\n", rule, seen[rule])
		}
	}
	if r.Kept != "" {
		fmt.Fprintf(&b, "record: %s\n", r.Kept)
	}
	fmt.Fprintf(&b, "again: go run ./tests/chaos/cmd/chaos %s\n", r.Options.flags())
	return b.String()
}

func counts[K cmp.Ordered](of map[K]int) string {
	var words []string
	for _, k := range slices.Sorted(maps.Keys(of)) {
		words = append(words, fmt.Sprintf("%d %v", of[k], k))
	}
	return strings.Join(words, ", ")
}

// keep writes the report, an excerpt for each key with a finding, and the logs.
func (r *Report) keep(dir string, record *judge.Record, hosts []*host) error {
	for _, h := range hosts {
		if err := os.WriteFile(filepath.Join(dir, h.addr+".log"), []byte(h.logs.String()), 0o644); err != nil {
			return err
		}
	}
	done := make(map[string]bool)
	for _, f := range r.Verdict.Findings {
		if f.Key != "" && !done[f.Key] {
			done[f.Key] = true
			if err := os.WriteFile(filepath.Join(dir, "key-"+f.Key+".txt"), []byte(judge.Excerpt(record, f.Key)), 0o644); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(filepath.Join(dir, "report.txt"), []byte(r.String()), 0o644)
}
