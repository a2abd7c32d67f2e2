package watch

import "github.com/paxoskv/paxoskv/paxos"

// known is what was told of a key.
type known struct {
	// entry is the newest one: live, or a tombstone.
	entry *paxos.Entry
	// unsure marks a tombstone that was not chosen as it is here: the key holds
	// nothing, its Prev was the last live entry known, and an entry below its Rev is
	// perhaps an old one. One of that rev is not: it is of a put at the ballot that the
	// reader had, or at one that a member had promised when it was read.
	unsure bool
}

// live says whether the key holds an entry.
func (k known) live() bool { return k.entry.Live() }

// rev is that of the newest entry known: what is not above it is old.
func (k known) rev() paxos.Rev {
	switch {
	case k.entry == nil:
		return paxos.Rev{}
	case k.unsure:
		return k.entry.Prev
	}
	return k.entry.Rev
}

// floor is at or above rev: what is at or above it and above rev is new, what is
// between is perhaps old.
func (k known) floor() paxos.Rev {
	if k.entry == nil {
		return paxos.Rev{}
	}
	return k.entry.Rev
}

// past is the floor that is left of a key that is forgotten: its newest entry is
// an old one, too.
func (k known) past() paxos.Rev {
	if k.unsure {
		return k.floor()
	}
	return paxos.Rev{Counter: k.floor().Counter + 1}
}
