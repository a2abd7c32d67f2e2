package paxos

// Envelope carries a message between nodes. Cluster and Epoch are those of the
// sender's configuration when it sent; the gate of the receiver compares them.
type Envelope struct {
	From, To NodeID
	Cluster  ClusterID
	Epoch    Epoch
	Body     Body
}

// Body is one of the message types below.
type Body interface{ body() }

// Vote is what an acceptor holds for a key: the entry it accepted last and the
// ballot it accepted it at. The zero Vote holds nothing.
type Vote struct {
	Ballot Ballot
	Entry  *Entry
	// Own says that it is the acceptor's own vote, cast since the last reset of
	// the configuration; a copy got by a merge is not.
	Own bool
	// Guard is what the acceptor knows of the guards of a live Entry.
	Guard GuardState
}

// From a proposer to an acceptor.
type (
	// Prepare opens a round: phase 1a.
	Prepare struct {
		Key    Key
		Ballot Ballot
	}
	// Accept asks for a vote: phase 2a.
	Accept struct {
		Key    Key
		Ballot Ballot
		Entry  *Entry
	}
	// Query reads without a promise. Round matches answers to questions.
	Query struct {
		Key   Key
		Round uint64
	}
	// Inspect asks an acceptor that did not hold an entry what it knows of the
	// entry's guards. Round is the counter of the asking ballot.
	Inspect struct {
		Key    Key
		Round  uint64
		Guards []Guard
	}
	// Collect deletes a tombstone that every member holds at Ballot.
	Collect struct {
		Key    Key
		Ballot Ballot
	}
	// Chosen tells that what was accepted at Ballot was chosen.
	Chosen struct {
		Key    Key
		Ballot Ballot
	}
)

// From an acceptor to a proposer.
type (
	// Promise answers Prepare: phase 1b. Collected is the highest ballot of a
	// tombstone that this acceptor collected in the key's slot.
	Promise struct {
		Key       Key
		Ballot    Ballot
		Vote      Vote
		Collected Ballot
	}
	// Accepted answers Accept: phase 2b.
	Accepted struct {
		Key    Key
		Ballot Ballot
	}
	// Nack refuses Prepare or Accept at Ballot because Promised stands above it.
	Nack struct {
		Key      Key
		Ballot   Ballot
		Promised Ballot
	}
	// Answer answers Query. Floor is what is promised for the key where nothing is
	// accepted: the slot's, where there is no record.
	Answer struct {
		Key    Key
		Round  uint64
		Vote   Vote
		Record bool
		Floor  Ballot
	}
	// Inspected answers Inspect.
	Inspected struct {
		Key   Key
		Round uint64
		Guard GuardState
	}
)

// Between proposers: turns at the primary of a contended key.
type (
	// TurnRequest asks for a turn on Key; Op is the asker's.
	TurnRequest struct {
		Key Key
		Op  uint64
	}
	// TurnGrant gives it.
	TurnGrant struct {
		Key Key
		Op  uint64
	}
	// TurnDone gives it back, or takes the request back.
	TurnDone struct {
		Key Key
		Op  uint64
	}
)

// Between nodes: configurations. The ballots here are those of the instance
// that decides the successor of the configuration of the envelope's epoch; an
// envelope without a cluster is about the founding of one.
type (
	// Hello tells who a node is and where it stands; each sends it to those that
	// it is connected to, on every change and now and then.
	Hello struct {
		// Size is the size that this node was started with.
		Size int
		// Life is the incarnation of the node's present life; the sender is the
		// member that it leads it as.
		Life uint64
		// Creation is the node's Erlang creation.
		Creation uint32
		// Config is what the node has adopted (Epoch 0: nothing).
		Config Config
		// Done is the highest epoch of a merge duty that it has fulfilled.
		Done Epoch
		// Reply asks for a Hello back.
		Reply bool
	}
	// ConfigPrepare opens a round. Recovery says that it goes by the rule for
	// more than the cluster can bear. Former is the cluster whose survivors found
	// a new one.
	ConfigPrepare struct {
		Ballot   Ballot
		Recovery bool
		Former   ClusterID
	}
	// ConfigPromise answers it with the vote that the member gave last, and with
	// the identities that it is connected to.
	ConfigPromise struct {
		Ballot    Ballot
		Vote      ConfigVote
		Connected []NodeID
	}
	// ConfigNack refuses Ballot.
	ConfigNack struct {
		Ballot   Ballot
		Promised Ballot
	}
	// ConfigAccept asks for a vote.
	ConfigAccept struct{ Vote ConfigVote }
	// ConfigAccepted gives it.
	ConfigAccepted struct{ Ballot Ballot }
	// ConfigChosen tells a configuration that was chosen.
	ConfigChosen struct{ Config *Config }
	// ConfigRequest asks for it: the asker met an epoch that it does not know.
	ConfigRequest struct{}
)

// ConfigVote is a vote on a configuration; Config is nil when there is none.
type ConfigVote struct {
	Ballot   Ballot
	Config   *Config
	Recovery bool
}

// Between members: state for a merge.
type (
	// MergeRequest asks for the state from From on, to before the slot Until.
	MergeRequest struct {
		From  Place
		Until int
	}
	// MergeState answers with a piece of it, from From to before Next. Slots that
	// hold nothing are left out. Voting says whether the source may vote itself.
	MergeState struct {
		From, Next Place
		Voting     bool
		States     []SlotState
	}
)

// Place is a place in the order in which the state of an acceptor is read: slot
// by slot, and in a slot by key. A slot begins at the empty key.
type Place struct {
	Slot int
	Key  Key
}

// Between a node that watches and a member; see inventory.go.
type (
	// InventoryRequest asks which entries of keys that begin with Prefix a member
	// holds, from a cursor on; of what has changed, only those of Only where it is
	// not empty. Round matches answers to questions.
	InventoryRequest struct {
		Round  uint64
		Prefix Key
		Only   []Key
		From   Cursor
	}
	// Inventory answers with those from From to before Next. Where Next is at the
	// beginning of another run of changes, the reader has to start again.
	Inventory struct {
		Round  uint64
		Prefix Key
		From   Cursor
		Next   Cursor
		// End says that there is nothing more by now.
		End bool
		// Floor is the highest floor of the slots listed.
		Floor Ballot
		Held  []HeldRev
	}
)

// SlotState is what an acceptor holds in a slot for the keys from From to before
// To, or to the end of the slot where To is empty; all of it read at one moment.
type SlotState struct {
	Slot      int
	From, To  Key
	Floor     Ballot
	Collected Ballot
	// Records are in the order of their keys.
	Records []KeyRecord
}

// KeyRecord is the record of a key.
type KeyRecord struct {
	Key      Key
	Promised Ballot
	Held     Held
}

func (Prepare) body()        {}
func (Accept) body()         {}
func (Query) body()          {}
func (Inspect) body()        {}
func (Collect) body()        {}
func (Chosen) body()         {}
func (Promise) body()        {}
func (Accepted) body()       {}
func (Nack) body()           {}
func (Answer) body()         {}
func (Inspected) body()      {}
func (TurnRequest) body()    {}
func (TurnGrant) body()      {}
func (TurnDone) body()       {}
func (Hello) body()          {}
func (ConfigPrepare) body()  {}
func (ConfigPromise) body()  {}
func (ConfigNack) body()     {}
func (ConfigAccept) body()   {}
func (ConfigAccepted) body() {}
func (ConfigChosen) body()   {}
func (ConfigRequest) body()  {}
func (MergeRequest) body()   {}
func (MergeState) body()     {}

func (InventoryRequest) body() {}
func (Inventory) body()        {}
