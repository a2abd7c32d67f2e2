package sim

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// checkLinear decides in about linear time whether a history is linearizable,
// and says what is wrong, or nothing.
//
// The revs of a key only grow, so the order of the values is known: value i
// stands at place 2i+1, and nothing found stands in a gap, at an even place. An
// act of a value has its place; each act that found nothing takes the first gap
// that it can have, which binds the later ones least. Then a history is
// linearizable exactly when no act stands before one that had ended before it
// began, none ended before the values up to its place were put, and none before
// the values below its place could be erased.
func checkLinear(acts []act, values []written) string {
	place := make(map[string]int, len(values))
	for i, v := range values {
		place[string(v.value)] = 2*i + 1
	}
	// putAt[i] is when the values up to i had all begun to be put, goneAt[i] since
	// when the values up to i may all be erased.
	putAt, goneAt := make([]uint64, len(values)), make([]int64, len(values))
	for i := range values {
		putAt[i] = math.MaxUint64
		goneAt[i] = values[i].erasable
		if i > 0 {
			goneAt[i] = max(goneAt[i], goneAt[i-1])
		}
	}
	for _, a := range acts {
		if a.create {
			putAt[place[string(a.value)]/2] = a.begin
		}
	}
	for i := 1; i < len(putAt); i++ {
		putAt[i] = max(putAt[i], putAt[i-1])
	}
	byEnd := slices.Clone(acts)
	slices.SortFunc(byEnd, func(a, b act) int { return cmp.Compare(a.end, b.end) })
	taken := make(map[*call]int, len(acts))
	floor, floorBy, next := 0, act{}, 0
	for _, a := range acts { // by begin
		for next < len(byEnd) && byEnd[next].end < a.begin {
			if p := taken[byEnd[next].call]; p > floor {
				floor, floorBy = p, byEnd[next]
			}
			next++
		}
		p := floor + floor%2
		if a.value != "" {
			p = place[string(a.value)]
		}
		taken[a.call] = p
		switch {
		case p < floor:
			return fmt.Sprintf("%s, after %s", a.call, floorBy.call)
		case p > 0 && a.end < putAt[(p-1)/2]:
			return fmt.Sprintf("%s, before the values up to its own were put", a.call)
		case p > 1 && a.endAt < goneAt[p/2-1]:
			return fmt.Sprintf("%s, before a value below could be erased (%d)", a.call, goneAt[p/2-1])
		}
	}
	return ""
}
