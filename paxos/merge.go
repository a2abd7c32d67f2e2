package paxos

import "slices"

// everything is more room than any state takes.
const everything = int(^uint(0) >> 1)

// State reads all that is held in a slot, at this moment.
func (a *Acceptor) State(index int) SlotState { return a.part(Place{Slot: index}, everything) }

// piece reads the state from from on, to before the slot until, as far as about
// room bytes go, and where the next piece begins. It holds one record at least
// where there is any, so that a piece is as long as room and the longest record.
func (a *Acceptor) piece(from Place, until, room int) (states []SlotState, next Place) {
	for next = from; next.Slot < until && room > 0; {
		if a.slots[next.Slot] == nil {
			next = Place{Slot: next.Slot + 1}
			continue
		}
		st := a.part(next, room)
		if len(st.Records) > 0 || !st.Floor.IsZero() || !st.Collected.IsZero() {
			states = append(states, st)
			room -= st.weight()
		}
		if st.To != "" {
			return states, Place{Slot: st.Slot, Key: st.To}
		}
		next = Place{Slot: st.Slot + 1}
	}
	return states, next
}

// part reads what is held in a slot from a key on, at this moment, as far as room
// bytes go, but one record at least. The floor and collected are those of this
// moment too, in every part of the slot: see Merge.
func (a *Acceptor) part(from Place, room int) SlotState {
	s := a.peek(from.Slot)
	st := SlotState{Slot: from.Slot, From: from.Key, Floor: s.floor, Collected: s.collected}
	for i, key := range smallest(s.records, from.Key, room/leastWeight+2) {
		r := s.records[key]
		kr := KeyRecord{Key: key, Promised: r.promised, Held: r.held}
		if room -= kr.weight(); room < 0 && i > 0 {
			st.To = key
			break
		}
		st.Records = append(st.Records, kr)
	}
	return st
}

// smallest lists, in order, up to most keys of records, the smallest of those from
// from on. A slot may hold far more keys than go into a piece, so not all are
// sorted.
func smallest(records map[Key]*record, from Key, most int) []Key {
	var keys []Key
	full := false
	for k := range records {
		if k < from || full && keys[most-1] < k {
			continue
		}
		keys = append(keys, k)
		if len(keys)/2 >= most {
			slices.Sort(keys)
			keys, full = keys[:most], true
		}
	}
	slices.Sort(keys)
	return keys[:min(most, len(keys))]
}

// Merge takes over the state of a slot, or of a part of it, of another member, in
// the given epoch. For each key: the higher promise, where the side without a
// record counts with its floor; the accepted entry of the higher ballot, as a copy
// when it is not our own. And the higher floor and collected.
//
// The parts of a slot may be read at different moments. Rounds on two keys have
// nothing to do with each other, so what is taken over needs to be as it was at
// one moment for each key only: and a key is in one part alone, with its record
// or, where the source had none at that moment, with the floor that the source
// had then. That is why each part carries the floor: a tombstone that is collected
// between two parts is in none of them, and leaves its promise in a floor that is
// higher than that of the part before. What a part's floor raises besides, the
// promises of keys of other parts that have no record here, does no harm: a
// promise may always be higher.
func (a *Acceptor) Merge(epoch Epoch, st SlotState, out *Output) {
	for _, kr := range st.Records {
		a.mergeRecord(epoch, kr, out)
	}
	for _, key := range a.behind(st) {
		a.change(Write{Kind: WritePromise, Record: KeyRecord{Key: key, Promised: st.Floor}}, out)
	}
	a.changeSlot(st.Slot, st.Floor, st.Collected, out)
}

// behind lists, in order, the keys of a part that have a record here with a promise
// below the part's floor, and none in the part.
func (a *Acceptor) behind(st SlotState) []Key {
	var keys []Key
	for key, r := range a.peek(st.Slot).records {
		if st.covers(key) && r.promised.Less(st.Floor) && !st.has(key) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func (a *Acceptor) mergeRecord(epoch Epoch, kr KeyRecord, out *Output) {
	mine := KeyRecord{Key: kr.Key, Promised: maxBallot(a.promised(kr.Key), kr.Promised)}
	r := a.find(kr.Key)
	if r != nil {
		mine.Held = r.held
	}
	switch {
	case kr.Held.Entry != nil && mine.Held.Ballot.Less(kr.Held.Ballot):
		mine.Held = Held{Ballot: kr.Held.Ballot, Entry: kr.Held.Entry, Epoch: epoch}
		a.change(Write{Kind: WriteRecord, Record: mine}, out)
	case r == nil || r.promised != mine.Promised:
		a.change(Write{Kind: WritePromise, Record: KeyRecord{Key: kr.Key, Promised: mine.Promised}}, out)
	}
}

// Disown makes copies of all votes.
func (a *Acceptor) Disown(out *Output) { a.change(Write{Kind: WriteDisown}, out) }
