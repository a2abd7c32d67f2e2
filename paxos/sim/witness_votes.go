package sim

import "github.com/paxoskv/paxoskv/paxos"

// The part of the witness that follows rounds: promises, votes, and the guards
// that they speak of.

func (x *witness) round(l *life, key paxos.Key) *roundView {
	at := seatOf{l.number, key}
	r := x.rounds[at]
	if r == nil {
		r = &roundView{}
		x.rounds[at] = r
	}
	return r
}

// open: no ballot is used twice, by two lives of a node either.
func (x *witness) open(l *life, b voteOf) {
	if by, known := x.opened[b]; known && by != l.number {
		x.w.fail("a ballot used again", "%s opens %s", l.as, b.ballot)
	}
	x.opened[b] = l.number
}

func (x *witness) prepare(l *life, b paxos.Prepare) {
	if r := x.round(l, b.Key); r.ballot != b.Ballot {
		// A new one, so that late answers about an earlier round stay with it.
		x.rounds[seatOf{l.number, b.Key}] = &roundView{ballot: b.Ballot}
	}
}

// promise: promises never fall in one seat, and say what is so.
func (x *witness) promise(l *life, e paxos.Envelope, b paxos.Promise) {
	x.raise(l, b.Key, b.Ballot, "promises")
	x.vote(l, epochOf{e.Cluster, e.Epoch}, b.Key, b.Vote)
	to := x.lifeOf(e.To)
	if to == nil {
		return
	}
	if r := x.rounds[seatOf{to.number, b.Key}]; r != nil && r.ballot == b.Ballot {
		x.note(l, r, b.Vote.Guard)
	}
}

func (x *witness) note(l *life, r *roundView, s paxos.GuardState) {
	if s == paxos.Suspect {
		r.suspects.add(l.member)
	}
}

// raise checks that what a node promises does not fall.
func (x *witness) raise(l *life, key paxos.Key, b paxos.Ballot, what string) *seatView {
	s := x.seat(l, key)
	if b.Less(s.promised) {
		x.w.fail("a promise fell", "%s %s %s for %s after %s", l.id, what, b, key, s.promised)
	}
	s.promised = b
	return s
}

// seat is what the witness knows of an acceptor and a key.
func (x *witness) seat(l *life, key paxos.Key) *seatView {
	at := seatOf{l.member, key}
	if x.seats[at] == nil {
		x.seats[at] = &seatView{}
	}
	return x.seats[at]
}

// vote checks what a node says it holds.
func (x *witness) vote(l *life, at epochOf, key paxos.Key, v paxos.Vote) {
	if v.Entry == nil {
		return
	}
	if known := x.entries[keyBallot{key, v.Ballot}]; known == nil || !sameEntry(known, v.Entry) {
		x.w.fail("two entries at one ballot", "%s holds %s at %s for %s, proposed was %s", l.id, v.Entry, v.Ballot, key, known)
	}
	if v.Own {
		x.own(l, at, key, v.Ballot)
	}
}

// decided reads what a node is about to say of guards: on disk, it may be known
// better by the time it is said.
func (x *witness) decided(l *life, es []paxos.Envelope) {
	for _, e := range es {
		var v paxos.Vote
		switch b := e.Body.(type) {
		case paxos.Promise:
			v = b.Vote
		case paxos.Answer:
			v = b.Vote
		case paxos.Inspected:
			if to := x.lifeOf(e.To); to != nil {
				x.guards(l, x.asked[inspectOf{to.number, b.Round}], b.Guard)
			}
		}
		if v.Entry.Live() {
			x.guards(l, v.Entry.Guards, v.Guard)
		}
	}
}

// found takes note of what a life found on its disk: a configuration that it had
// adopted and votes that it had given, written before it could tell anybody.
func (x *witness) found(l *life, cfg *paxos.Config) {
	if cfg != l.seat && cfg.Epoch > 0 {
		x.adopted(l, cfg)
	}
	for w := range l.r.State {
		if h := w.Record.Held; h.Own {
			k := w.Record.Key
			x.cast(l, x.seat(l, k), epochOf{cfg.Cluster, h.Epoch}, keyBallot{k, h.Ballot})
		}
	}
}

// own: a vote is only what the member accepted itself, since the last change of
// size or recovery.
func (x *witness) own(l *life, at epochOf, key paxos.Key, b paxos.Ballot) {
	s := x.seats[seatOf{l.member, key}]
	c := x.configs[at]
	if s == nil || s.accepted != b || s.in.cluster != at.cluster || c != nil && s.in.epoch < c.Reset.Epoch {
		x.w.fail("a copy passed off as a vote", "%s says that it voted for %s of %s in epoch %d", l.id, b, key, at.epoch)
	}
}

// guards: an acceptor says of guards what it can know.
func (x *witness) guards(l *life, gs []paxos.Guard, s paxos.GuardState) {
	switch s {
	case paxos.Gone:
		if !x.w.mayBeGone(gs) {
			x.w.fail("gone, it says, and it is not", "%s says so of%s", l.id, showGuards(gs))
		}
	case paxos.Suspect:
		for _, g := range gs {
			if g.Node != "" && !l.meets(g) && (l.suspects(g) || x.w.goneSince(g) <= x.w.now) {
				return // it may have met a later life of that node, which is as good
			}
		}
		x.w.fail("suspected without cause", "%s suspects%s", l.id, showGuards(gs))
	}
}

// suspects says whether a life has no connection to the node of a guard as the
// guard names it.
func (l *life) suspects(g paxos.Guard) bool {
	h := l.w.hostOf(g.Node)
	return h != l.host && (l.greeted[h.index] == nil || l.greeted[h.index].creation != g.Creation)
}

