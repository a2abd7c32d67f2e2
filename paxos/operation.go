package paxos

// Kind of an operation.
type Kind uint8

// The kinds.
const (
	// Put has a value chosen unless one is, and answers the chosen one.
	Put Kind = iota + 1
	// Get answers the chosen value.
	Get
	// Erase has the entry of a rev erased if it is down.
	Erase
	// CollectTombstone deletes a chosen tombstone once every member holds it.
	CollectTombstone
)

// Request is what an operation is to do.
type Request struct {
	Kind Kind
	Key  Key
	// Value and Guards are what a Put proposes.
	Value  Value
	Guards []Guard
	// Rev is the entry that an Erase is about.
	Rev Rev
	// Sent holds the revs of the ballots in which accepts were sent for this put.
	Sent []Rev
}

// OpID names an operation of a proposer; its caller draws it.
type OpID uint64

// Result ends an operation.
type Result struct {
	Op   OpID
	Kind ResultKind
	// Entry is what was found, for Found; for NotFound the tombstone, if there is
	// one still.
	Entry *Entry
	// Floor is set for NotFound without a tombstone: what was chosen before, and
	// erased, has a rev below it.
	Floor Ballot
	// Mine says that Entry is the one that this put proposed, and Past that another
	// has replaced it since; what it replaced itself is not known then.
	Mine, Past bool
}

// ResultKind says how an operation ended.
type ResultKind uint8

// The kinds of results.
const (
	// Found carries a live entry known to be chosen.
	Found ResultKind = iota + 1
	// NotFound: there is none, or a tombstone known to be chosen.
	NotFound
	// Indeterminate: the put may have taken effect, and it cannot be told.
	Indeterminate
	// Done ends an Erase and a CollectTombstone.
	Done
)

// TimerKind says what a timer is for.
type TimerKind uint8

// The kinds of timers, with the pause that suits each.
const (
	// TimerResend: about a round trip and more; Attempt counts from 1. The
	// question is put again to the members that have not answered.
	TimerResend TimerKind = iota + 1
	// TimerBackoff: a random pause that doubles with Attempt, after a lost round.
	TimerBackoff
	// TimerTurn: how long a holder may keep a turn before the next gets it.
	TimerTurn
	// TimerErase: long enough for the primary to have erased the entry.
	TimerErase
	// TimerCollect: long enough for the tombstone to have reached every member,
	// and several times that where Attempt is 2.
	TimerCollect
)

// Timer is to be given back to Proposer.Fire once its pause is over. It may be
// given back late, or be lost when its proposer ends; a timer that is out of
// date does nothing.
type Timer struct {
	Kind    TimerKind
	Attempt int
	Op      OpID
	Round   uint64
	Key     Key
	Rev     Rev
}
