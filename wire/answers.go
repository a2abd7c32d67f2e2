package wire

import "github.com/paxoskv/paxoskv/paxos"

// From an acceptor to a proposer.

func (e *encoder) promise(m *paxos.Promise) {
	e.head(tagPromise)
	e.key(m.Key)
	e.ballot(m.Ballot)
	e.vote(&m.Vote)
	e.ballot(m.Collected)
}

func (d *Decoder) promise() paxos.Promise {
	return paxos.Promise{
		Key:       d.key(),
		Ballot:    d.ballot(),
		Vote:      d.vote(),
		Collected: d.ballot(),
	}
}

func (e *encoder) accepted(m paxos.Accepted) {
	e.head(tagAccepted)
	e.key(m.Key)
	e.ballot(m.Ballot)
}

func (d *Decoder) accepted() paxos.Accepted {
	return paxos.Accepted{Key: d.key(), Ballot: d.ballot()}
}

func (e *encoder) nack(m paxos.Nack) {
	e.head(tagNack)
	e.key(m.Key)
	e.ballot(m.Ballot)
	e.ballot(m.Promised)
}

func (d *Decoder) nack() paxos.Nack {
	return paxos.Nack{Key: d.key(), Ballot: d.ballot(), Promised: d.ballot()}
}

func (e *encoder) answer(m *paxos.Answer) {
	e.head(tagAnswer)
	e.key(m.Key)
	e.uvarint(m.Round)
	e.vote(&m.Vote)
	e.bool(m.Record)
	e.ballot(m.Floor)
}

func (d *Decoder) answer() paxos.Answer {
	return paxos.Answer{
		Key:    d.key(),
		Round:  d.uvarint(),
		Vote:   d.vote(),
		Record: d.bool(),
		Floor:  d.ballot(),
	}
}

func (e *encoder) inspected(m paxos.Inspected) {
	e.head(tagInspected)
	e.key(m.Key)
	e.uvarint(m.Round)
	e.guardState(m.Guard)
}

func (d *Decoder) inspected() paxos.Inspected {
	return paxos.Inspected{Key: d.key(), Round: d.uvarint(), Guard: d.guardState()}
}