// meets says whether a life is so young that it is yet to meet the node of a guard,
// and has not: a connection that was never there was not lost.
func (l *life) meets(g paxos.Guard) bool {
	return !l.met[l.w.hostOf(g.Node).index] && (l.ticked == neverAt || l.w.now < l.ticked+timing.Meet)
}

func (x *witness) inspected(l *life, e paxos.Envelope, b paxos.Inspected) {
	to := x.lifeOf(e.To)
	if to == nil {
		return
	}
	if r := x.inspects[inspectOf{to.number, b.Round}]; r != nil {
		x.note(l, r, b.Guard)
	}
}

// accept: one entry for each ballot, and an entry leaves only for cause.
func (x *witness) accept(l *life, at epochOf, b paxos.Accept) {
	k := keyBallot{b.Key, b.Ballot}
	if known := x.entries[k]; known != nil {
		if !sameEntry(known, b.Entry) {
			x.w.fail("two entries at one ballot", "%s and %s at %s for %s", known, b.Entry, b.Ballot, b.Key)
		}
		return
	}
	x.entries[k] = b.Entry
	old := x.entries[keyBallot{b.Key, b.Entry.Prev}]
	if b.Entry.Rev == b.Ballot && old.Live() {
		x.erasure(l, at, b, old)
	}
}

// erasure: an entry is erased or replaced only if a guard of it was gone, or a
// quorum of acceptors suspected it in the answers of one round.
func (x *witness) erasure(l *life, at epochOf, b paxos.Accept, old *paxos.Entry) {
	r, c := x.round(l, b.Key), x.configs[at]
	if !x.w.mayBeGone(old.Guards) && (c == nil || r.ballot != b.Ballot || r.suspects.among(x, c) < paxos.Quorum(c.Size)) {
		x.w.fail("erased without cause", "%s proposes %s in place of %s%s", l.id, b.Entry, old, showGuards(old.Guards))
	}
	k := keyBallot{b.Key, old.Rev}
	if _, ok := x.erasable[k]; !ok {
		x.erasable[k] = x.w.now
	}
}

// among counts the members of c in the set.
func (m *members) among(x *witness, c *paxos.Config) int {
	n := 0
	for _, s := range c.Seats {
		if i := x.memberOf(s.Node); i != nil && m.has(i.member) {
			n++
		}
	}
	return n
}

func sameEntry(a, b *paxos.Entry) bool {
	return a == b || a != nil && b != nil && a.Rev == b.Rev && a.Prev == b.Prev && a.Tombstone == b.Tombstone && a.Value == b.Value
}

// accepted counts a vote.
func (x *witness) accepted(l *life, at epochOf, b paxos.Accepted) {
	s := x.raise(l, b.Key, b.Ballot, "accepts")
	x.cast(l, s, at, keyBallot{b.Key, b.Ballot})
}

// cast counts a vote; with a quorum of one epoch the ballot is chosen.
func (x *witness) cast(l *life, s *seatView, at epochOf, b keyBallot) {
	s.accepted, s.in = b.ballot, at
	v := voteOf{at, b}
	m := x.votes[v]
	if m == nil {
		m = new(members)
		x.votes[v] = m
	}
	if m.has(l.member) {
		return
	}
	m.add(l.member)
	c := x.configs[at]
	if c == nil || !c.Has(l.id) {
		x.w.fail("a vote of a stranger", "%s votes in epoch %d", l.id, at.epoch)
		return
	}
	if m.among(x, c) == paxos.Quorum(c.Size) {
		x.choose(chainOf{at.cluster, b.key}, b.ballot)
	}
}

// answer notes who says that it holds a tombstone, or has collected it.
func (x *witness) answer(l *life, at epochOf, b paxos.Answer) {
	x.vote(l, at, b.Key, b.Vote)
	if !b.Record {
		l.raiseFloor(floorOf{b.Key, at}, b.Floor)
		return
	}
	if !b.Vote.Own || b.Vote.Entry == nil || !b.Vote.Entry.Tombstone {
		return
	}
	v := voteOf{at, keyBallot{b.Key, b.Vote.Ballot}}
	m := x.complete[v]
	if m == nil {
		m = new(members)
		x.complete[v] = m
	}
	m.add(l.member)
}

// collect: only what every member holds at one ballot, all asked in one epoch.
func (x *witness) collect(l *life, at epochOf, b paxos.Collect) {
	c, m := x.configs[at], x.complete[voteOf{at, keyBallot{b.Key, b.Ballot}}]
	if c == nil {
		return
	}
	for _, s := range c.Seats {
		n := x.memberOf(s.Node)
		if n == nil {
			continue
		}
		floor, said := n.floors[floorOf{b.Key, at}]
		floored := said && !floor.Less(b.Ballot)
		if !floored && (m == nil || !m.has(n.member)) {
			x.w.fail("collected before all hold it", "%s collects %s of %s, and %s did not say in epoch %d that it holds it",
				l.id, b.Ballot, b.Key, n.id, at.epoch)
		}
	}
	if e := x.entries[keyBallot{b.Key, b.Ballot}]; e != nil {
		k := chainOf{at.cluster, b.Key}
		if x.collected[k] == nil {
			x.collected[k] = make(map[paxos.Rev]bool)
			x.w.stats.Collected++
		}
		x.collected[k][e.Rev] = true
	}
}

// floorOf is what an acceptor gave a floor for: a key without a record, in one
// epoch. An answer of an earlier one still counts for who asked there.
type floorOf struct {
	key paxos.Key
	at  epochOf
}

func (l *identity) raiseFloor(of floorOf, floor paxos.Ballot) {
	if l.floors == nil {
		l.floors = make(map[floorOf]paxos.Ballot)
	}
	if is, said := l.floors[of]; !said || is.Less(floor) {
		l.floors[of] = floor
	}
}
