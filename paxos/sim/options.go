package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Profile is a family of schedules.
type Profile string

// The profiles.
const (
	// Main has every fault, in clusters of one to five nodes, within what the
	// rules bear.
	Main Profile = "main"
	// Rounds contends for one key in a cluster of fixed membership.
	Rounds Profile = "rounds"
	// Seats replaces, grows and shrinks without pause.
	Seats Profile = "seats"
	// Merges is Seats with many keys in one slot, so that rounds, erasures and
	// collects go on between the pieces of every merge.
	Merges Profile = "merges"
	// Disk has nodes that keep what they hold crash without pause, one by one and
	// all at once, on few keys.
	Disk Profile = "disk"
	// Recovery has more members lose their memory than the cluster can bear.
	// Entries may be lost with a cluster then, so its histories are not checked
	// for linearizability; agreement within a cluster id, erased revs and
	// progress are.
	Recovery Profile = "recovery"
	// Mixed draws one of the others, Main most of the time.
	Mixed Profile = "mixed"
)

// Profiles lists all of them.
var Profiles = []Profile{Main, Rounds, Seats, Merges, Disk, Recovery, Mixed}

// maxKeys is how many keys a schedule has at most.
const maxKeys = 6

// Options are all that makes a schedule, besides chance.
type Options struct {
	Seed    uint64
	Profile Profile
	// Size is the cluster size that the nodes are started with; Spares nodes join
	// later.
	Size, Spares int
	// Keys, clients for each key, and calls of each client.
	Keys, Clients, Calls int
	// Duration is how long faults happen, in simulated milliseconds.
	Duration int64
	// Loss and Double are probabilities for each message.
	Loss, Double float64
	// Delay is the longest ordinary delay of a message and Late that of the one
	// in twenty that takes long, in milliseconds.
	Delay, Late int64
	// Guarded is the share of puts that are tied to something.
	Guarded float64
	// Faults holds the weight of each fault, and Every the mean pause between two
	// faults in milliseconds.
	Faults [faultKinds]int
	Every  int64
	// Disks is the share of nodes that keep what they hold on disk, and Sync how
	// long it takes at most until a write is durable, in milliseconds.
	Disks float64
	Sync  int64
	// Bound keeps losses of memory within N - Q seats at a time.
	Bound bool
	// Amnesia restarts nodes under their old identity without their records: a
	// fault that the protocol does not bear, planted to try the checks.
	Amnesia bool
}

// Draw takes the options of a schedule from its seed.
func Draw(p Profile, seed uint64) Options {
	r := rand.New(rand.NewPCG(seed, 0x6f7074)) // "opt"
	if p == Mixed {
		p = [...]Profile{Main, Main, Main, Rounds, Seats, Seats, Merges, Disk, Disk, Recovery}[r.IntN(10)]
	}
	o := Options{Seed: seed, Profile: p, Bound: true,
		Size: 1 + r.IntN(5), Spares: r.IntN(3),
		Keys: 1 + r.IntN(2)*r.IntN(3), Clients: 2 + r.IntN(4), Calls: 2 + r.IntN(4),
		Duration: 400 + r.Int64N(900), Every: 10 + r.Int64N(60),
		Delay: 2 + r.Int64N(15), Late: 50 + r.Int64N(200), Guarded: r.Float64()}
	if r.IntN(3) > 0 {
		o.Loss = 0.15 * r.Float64() * r.Float64()
	}
	if r.IntN(2) > 0 {
		o.Double = 0.2 * r.Float64()
	}
	o.drawFaults(r)
	o.drawDisks()
	return o
}

// drawDisks leaves two of three schedules without any.
func (o *Options) drawDisks() {
	r := rand.New(rand.NewPCG(o.Seed, 0x64736b)) // "dsk"
	o.Sync = 1 + r.Int64N(20)
	if o.Disks = [...]float64{0, 0, 0, 0.5, 1}[r.IntN(5)]; o.Profile == Disk && o.Disks == 0 {
		o.Disks = 1
	}
	if o.Disks > 0 {
		o.Faults[faultPower] = 1 + r.IntN(4)
	}
}

// drawFaults weighs the faults; each is left out of some schedules, so that the
// others get room.
func (o *Options) drawFaults(r *rand.Rand) {
	for k := range faultPower {
		if r.IntN(4) > 0 {
			o.Faults[k] = 1 + r.IntN(8)
		}
	}
	switch o.Profile {
	case Rounds:
		o.Size, o.Spares, o.Keys = 3, 0, 1
		for _, k := range []fault{faultCrash, faultJoin, faultResize} {
			o.Faults[k] = 0
		}
	case Seats, Merges:
		o.Size, o.Spares, o.Keys = 2+r.IntN(3), 1+r.IntN(3), 1
		if o.Profile == Merges {
			o.Keys, o.Clients, o.Guarded = 3+r.IntN(maxKeys-2), 1+r.IntN(2), 0.7
		}
		o.Every = 5 + r.Int64N(30)
		o.Faults[faultCrash], o.Faults[faultJoin] = 8, 8
		o.Faults[faultResize], o.Faults[faultCut] = 8, 6
		o.Calls += 3
	case Disk:
		o.Keys, o.Every = 1, 5+r.Int64N(40)
		o.Faults[faultCrash] = 12
		o.Calls += 3
	case Recovery:
		o.Bound = false
		o.Faults[faultCrash] = 12
	}
}

// String lists what differs from schedule to schedule, on one line.
func (o Options) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "profile=%s size=%d spares=%d keys=%d clients=%d calls=%d duration=%d every=%d loss=%.3f "+
		"double=%.3f delay=%d late=%d guarded=%.2f disks=%.1f sync=%d", o.Profile, o.Size, o.Spares, o.Keys, o.Clients, o.Calls,
		o.Duration, o.Every, o.Loss, o.Double, o.Delay, o.Late, o.Guarded, o.Disks, o.Sync)
	for k, n := range o.Faults {
		if n > 0 {
			fmt.Fprintf(&b, " %s=%d", fault(k), n)
		}
	}
	return b.String()
}
