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
	s := a.slot(st.Slot)
	theirs := make(map[Key]struct{}, len(st.Records))
	for _, kr := range st.Records {
		theirs[kr.Key] = struct{}{}
		a.mergeRecord(epoch, kr, out)
	}
	for key := range s.keys {
		if _, ok := theirs[key]; !ok {
			r := a.records[key]
			r.promised = maxBallot(r.promised, st.Floor)
		}
	}
	s.floor = maxBallot(s.floor, st.Floor)
	s.collected = maxBallot(s.collected, st.Collected)
}

func (a *Acceptor) mergeRecord(epoch Epoch, kr KeyRecord, out *Output) {
	r := a.record(kr.Key)
	r.promised = maxBallot(r.promised, kr.Promised)
	if kr.Held.Entry != nil && r.held.Ballot.Less(kr.Held.Ballot) {
		a.hold(kr.Key, r, Held{Ballot: kr.Held.Ballot, Entry: kr.Held.Entry, Epoch: epoch}, out)
	}
}

// Disown makes copies of all votes.
func (a *Acceptor) Disown() {
	for _, r := range a.records {
		r.held.Own = false
	}
}
