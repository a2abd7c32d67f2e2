package paxos

// reading is what the answers to a query amount to.
type reading uint8

const (
	undecided reading = iota
	readEntry         // a quorum holds one live entry at one ballot, not down
	readNone          // a quorum is empty, or holds one tombstone at one ballot
	readRound         // anything else: a full round has to find out
)

// read judges the answers to a query, all of one epoch. They agree only when
// they are own votes at the same ballot: the same rev at two ballots proves
// nothing, because between the two another entry may have been chosen.
func read(now int64, quorum int, t *Tally[Answer]) (reading, *Entry) {
	groups := make([]Vote, 0, 4)
	counts := make([]int, 0, 4)
	empty, suspects, gone := 0, 0, false
	t.Each(func(_ NodeID, a Answer) {
		switch {
		case a.Vote.Entry == nil:
			empty++
			return
		case a.Vote.Guard == Suspect:
			suspects++
		case a.Vote.Guard == Gone:
			gone = true
		}
		if !a.Vote.Own {
			return
		}
		for i, v := range groups {
			if v.Ballot == a.Vote.Ballot {
				counts[i]++
				return
			}
		}
		groups, counts = append(groups, a.Vote), append(counts, 1)
	})
	if empty >= quorum {
		return readNone, nil
	}
	for i, v := range groups {
		if counts[i] < quorum {
			continue
		}
		switch {
		case v.Entry.Tombstone:
			return readNone, nil
		case gone || suspects >= quorum || expired(now, v.Entry):
			return readRound, nil
		}
		return readEntry, v.Entry
	}
	if t.Answered() {
		return readRound, nil
	}
	return undecided, nil
}

// expired says whether a deadline of e has passed.
func expired(now int64, e *Entry) bool {
	for _, g := range e.Guards {
		if g.Kind == GuardTime && now >= g.Deadline {
			return true
		}
	}
	return false
}

// collecting is what the answers to the query of a collect amount to: the
// ballot at which every member holds the tombstone, when collectable; finish
// says that there is a tombstone which has first to be accepted at one ballot.
func collecting(t *Tally[Answer]) (at Ballot, collectable, finish bool) {
	var highest Vote
	t.Each(func(_ NodeID, a Answer) {
		if highest.Ballot.Less(a.Vote.Ballot) {
			highest = a.Vote
		}
	})
	if highest.Entry == nil || !highest.Entry.Tombstone {
		return Ballot{}, false, false
	}
	same := true
	t.Each(func(_ NodeID, a Answer) {
		holds := a.Vote.Own && a.Vote.Ballot == highest.Ballot
		collected := !a.Record && !a.Floor.Less(highest.Ballot)
		same = same && (holds || collected)
	})
	return highest.Ballot, same, !same
}
