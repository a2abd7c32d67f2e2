package paxos

// Outcome of a vote.
type Outcome uint8

// The outcomes.
const (
	Pending    Outcome = iota // not decided by the answers so far
	Reached                   // enough members said yes
	Impossible                // too many said no
)

// Tally counts the votes of one phase of one round, keyed by member, so that an
// answer that comes twice counts once and one from a stranger never. The first
// answer of a member is the one that counts.
type Tally[T any] struct {
	members []NodeID
	need    int
	yes     map[NodeID]T
	no      map[NodeID]struct{}
}

// NewTally prepares to count until need of members said yes.
func NewTally[T any](members []NodeID, need int) *Tally[T] {
	return &Tally[T]{members: members, need: need,
		yes: make(map[NodeID]T, len(members)), no: make(map[NodeID]struct{})}
}

// Yes records the answer of a member.
func (t *Tally[T]) Yes(from NodeID, answer T) {
	if t.open(from) {
		t.yes[from] = answer
	}
}

// No records a refusal.
func (t *Tally[T]) No(from NodeID) {
	if t.open(from) {
		t.no[from] = struct{}{}
	}
}

func (t *Tally[T]) open(from NodeID) bool {
	if _, ok := t.yes[from]; ok {
		return false
	}
	if _, ok := t.no[from]; ok {
		return false
	}
	for _, m := range t.members {
		if m == from {
			return true
		}
	}
	return false
}

// Outcome says where the vote stands.
func (t *Tally[T]) Outcome() Outcome {
	switch {
	case len(t.yes) >= t.need:
		return Reached
	case len(t.members)-len(t.no) < t.need:
		return Impossible
	}
	return Pending
}

// Answered says whether every member has answered.
func (t *Tally[T]) Answered() bool { return len(t.yes)+len(t.no) == len(t.members) }

// Refused says whether any member said no.
func (t *Tally[T]) Refused() bool { return len(t.no) > 0 }

// Silent lists the members that have not answered.
func (t *Tally[T]) Silent() []NodeID {
	var s []NodeID
	for _, m := range t.members {
		if t.open(m) {
			s = append(s, m)
		}
	}
	return s
}

// Each calls f for every yes, in the order of the members, so that what is done
// with them does not depend on the order of a map.
func (t *Tally[T]) Each(f func(from NodeID, answer T)) {
	for _, m := range t.members {
		if a, ok := t.yes[m]; ok {
			f(m, a)
		}
	}
}
