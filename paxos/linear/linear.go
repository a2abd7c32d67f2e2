package linear

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// Act is a call on a key of which it is known what it did: it read a value, put
// one, or found nothing.
type Act struct {
	// Call is shown where the act is at fault.
	Call fmt.Stringer
	// Value is that which was read or put, "" for nothing found. No two puts of a
	// key have the same.
	Value  paxos.Value
	Create bool // this call put the value
	// Begin and End are places in the order of all beginnings and ends; End is Open
	// where it is not known. BeginAt and EndAt are times.
	Begin, End     uint64
	BeginAt, EndAt int64
}

// Open is the End of an act that may be done at any time after its beginning, and
// Never the time that does not come.
const (
	Open  = math.MaxUint64
	Never = math.MaxInt64
)

// Written is a value that somebody saw.
type Written struct {
	Value paxos.Value
	Rev   paxos.Rev
	// Erasable is since when it may be erased.
	Erasable int64
}

// Check decides in about linear time whether a history is linearizable, and says
// what is wrong, or nothing. The acts are in the order of their beginnings, the
// values in that of their revs.
//
// The revs of a key only grow, so the order of the values is known: value i
// stands at place 2i+1, and nothing found stands in a gap, at an even place. An
// act of a value has its place; each act that found nothing takes the first gap
// that it can have, which binds the later ones least. Then a history is
// linearizable exactly when no act stands before one that had ended before it
// began, none ended before the values up to its place were put, and none before
// the values below its place could be erased.
func Check(acts []Act, values []Written) string {
	place := make(map[string]int, len(values))
	for i, v := range values {
		place[string(v.Value)] = 2*i + 1
	}
	// putAt[i] is when the values up to i had all begun to be put, goneAt[i] since
	// when the values up to i may all be erased.
	putAt, goneAt := make([]uint64, len(values)), make([]int64, len(values))
	for i := range values {
		putAt[i] = Open
		goneAt[i] = values[i].Erasable
		if i > 0 {
			goneAt[i] = max(goneAt[i], goneAt[i-1])
		}
	}
	for _, a := range acts {
		if a.Create {
			putAt[place[string(a.Value)]/2] = a.Begin
		}
	}
	for i := 1; i < len(putAt); i++ {
		putAt[i] = max(putAt[i], putAt[i-1])
	}
	byEnd, taken := make([]int, len(acts)), make([]int, len(acts))
	for i := range acts {
		byEnd[i] = i
	}
	slices.SortFunc(byEnd, func(i, j int) int { return cmp.Compare(acts[i].End, acts[j].End) })
	floor, floorBy, next := 0, Act{}, 0
	for i, a := range acts {
		for next < len(byEnd) && acts[byEnd[next]].End < a.Begin {
			if ended := byEnd[next]; taken[ended] > floor {
				floor, floorBy = taken[ended], acts[ended]
			}
			next++
		}
		p := floor + floor%2
		if a.Value != "" {
			p = place[string(a.Value)]
		}
		taken[i] = p
		switch {
		case p < floor:
			return fmt.Sprintf("%s, after %s", a.Call, floorBy.Call)
		case p > 0 && a.End < putAt[(p-1)/2]:
			return fmt.Sprintf("%s, before the values up to its own were put", a.Call)
		case p > 1 && a.EndAt < goneAt[p/2-1]:
			return fmt.Sprintf("%s, before a value below could be erased (%d)", a.Call, goneAt[p/2-1])
		}
	}
	return ""
}
