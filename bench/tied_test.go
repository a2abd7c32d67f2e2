package bench

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var tiedKeys = flag.Int("tied.keys", million, "how many keys BenchmarkMillionTied ties")

// BenchmarkMillionTied runs three nodes as BenchmarkMillion does, whose million keys
// are tied to processes of the first, 1,000 each or all to one, and ends those:
//
//   - the memory in use of a member;
//   - what puts take beside them, of keys that are tied too and of others;
//   - how long it takes, from the end of the processes, until the keys are erased on
//     all members, until the tombstones are collected too, and what puts take
//     meanwhile.
func BenchmarkMillionTied(b *testing.B) {
	for _, processes := range []int{1000, 1} {
		b.Run(fmt.Sprintf("processes=%d", processes), func(b *testing.B) {
			_, ms := startMembers(b, "tied")
			for b.Loop() {
				outlive(b, ms, processes)
			}
		})
	}
}

// outlive ties keys to processes, and waits until both are gone.
func outlive(b *testing.B, nodes []*member, processes int) {
	free := order{Put: 5 * time.Second}
	tell := func(r report, when string) int {
		b.Logf("puts %s: %d, median %v, 99%% within %v, longest %v", when, r.Puts, r.Median, r.Late, r.Longest)
		return r.Puts
	}
	pids := nodes[0].do(b, order{Spawn: processes}).PIDs
	empty := nodes[0].do(b, order{})
	began := time.Now()
	for _, n := range nodes {
		n.do(b, order{Seed: *tiedKeys, Size: 16, PIDs: pids})
	}
	b.Logf("seeded in %v", time.Since(began))
	full := nodes[0].do(b, order{})
	b.ReportMetric(float64(full.Heap-empty.Heap)/float64(*tiedKeys), "B/key")
	stay := empty.Live + tell(nodes[0].do(b, free), "beside them")
	tell(nodes[0].do(b, order{Put: free.Put, PIDs: pids}), "that are tied too")
	nodes[0].do(b, order{End: true, PIDs: pids})
	began = time.Now()
	erased := false
	for {
		r := nodes[0].do(b, order{Put: time.Second})
		stay += tell(r, fmt.Sprintf("%.0f s after the end", time.Since(began).Seconds()))
		live, records, used := 0, 0, time.Duration(0)
		for i, n := range nodes {
			if i > 0 {
				r = n.do(b, order{})
			}
			live, records, used = max(live, r.Live), max(records, r.Records), used+r.CPU
		}
		b.Logf("%d keys live of %d that are held; the nodes took %v of a processor so far", live, records, used)
		if live <= stay && !erased {
			erased = true
			b.ReportMetric(time.Since(began).Seconds(), "erased-s")
		}
		if records <= stay {
			break
		}
		require.Less(b, time.Since(began), 25*time.Minute)
	}
	b.ReportMetric(time.Since(began).Seconds(), "collected-s")
}
