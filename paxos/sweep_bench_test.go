package paxos

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkSweep looks for what is down among a million guards, all of which hold:
// ms/piece is what a piece of it takes, max-ms the longest.
func BenchmarkSweep(b *testing.B) {
	const keys = 1_000_000
	self := NodeID{Name: "a@host", Incarnation: 1}
	for name, guard := range map[string]func(i int) Guard{
		"pid": func(i int) Guard {
			return Guard{Kind: GuardPID, Subject: fmt.Sprintf("a process, number %d", i), Node: "b@host", Creation: 7}
		},
		"time": func(i int) Guard { return Guard{Kind: GuardTime, Deadline: 1<<40 + int64(i)} },
	} {
		b.Run(name, func(b *testing.B) {
			a, cfg := NewAcceptor(self), &Config{Cluster: 1, Epoch: 1, Size: 1, Seats: []Seat{{Node: self, Since: 1}}}
			a.NodeUp("b@host", 7)
			var out Output
			for i := range keys {
				at := Ballot{Counter: uint64(i + 1), Proposer: self}
				a.Step(0, cfg, self, Accept{Key: Key(fmt.Sprintf("key-%07d", i)), Ballot: at,
					Entry: &Entry{Rev: at, Value: "v", Guards: []Guard{guard(i)}}}, &out)
				out.Reset()
			}
			longest, pieces := time.Duration(0), 0
			for b.Loop() {
				for done := false; !done; {
					began := time.Now()
					done = !a.Sweep(0, &out)
					longest = max(longest, time.Since(began))
					pieces++
				}
			}
			b.ReportMetric(longest.Seconds()*1e3, "max-ms")
			b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(pieces), "ms/piece")
		})
	}
}
