package paxos

// Held is what an acceptor accepted last for a key.
type Held struct {
	Ballot Ballot
	// Entry is never changed once it is here; it is shared.
	Entry *Entry
	// Epoch is the one in which it was accepted or merged.
	Epoch Epoch
	// Own is false for a copy that came by a merge: a copy is not a vote.
	Own bool
}

// record is what an acceptor keeps for a key. Invariants:
//
//  1. promised never falls, and is at or above held.Ballot.
//  2. held.Ballot never falls, but for a collect, which deletes the record and
//     leaves the floor of its slot at or above promised.
type record struct {
	// key is the one copy of the key that all of this node refers to.
	key      Key
	promised Ballot
	held     Held
}

// vote is the record as answered in the epoch of cfg: what was accepted before
// the last reset counts as a copy.
func (r *record) vote(cfg *Config) Vote {
	if r == nil || r.held.Entry == nil {
		return Vote{}
	}
	return Vote{
		Ballot: r.held.Ballot,
		Entry:  r.held.Entry,
		Own:    r.held.Own && r.held.Epoch >= cfg.Reset.Epoch,
	}
}
