package paxos

import "slices"

// Acceptor holds what one node promised and accepted, for every key, and the
// guards of it. It does not look at epochs: the Replica before it lets through
// only messages of the epoch that its configuration has, and only while it may
// vote.
//
// Invariant: an answer is put out only after the state that it speaks of is
// set, in the same step.
type Acceptor struct {
	self NodeID
	// slots are made as they are needed.
	slots  [Slots]*slot
	guards guards
	// stones are the keys that hold a tombstone.
	stones map[Key]struct{}
	// recent is for those who watch; see inventory.go.
	recent *recent
}

// slot holds what is kept for all keys of a hash slot together.
type slot struct {
	// floor is the promise of every key without a record.
	floor Ballot
	// collected is the highest ballot of a tombstone collected here.
	collected Ballot
	// records are those of its keys, so that a merge reads one slot and not all.
	records map[Key]*record
}

// NewAcceptor starts with no records.
func NewAcceptor(self NodeID) *Acceptor {
	return &Acceptor{self: self, guards: newGuards(self.Name), stones: make(map[Key]struct{})}
}

// slot is one to be changed.
func (a *Acceptor) slot(index int) *slot {
	if a.slots[index] == nil {
		a.slots[index] = newSlot(Ballot{}, Ballot{})
	}
	return a.slots[index]
}

func newSlot(floor, collected Ballot) *slot {
	return &slot{floor: floor, collected: collected, records: make(map[Key]*record)}
}

var noSlot slot

// peek is one to be looked at.
func (a *Acceptor) peek(index int) *slot {
	if s := a.slots[index]; s != nil {
		return s
	}
	return &noSlot
}

// promised is the ballot below which key takes nothing.
func (a *Acceptor) promised(key Key) Ballot {
	s := a.peek(SlotOf(key))
	if r := s.records[key]; r != nil {
		return r.promised
	}
	return s.floor
}

// find returns the record of key, nil where there is none.
func (a *Acceptor) find(key Key) *record { return a.peek(SlotOf(key)).records[key] }

// record returns the record of key, made with the floor as its promise where
// there is none.
func (a *Acceptor) record(key Key) *record {
	s := a.slot(SlotOf(key))
	r := s.records[key]
	if r == nil {
		r = &record{key: key, promised: s.floor}
		s.records[key] = r
	}
	return r
}

// drop deletes the record of key, if there is one; the floor was raised before.
func (a *Acceptor) drop(key Key, out *Output) {
	r := a.find(key)
	if r == nil {
		return
	}
	a.guards.release(key, r.held.Entry, out)
	delete(a.stones, key)
	delete(a.slot(SlotOf(key)).records, key)
	a.recent.add(key, nil)
}

// Step answers a message of the epoch of cfg. now is in milliseconds since 1970
// UTC.
func (a *Acceptor) Step(now int64, cfg *Config, from NodeID, m Body, out *Output) {
	var reply Body
	switch m := m.(type) {
	case Prepare:
		reply = a.prepare(now, cfg, m, out)
	case Accept:
		reply = a.accept(cfg, m, out)
	case Query:
		reply = a.query(now, cfg, m)
	case Inspect:
		reply = Inspected{Key: m.Key, Round: m.Round, Guard: a.guards.worst(now, m.Guards)}
	case Collect:
		a.collect(cfg, m, out)
	case Chosen:
		a.chosen(cfg, m, out)
	}
	if reply != nil {
		out.Messages = append(out.Messages, Envelope{From: a.self, To: from,
			Cluster: cfg.Cluster, Epoch: cfg.Epoch, Body: reply})
	}
}

// prepare is phase 1: promise to take nothing below the ballot, and tell what
// was accepted so far [Paxos Made Simple, section 2.2, P1a].
func (a *Acceptor) prepare(now int64, cfg *Config, m Prepare, out *Output) Body {
	if p := a.promised(m.Key); !p.Less(m.Ballot) {
		return Nack{Key: m.Key, Ballot: m.Ballot, Promised: p}
	}
	a.change(Write{Kind: WritePromise, Record: KeyRecord{Key: m.Key, Promised: m.Ballot}}, out)
	return Promise{Key: m.Key, Ballot: m.Ballot, Vote: a.vote(now, cfg, a.find(m.Key)),
		Collected: a.peek(SlotOf(m.Key)).collected}
}

// accept is phase 2: vote unless a higher ballot was promised [the same].
func (a *Acceptor) accept(cfg *Config, m Accept, out *Output) Body {
	if p := a.promised(m.Key); m.Ballot.Less(p) {
		return Nack{Key: m.Key, Ballot: m.Ballot, Promised: p}
	}
	a.change(Write{Kind: WriteRecord, Record: KeyRecord{Key: m.Key, Promised: m.Ballot,
		Held: Held{Ballot: m.Ballot, Entry: m.Entry, Epoch: cfg.Epoch, Own: true}}}, out)
	return Accepted{Key: m.Key, Ballot: m.Ballot}
}

// hold makes h what r holds, and moves the watches over. The new guards are
// held before the old ones are released, so that a guard of both is watched
// throughout.
func (a *Acceptor) hold(r *record, h Held, out *Output) {
	key, old := r.key, r.held.Entry
	r.held = h
	if h.Entry != nil && h.Entry.Tombstone {
		a.stones[key] = struct{}{}
	} else {
		delete(a.stones, key)
	}
	if old.Live() && h.Entry.Live() && old.Rev == h.Entry.Rev {
		return
	}
	a.recent.add(key, h.Entry)
	a.guards.hold(key, h.Entry, out)
	a.guards.releaseExcept(key, old, h.Entry, out)
}

