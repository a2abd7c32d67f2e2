package paxos

import (
	"maps"
	"slices"
)

// State reads all that is held in a slot, at this moment.
func (a *Acceptor) State(index int) SlotState {
	s := a.peek(index)
	st := SlotState{Slot: index, Floor: s.floor, Collected: s.collected}
	if len(s.keys) == 0 {
		return st // most slots of a small store: a merge reads them all
	}
	for _, key := range slices.Sorted(maps.Keys(s.keys)) {
		r := a.records[key]
		st.Records = append(st.Records, KeyRecord{Key: key, Promised: r.promised, Held: r.held})
	}
	return st
}

// Merge takes over the state of a slot of another member, in the given epoch.
// For each key: the higher promise, where the side without a record counts with
// its floor; the accepted entry of the higher ballot, as a copy when it is not
// our own. And the higher floor and collected.
func (a *Acceptor) Merge(epoch Epoch, st SlotState, out *Output) {
	theirs := make(map[Key]struct{}, len(st.Records))
	for _, kr := range st.Records {
		theirs[kr.Key] = struct{}{}
		a.mergeRecord(epoch, kr, out)
	}
	for _, key := range slices.Sorted(maps.Keys(a.peek(st.Slot).keys)) {
		if _, ok := theirs[key]; !ok && a.records[key].promised.Less(st.Floor) {
			a.change(Write{Kind: WritePromise, Record: KeyRecord{Key: key, Promised: st.Floor}}, out)
		}
	}
	a.changeSlot(st.Slot, st.Floor, st.Collected, out)
}

func (a *Acceptor) mergeRecord(epoch Epoch, kr KeyRecord, out *Output) {
	mine := KeyRecord{Key: kr.Key, Promised: maxBallot(a.promised(kr.Key), kr.Promised)}
	r := a.records[kr.Key]
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
