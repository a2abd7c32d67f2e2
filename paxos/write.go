package paxos

import (
	"maps"
	"slices"
)

// Write is one change of what a replica must not forget: what it promised and
// accepted, and where it stands in the chain of configurations. All else that it
// knows (peers, watches, a merge under way) it finds out again.
//
// The writes of a step belong together: all of them are kept, or none.
type Write struct {
	Kind WriteKind
	// Record of WriteRecord; its Key and Promised alone of WritePromise, and its
	// Key alone of WriteDrop.
	Record KeyRecord
	// Slot of WriteSlot, without records.
	Slot *SlotState
	// Member of WriteMember.
	Member *MemberState
}

// WriteKind says what a Write changes.
type WriteKind uint8

// The kinds.
const (
	WritePromise WriteKind = iota + 1 // the promise of a key, which makes its record
	WriteRecord                       // the record of a key
	WriteDrop                         // no record of a key any more
	WriteSlot                         // floor and collected of a slot
	WriteDisown                       // every vote is a copy from now on
	WriteWipe                         // no record, floor or collected of any slot any more
	WriteMember                       // all that a member must not forget
)

// MemberState is what a member must not forget.
type MemberState struct {
	// Config is the one adopted last.
	Config *Config
	// Done is the highest epoch of a merge duty fulfilled in its cluster.
	Done Epoch
	// Next and Founding are the member's acceptors of two instances: the one that
	// decides the successor of Config, and the one that founds a cluster.
	Next, Founding BallotBox
}

// change carries out a write and puts it out: records and slots change in no
// other way, so that what is kept is what is held.
func (a *Acceptor) change(w Write, out *Output) {
	a.apply(w, out)
	out.Writes = append(out.Writes, w)
}

func (a *Acceptor) apply(w Write, out *Output) {
	switch w.Kind {
	case WritePromise:
		a.record(w.Record.Key).promised = w.Record.Promised
	case WriteRecord:
		r := a.record(w.Record.Key)
		r.promised = w.Record.Promised
		a.hold(r, w.Record.Held, out)
	case WriteDrop:
		a.drop(w.Record.Key, out)
	case WriteSlot:
		s := a.slot(w.Slot.Slot)
		s.floor, s.collected = w.Slot.Floor, w.Slot.Collected
	case WriteDisown:
		a.disown()
	case WriteWipe:
		a.wipe(out)
	}
}

func (a *Acceptor) disown() {
	for _, s := range a.slots {
		if s == nil {
			continue
		}
		for _, r := range s.records {
			r.held.Own = false
		}
	}
}

// changeSlot raises what is kept for all keys of a slot.
func (a *Acceptor) changeSlot(index int, floor, collected Ballot, out *Output) {
	s := a.peek(index)
	floor, collected = maxBallot(s.floor, floor), maxBallot(s.collected, collected)
	if floor != s.floor || collected != s.collected {
		a.change(Write{Kind: WriteSlot, Slot: &SlotState{Slot: index, Floor: floor, Collected: collected}}, out)
	}
}

// keep puts out what the member must not forget, after a change of it.
func (m *Member) keep(out *Output) {
	s := m.state()
	out.Writes = append(out.Writes, Write{Kind: WriteMember, Member: &s})
}

func (m *Member) state() MemberState {
	return MemberState{Config: m.cfg, Done: m.done, Next: m.next, Founding: m.founding}
}

// Load takes over one write of an earlier life. A new replica that loads the
// writes of a life, in order, or what State gave then, holds what that life held.
func (r *Replica) Load(w Write) {
	if w.Kind == WriteMember {
		r.Member.load(*w.Member)
		return
	}
	var out Output // whoever watches is given everything that is to be watched
	r.Acceptor.apply(w, &out)
}

// Continue begins another life of the identity whose writes were loaded: what it
// proposes bears the life, and a merge that was under way starts anew. The life's
// incarnation is above those of all earlier ones.
func (r *Replica) Continue(life uint64, out *Output) {
	r.Member.life.Incarnation = life
	r.Member.startMerge(out)
}

func (m *Member) load(s MemberState) {
	m.cfg, m.done, m.next, m.founding, m.merge = s.Config, s.Done, s.Next, s.Founding, nil
}

// State gives the writes that make what the replica holds now, in an order of
// their own: the member, and slot by slot the floor and the records. It is to be
// ranged over.
func (r *Replica) State(yield func(Write) bool) {
	s := r.Member.state()
	if !yield(Write{Kind: WriteMember, Member: &s}) {
		return
	}
	for i, s := range r.Acceptor.slots {
		if s != nil && !r.Acceptor.slotWrites(i, yield) {
			return
		}
	}
}

func (a *Acceptor) slotWrites(index int, yield func(Write) bool) bool {
	s := a.slots[index]
	if !s.floor.IsZero() || !s.collected.IsZero() {
		if !yield(Write{Kind: WriteSlot, Slot: &SlotState{Slot: index, Floor: s.floor, Collected: s.collected}}) {
			return false
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.records)) {
		r := s.records[key]
		if !yield(Write{Kind: WriteRecord, Record: KeyRecord{Key: key, Promised: r.promised, Held: r.held}}) {
			return false
		}
	}
	return true
}
