package paxos

// phase is where an operation stands.
type phase uint8

const (
	waiting    phase = iota // for a config, its key, a turn or the end of a pause
	querying                // for answers to a query
	preparing               // for promises
	inspecting              // for the guard states of promisers that did not hold cur
	accepting               // for votes
)

// op is an operation under way. Each question that it puts to the members has a
// round number of its own, never used again, so that a late answer to an
// earlier question meets no op.
type op struct {
	id    OpID
	req   Request
	phase phase
	round uint64
	// asked is the question of this round, to be put again to the silent.
	asked Body
	// resends counts how often it was.
	resends int
	// lost counts the rounds lost to higher ballots.
	lost int
	// highest is the highest promise met, to go above.
	highest Ballot
	// holds says that the op is the one of its node that may run rounds on its
	// key; turn that it has, or waits for, a turn at the key's primary.
	holds, turn bool
	granted     bool

	ballot    Ballot
	answers   *Tally[Answer]
	promises  *Tally[Promise]
	inspected *Tally[GuardState]
	accepts   *Tally[struct{}]
	plan      decision
	// collects counts the rounds that a collect ran to bring members to one ballot.
	collects int
}

// silent lists the members that have not answered this round's question.
func (o *op) silent() []NodeID {
	switch o.phase {
	case querying:
		return o.answers.Silent()
	case preparing:
		return o.promises.Silent()
	case inspecting:
		return o.inspected.Silent()
	case accepting:
		return o.accepts.Silent()
	}
	return nil
}

// view sums up the promises, and what the others know of the guards of cur.
func (o *op) view(now int64, quorum int) view {
	var v view
	o.promises.Each(func(_ NodeID, p Promise) {
		if v.cur.Ballot.Less(p.Vote.Ballot) {
			v.cur = p.Vote
		}
		v.collected = maxBallot(v.collected, p.Collected)
	})
	if v.cur.Entry == nil {
		return v
	}
	own, suspects, gone := 0, 0, expired(now, v.cur.Entry)
	judge := func(s GuardState) {
		gone = gone || s == Gone
		if s == Suspect {
			suspects++
		}
	}
	o.promises.Each(func(_ NodeID, p Promise) {
		if p.Vote.Own && p.Vote.Ballot == v.cur.Ballot {
			own++
		}
		if holdsEntry(p.Vote, v.cur.Entry) {
			judge(p.Vote.Guard)
		}
	})
	if o.inspected != nil {
		o.inspected.Each(func(_ NodeID, s GuardState) { judge(s) })
	}
	v.known = own >= quorum
	v.down = v.cur.Entry.Live() && (gone || suspects >= quorum)
	return v
}

// holdsEntry says whether the guard state of a vote is about e: a rev names one
// entry, whatever the ballot at which it is held.
func holdsEntry(v Vote, e *Entry) bool { return v.Entry.Live() && v.Entry.Rev == e.Rev }

// strangers lists the promisers that do not hold cur: they are asked what they
// know of its guards.
func (o *op) strangers(cur *Entry) []NodeID {
	var s []NodeID
	o.promises.Each(func(from NodeID, p Promise) {
		if !holdsEntry(p.Vote, cur) {
			s = append(s, from)
		}
	})
	return s
}
