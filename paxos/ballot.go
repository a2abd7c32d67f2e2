package paxos

import (
	"cmp"
	"fmt"
)

// Ballot numbers a round on a key: totally ordered, and never used twice,
// because a proposer never repeats a counter in its life and no two lives share
// an identity.
type Ballot struct {
	Counter  uint64
	Proposer NodeID
}

// Rev names an entry by the ballot that created it. The revs of a key only
// grow, so a rev serves as a fencing token.
type Rev = Ballot

// IsZero says whether b is below every ballot.
func (b Ballot) IsZero() bool { return b.Counter == 0 }

// Compare orders ballots by counter, then by proposer.
func (b Ballot) Compare(o Ballot) int {
	if c := cmp.Compare(b.Counter, o.Counter); c != 0 {
		return c
	}
	return b.Proposer.Compare(o.Proposer)
}

// Less says whether b comes before o.
func (b Ballot) Less(o Ballot) bool { return b.Compare(o) < 0 }

// String prints COUNTER.PROPOSER, or "-" for no ballot.
func (b Ballot) String() string {
	if b.IsZero() {
		return "-"
	}
	return fmt.Sprintf("%d.%s", b.Counter, b.Proposer)
}

func maxBallot(a, b Ballot) Ballot {
	if a.Less(b) {
		return b
	}
	return a
}
