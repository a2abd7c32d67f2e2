//go:build linux

package chaos

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Kind names a sort of fault.
type Kind string

// The faults.
const (
	Kill    Kind = "kill"    // SIGKILL, and a start under the same name, with its disk if it has one
	Replace Kind = "replace" // SIGKILL, and a start under a new name, with an empty disk
	Crash   Kind = "crash"   // the power of a machine: what was not synced is lost
	Wipe    Kind = "wipe"    // SIGKILL, and a start with an empty disk
	Damage  Kind = "damage"  // SIGKILL, and a start with a disk that has changed; with an empty one if it is refused
	Outage  Kind = "outage"  // the power of all machines at once
	Rolling Kind = "rolling" // all nodes killed and started, one after the other
	Lose    Kind = "lose"    // SIGKILL of a majority or more at once, and starts without what they held
	Pause   Kind = "pause"   // SIGSTOP, and SIGCONT
	Cut     Kind = "cut"     // the cable between two machines
	CutOne  Kind = "cut1"    // the same in one direction
	Isolate Kind = "isolate" // a machine from all others
	Split   Kind = "split"   // two machines from the others
	Slow    Kind = "slow"    // delay, with packets that overtake
	Lossy   Kind = "lossy"   // packets lost and doubled
	Clock   Kind = "clock"   // a clock that jumps
	Clocks  Kind = "clocks"  // all clocks jump alike
	Resize  Kind = "resize"  // a seat more or a seat less
)

// DefaultWeights are those of a run of every fault.
var DefaultWeights = map[Kind]int{Kill: 8, Replace: 2, Rolling: 1, Lose: 2, Pause: 5, Cut: 5, CutOne: 4, Isolate: 3,
	Split: 2, Slow: 4, Lossy: 3, Clock: 4, Clocks: 1, Resize: 2}

// DiskWeights are those of a run of every fault, over nodes with disks.
var DiskWeights = with(DefaultWeights, map[Kind]int{Kill: 4, Crash: 4, Wipe: 2, Damage: 2, Outage: 3})

func with(weights, others map[Kind]int) map[Kind]int {
	all := maps.Clone(weights)
	maps.Copy(all, others)
	return all
}

// Fault is one of a schedule.
type Fault struct {
	Kind Kind
	// At is after what time it begins, Long how long it lasts.
	At, Long time.Duration
	// X and Y are machines, and Amount tells more where the kind has more to tell,
	// from 0 to 1.
	X, Y   int
	Amount float64
}

// String shows it on a line.
func (f Fault) String() string {
	return fmt.Sprintf("%-8s at %8v for %8v x=%d y=%d amount=%.2f", f.Kind,
		f.At.Round(time.Millisecond), f.Long.Round(time.Millisecond), f.X, f.Y, f.Amount)
}

// longestOutage is how long no node runs at most: nothing happens meanwhile.
const longestOutage = 3 * time.Second

// Plan is the schedule of a seed.
func Plan(o Options) []Fault {
	o = o.withDefaults()
	r := o.stream("plan")
	if o.Schedule != nil {
		return o.Schedule(r)
	}
	var plan []Fault
	for at := pause(r, o.Every); at < o.Time; at += pause(r, o.Every) {
		f := Fault{Kind: draw(r, o.Weights), At: at, Long: length(r, o.Shortest, o.Longest), X: r.IntN(o.machines()), Amount: r.Float64()}
		f.Y = (f.X + 1 + r.IntN(max(1, o.machines()-1))) % o.machines()
		f.Long = min(f.Long, o.Time-at)
		switch f.Kind {
		case Outage:
			f.Long = min(f.Long, longestOutage)
		case Lose:
			f.Long = min(f.Long, longestLoss)
		}
		plan = append(plan, f)
	}
	return plan
}

// pause is a time between two faults: many are short.
func pause(r *rand.Rand, mean time.Duration) time.Duration {
	return time.Duration(r.ExpFloat64() * float64(mean))
}

// length is how long a fault lasts: as many are between 4 and 8 ms as between 4 and
// 8 s.
func length(r *rand.Rand, shortest, longest time.Duration) time.Duration {
	span := math.Log(float64(max(longest, shortest)) / float64(shortest))
	return time.Duration(float64(shortest) * math.Exp(r.Float64()*span))
}

func draw(r *rand.Rand, weights map[Kind]int) Kind {
	kinds := slices.Sorted(maps.Keys(weights))
	sum := 0
	for _, k := range kinds {
		sum += weights[k]
	}
	n := r.IntN(max(sum, 1))
	for _, k := range kinds {
		if n -= weights[k]; n < 0 {
			return k
		}
	}
	return Cut
}