func (a *Acceptor) vote(now int64, cfg *Config, r *record) Vote {
	v := r.vote(cfg)
	if v.Entry.Live() {
		v.Guard = a.guards.worst(now, v.Entry.Guards)
	}
	return v
}

func (a *Acceptor) query(now int64, cfg *Config, m Query) Body {
	r := a.find(m.Key)
	if r == nil {
		return Answer{Key: m.Key, Round: m.Round, Floor: a.peek(SlotOf(m.Key)).floor}
	}
	if r.held.Entry == nil {
		return Answer{Key: m.Key, Round: m.Round, Record: true, Floor: r.promised}
	}
	return Answer{Key: m.Key, Round: m.Round, Vote: a.vote(now, cfg, r), Record: true}
}

// collect deletes the tombstone accepted at the ballot. The floor takes over
// the promise, so that no old message finds the key open below it.
func (a *Acceptor) collect(cfg *Config, m Collect, out *Output) {
	r := a.find(m.Key)
	if r == nil || r.held.Entry == nil || !r.held.Entry.Tombstone || r.held.Ballot != m.Ballot {
		return
	}
	a.changeSlot(SlotOf(m.Key), maxBallot(r.promised, m.Ballot), m.Ballot, out)
	// Every member held it, so it was chosen, though word of that may be lost.
	out.Learned = append(out.Learned, Learned{Cluster: cfg.Cluster, Key: m.Key, Entry: r.held.Entry, Collected: true})
	a.change(Write{Kind: WriteDrop, Record: KeyRecord{Key: m.Key}}, out)
}

// chosen learns that the entry held at the ballot was chosen.
func (a *Acceptor) chosen(cfg *Config, m Chosen, out *Output) {
	r := a.find(m.Key)
	if r == nil || r.held.Entry == nil || r.held.Ballot != m.Ballot {
		return
	}
	out.Learned = append(out.Learned, Learned{Cluster: cfg.Cluster, Key: r.key, Entry: r.held.Entry})
	a.Learn(m.Key, r.held.Entry, out)
}

// Learn takes note that e was chosen for key: earlier revs of key are erased or
// replaced, so what they guarded goes. What was merely accepted does not count.
func (a *Acceptor) Learn(key Key, e *Entry, out *Output) {
	for _, g := range slices.Clone(a.guards.byKey[key]) {
		if g.Rev.Less(e.Rev) {
			a.Observe(g, out)
		}
	}
}

// Observe takes note that a guard ended for good, and puts out the erasures
// that follow. It is never taken back while the guard is watched.
func (a *Acceptor) Observe(g Guard, out *Output) {
	if w := a.guards.watched.get(g); w != nil && !w.gone {
		w.gone = true
		a.erasures(w, out)
	}
}

// NodeUp takes note that a node is connected, as the life that creation names.
func (a *Acceptor) NodeUp(name string, creation uint32) {
	a.guards.nodes[name] = creation
	if a.guards.met != nil {
		a.guards.met[name] = struct{}{}
	}
}

// NodeDown takes note that the connection to a node is lost. What runs there is
// suspected from now on, not gone.
func (a *Acceptor) NodeDown(name string) { delete(a.guards.nodes, name) }

// Watched lists the guards, in order, that this acceptor asked to be watched: what a
// watcher that lost its memory has to watch again.
func (a *Acceptor) Watched() []Guard {
	gs := make([]Guard, 0, a.guards.watched.n)
	for g := range a.guards.watched.all() {
		gs = append(gs, g)
	}
	slices.SortFunc(gs, Guard.compare)
	return gs
}

// Len is the number of records.
func (a *Acceptor) Len() int {
	n := 0
	for _, s := range a.slots {
		if s != nil {
			n += len(s.records)
		}
	}
	return n
}

// Holds says whether the entry that rev names is the one that key holds here.
func (a *Acceptor) Holds(key Key, rev Rev) bool {
	r := a.find(key)
	return r != nil && r.held.Entry.Live() && r.held.Entry.Rev == rev
}

// Held is the number of records, of tombstones among them, and of guards that are
// watched.
func (a *Acceptor) Held() (records, tombstones, guards int) {
	return a.Len(), len(a.stones), a.guards.watched.n
}

// Wipe forgets every record, floor and watch: a node that takes a seat starts
// with nothing, whatever it held before.
func (a *Acceptor) Wipe(out *Output) { a.change(Write{Kind: WriteWipe}, out) }

func (a *Acceptor) wipe(out *Output) {
	for _, g := range a.Watched() {
		out.Watches = append(out.Watches, Watch{Guard: g, Off: true})
	}
	nodes, met, recent := a.guards.nodes, a.guards.met, a.recent.restarted()
	*a = *NewAcceptor(a.self)
	a.guards.nodes, a.guards.met, a.recent = nodes, met, recent
}

// Check puts out the erasures that follow if g is down at now: for one deadline
// that falls due, where Sweep looks at everything.
func (a *Acceptor) Check(now int64, g Guard, out *Output) {
	if w := a.guards.watched.get(g); w != nil && a.guards.state(now, g) != Holds {
		a.erasures(w, out)
	}
}

// Tombstones lists up to most keys that hold one, to be collected.
func (a *Acceptor) Tombstones(most int) []Key {
	var keys []Key
	for k := range a.stones {
		if keys = append(keys, k); len(keys) == most {
			break
		}
	}
	slices.Sort(keys)
	return keys
}

// Creation is that of a connected node, 0 when it is not connected.
func (a *Acceptor) Creation(name string) uint32 { return a.guards.nodes[name] }
