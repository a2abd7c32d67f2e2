package wire

import "github.com/paxoskv/paxoskv/paxos"

// Between members: state for a merge.

func (e *encoder) mergeRequest(m paxos.MergeRequest) {
	e.head(tagMergeRequest)
	e.slot(m.Slot)
}

func (d *Decoder) mergeRequest() paxos.MergeRequest {
	return paxos.MergeRequest{Slot: d.slot()}
}

func (e *encoder) mergeState(m *paxos.MergeState) {
	e.head(tagMergeState)
	e.slot(m.Slot)
	e.slotEnd(m.Next)
	e.bool(m.Voting)
	e.within(len(m.States), paxos.Slots)
	for i := range m.States {
		e.slotState(&m.States[i])
	}
}

func (d *Decoder) mergeState() paxos.MergeState {
	return paxos.MergeState{
		Slot:   d.slot(),
		Next:   d.slotEnd(),
		Voting: d.bool(),
		States: d.slotStates(),
	}
}

// The least lengths of what stands in the lists of a merge, in bytes.
const (
	leastHeld   = leastBallot + 1 + 1 + 1
	leastRecord = 1 + leastBallot + leastHeld
	leastState  = 1 + leastBallot + leastBallot + 1
)

func (d *Decoder) slotStates() []paxos.SlotState {
	n := d.count(leastState)
	if n > paxos.Slots {
		d.fail(ErrMalformed, "the state of %d slots", n)
		return nil
	}
	if n == 0 {
		return nil
	}
	states := make([]paxos.SlotState, n)
	for i := range states {
		states[i] = d.slotState()
	}
	return states
}

func (e *encoder) slotState(s *paxos.SlotState) {
	e.slot(s.Slot)
	e.ballot(s.Floor)
	e.ballot(s.Collected)
	e.uvarint(uint64(len(s.Records)))
	for i := range s.Records {
		e.keyRecord(&s.Records[i])
	}
}

func (d *Decoder) slotState() paxos.SlotState {
	return paxos.SlotState{
		Slot:      d.slot(),
		Floor:     d.ballot(),
		Collected: d.ballot(),
		Records:   d.keyRecords(),
	}
}

func (d *Decoder) keyRecords() []paxos.KeyRecord {
	n := d.count(leastRecord)
	if n == 0 {
		return nil
	}
	records := make([]paxos.KeyRecord, n)
	for i := range records {
		records[i] = d.keyRecord()
	}
	return records
}

func (e *encoder) keyRecord(r *paxos.KeyRecord) {
	e.key(r.Key)
	e.ballot(r.Promised)
	e.held(&r.Held)
}

func (d *Decoder) keyRecord() paxos.KeyRecord {
	return paxos.KeyRecord{Key: d.key(), Promised: d.ballot(), Held: d.held()}
}

func (e *encoder) held(h *paxos.Held) {
	e.ballot(h.Ballot)
	e.maybeEntry(h.Entry)
	e.uvarint(uint64(h.Epoch))
	e.bool(h.Own)
}

func (d *Decoder) held() paxos.Held {
	return paxos.Held{
		Ballot: d.ballot(),
		Entry:  d.maybeEntry(),
		Epoch:  d.epoch(),
		Own:    d.bool(),
	}
}
