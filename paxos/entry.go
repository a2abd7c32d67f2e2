package paxos

import (
	"cmp"
	"fmt"
)

// Key is the canonical name of a register: the bytes that two keys share
// exactly when they are the same key. The core does not look into it.
type Key string

// Value is the exact term that was put, encoded. The core does not look into it.
type Value string

// Entry is what a round decides for a key: a value with the guards that keep
// it, or the tombstone of one.
type Entry struct {
	// Rev is the ballot that created this entry.
	Rev Rev
	// Prev is the rev that it replaced, or for a tombstone the rev that it
	// erased; zero when there was none.
	Prev Rev
	// Tombstone says that the key is erased; Value and Guards are empty then.
	Tombstone bool
	Value     Value
	// Guards keep a live entry: it goes when one of them is down. None: for ever.
	Guards []Guard
}

// Live says whether e holds a value.
func (e *Entry) Live() bool { return e != nil && !e.Tombstone }

// String prints L or T with the rev, and what it replaced.
func (e *Entry) String() string {
	if e == nil {
		return "nothing"
	}
	kind := "L"
	if e.Tombstone {
		kind = "T"
	}
	return fmt.Sprintf("%s%s(%s)", kind, e.Rev, e.Prev)
}

// GuardKind says what a guard is.
type GuardKind uint8

// The kinds of guards.
const (
	GuardPID  GuardKind = iota + 1 // a process: down when it ended
	GuardNode                      // a node as it runs now: down when it ended
	GuardKey                       // another key's rev: down when erased or replaced
	GuardTime                      // a deadline
)

// Guard is what keeps an entry alive. It is comparable: two guards are the same
// when they are equal.
type Guard struct {
	Kind GuardKind
	// Subject is the encoded pid of GuardPID and the Key of GuardKey.
	Subject string
	// Node and Creation name the node, as it runs now, of GuardPID and GuardNode.
	Node     string
	Creation uint32
	// Rev is the guarding entry's, for GuardKey.
	Rev Rev
	// Deadline is in milliseconds since 1970 UTC, for GuardTime.
	Deadline int64
}

// compare orders guards, so that outputs do not depend on the order of a map.
func (g Guard) compare(o Guard) int {
	return cmp.Or(cmp.Compare(g.Kind, o.Kind), cmp.Compare(g.Subject, o.Subject), cmp.Compare(g.Node, o.Node),
		cmp.Compare(g.Creation, o.Creation), g.Rev.Compare(o.Rev), cmp.Compare(g.Deadline, o.Deadline))
}

// GuardState is what one acceptor knows of the guards of an entry. Higher is
// worse; the state of an entry is that of its worst guard.
type GuardState uint8

// The states.
const (
	// Holds: nothing speaks against the guards.
	Holds GuardState = iota
	// Suspect: the connection to a guard's node is lost. Taken back when the
	// node is connected again with the same creation.
	Suspect
	// Gone: a guard ended for good. Never taken back.
	Gone
)

// String prints the state in a word.
func (s GuardState) String() string {
	return [...]string{"holds", "suspect", "gone"}[s]
}
