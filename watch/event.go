package watch

import "github.com/paxoskv/paxoskv/paxos"

// Kind says what an event tells.
type Kind uint8

// The kinds.
const (
	// Chosen tells an entry that was chosen for Key. All earlier ones are over.
	Chosen Kind = iota + 1
	// Erased tells that the entry of Rev, and all before it, are over, and Key
	// holds nothing.
	Erased
	// Missed tells that events were left out: of Key, or of all that is watched
	// where Key is empty. What was told of it before counts no more: how it stands
	// is told anew.
	Missed
	// Behind tells that this node lost a member of the cluster, and may hear late
	// of what is chosen, or not of all of it.
	Behind
	// Current tells that all that was chosen before the watch began, before the
	// last Missed and before the last Behind has been told by now.
	Current
)

// String prints the kind in a word.
func (k Kind) String() string {
	return [...]string{"none", "chosen", "erased", "missed", "behind", "current"}[k]
}

// Event is what a subscriber is told.
type Event struct {
	Kind Kind
	// Key of Chosen and Erased, and of Missed unless that is about all keys.
	Key paxos.Key
	// Rev of the entry that was chosen, or is over.
	Rev paxos.Rev
	// Entry of Chosen.
	Entry *paxos.Entry
}
