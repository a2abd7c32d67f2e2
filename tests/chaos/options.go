//go:build linux

package chaos

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/tests/chaos/judge"
)

// Options of a run. The zero Options, with a Time, are a run over three nodes.
type Options struct {
	Seed uint64
	// Time is how long faults happen.
	Time time.Duration
	// Size is the cluster size at first; 3 when 0. Spares are further machines.
	Size, Spares int
	// Shortest and Longest bound how long a fault lasts; 4 ms, and a quarter of Time,
	// at most 90 s, when 0.
	Shortest, Longest time.Duration
	// Every is the mean pause between two faults; 2 s when 0.
	Every time.Duration
	// Disk gives each node a disk, where it keeps what it must not forget.
	Disk bool
	// Shells of the nodes run the program cmd/node, and Erlang further ones, 0 or 1, are
	// nodes of Erlang; the rest are driven through the Go API.
	Shells, Erlang int
	// Watches has all keys watched on each node that the Go API drives, and what was told
	// judged.
	Watches bool
	// Clients are how many of each kind call at a time, Think their mean pause; 4 and
	// 10 ms when 0.
	Clients int
	Think   time.Duration
	// Weights are those of the faults by name; DefaultWeights or DiskWeights when nil.
	Weights map[Kind]int
	// Schedule draws the faults, in the order of their beginnings, in place of what is
	// above.
	Schedule func(*rand.Rand) []Fault
	// Timing of the choice of members; drawn when zero.
	Timing paxos.Timing
	// Edits are made to the source of the nodes.
	Edits []Edit
	// Race builds the nodes with the race detector.
	Race bool
	// Out is where the record of the run is kept; where it is empty, one with a
	// finding is kept in a folder for temporary files.
	Out string
	// Logf gets a line for what happens.
	Logf func(format string, args ...any)
	// Limits are the judge's; judge.Defaults when zero.
	Limits judge.Limits
}

// nodes are how many run the store, machines how many there are.
func (o Options) nodes() int    { return o.Size + o.Spares }
func (o Options) machines() int { return o.nodes() + o.Erlang }

func (o Options) withDefaults() Options {
	if o.Size == 0 {
		o.Size = 3
	}
	if o.Shortest == 0 {
		o.Shortest = 4 * time.Millisecond
	}
	if o.Longest == 0 {
		o.Longest = min(o.Time/4, 90*time.Second)
	}
	if o.Every == 0 {
		o.Every = 2 * time.Second
	}
	if o.Clients == 0 {
		o.Clients = 4
	}
	if o.Think == 0 {
		o.Think = 10 * time.Millisecond
	}
	if o.Timing == (paxos.Timing{}) {
		o.Timing = []paxos.Timing{paxos.DefaultTiming, quick}[o.stream("timing").IntN(2)]
	}
	if o.Weights == nil {
		o.Weights = DefaultWeights
		if o.Disk {
			o.Weights = DiskWeights
		}
	}
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
	if o.Limits == (judge.Limits{}) {
		o.Limits = judge.Defaults
	}
	return o
}

// asUsersHave are the options with the store's own timing, for what is to be told of
// the store as it is.
func (o Options) asUsersHave() Options {
	o = o.withDefaults()
	o.Timing = paxos.DefaultTiming
	return o
}

// quick is the timing with which seats move more often than with the default one.
var quick = paxos.Timing{Found: 1000, Settle: 200, Replace: 3000, Recover: 500, Round: 500, Greet: 300}

// stream is chance of its own for each part of a run, so that one is not changed by
// what another draws.
func (o Options) stream(name string) *rand.Rand {
	h := uint64(14695981039346656037)
	for _, c := range []byte(name) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return rand.New(rand.NewPCG(o.Seed, h))
}

// flags are those of the command that makes the same run.
func (o Options) flags() string {
	return fmt.Sprintf("-seed %d -time %v -size %d -spares %d -disk=%t -shells %d -erlang %d -watches=%t -clients %d -think %v -every %v -shortest %v -longest %v",
		o.Seed, o.Time, o.Size, o.Spares, o.Disk, o.Shells, o.Erlang, o.Watches, o.Clients, o.Think, o.Every, o.Shortest, o.Longest)
}
