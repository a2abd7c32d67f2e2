package wire

import "github.com/paxoskv/paxoskv/paxos"

// Between members: state for a merge.

func (e *encoder) mergeRequest(m paxos.MergeRequest) {
	e.head(tagMergeRequest)
	e.place(m.From)
	e.slotEnd(m.Until)
}

func (d *Decoder) mergeRequest() paxos.MergeRequest {
	return paxos.MergeRequest{From: d.place(), Until: d.slotEnd()}
}

// place writes a place, which may be the end of the last slot.
func (e *encoder) place(c paxos.Place) {
	e.slotEnd(c.Slot)
	e.key(c.Key)
}

func (d *Decoder) place() paxos.Place {
	return paxos.Place{Slot: d.slotEnd(), Key: d.key()}
}

func (e *encoder) mergeState(m *paxos.MergeState) {
	e.head(tagMergeState)
	e.place(m.From)
	e.place(m.Next)
	e.bool(m.Voting)
	e.within(len(m.States), paxos.Slots)
	for i := range m.States {
		e.slotState(&m.States[i])
	}
}

func (d *Decoder) mergeState() paxos.MergeState {
	return paxos.MergeState{
		From:   d.place(),
		Next:   d.place(),
		Voting: d.bool(),
		States: d.slotStates(),
	}
}

// The least lengths of what stands in the lists of a merge, in bytes.
const (
	leastHeld   = leastBallot + 1 + 1 + 1
	leastRecord = 1 + leastBallot + leastHeld
	leastState  = 1 + 1 + 1 + leastBallot + leastBallot + 1
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
	e.key(s.From)
	e.key(s.To)
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
		From:      d.key(),
		To:        d.key(),
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
