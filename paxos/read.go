package paxos

// reading is what the answers to a query amount to.
type reading uint8

const (
	undecided reading = iota
	readEntry         // a quorum holds one live entry at one ballot, not down
	readNone          // a quorum is empty, or holds one tombstone, which comes with it, at one ballot
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
			return readNone, v.Entry
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

// floorOf is a ballot above that of every tombstone that the members that
// answered have collected.
func floorOf(t *Tally[Answer]) (f Ballot) {
	t.Each(func(_ NodeID, a Answer) { f = maxBallot(f, a.Floor) })
	return f
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
// says that a round is needed first: the members hold the tombstone at several
// ballots, or a put over it is half done, and nobody else may ever touch the key.
func collecting(quorum int, t *Tally[Answer]) (at Ballot, collectable, finish bool) {
	var highest Vote
	stone := false
	t.Each(func(_ NodeID, a Answer) {
		if highest.Ballot.Less(a.Vote.Ballot) {
			highest = a.Vote
		}
		stone = stone || a.Vote.Entry != nil && a.Vote.Entry.Tombstone
	})
	if !stone {
		return Ballot{}, false, false
	}
	same, votes := true, 0
	t.Each(func(_ NodeID, a Answer) {
		holds := a.Vote.Own && a.Vote.Ballot == highest.Ballot
		collected := !a.Record && !a.Floor.Less(highest.Ballot)
		same = same && (holds || collected)
		if holds {
			votes++
		}
	})
	if highest.Entry.Tombstone {
		return highest.Ballot, same, !same
	}
	return Ballot{}, false, votes < quorum
}
