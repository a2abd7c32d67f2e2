package wire

import "github.com/paxoskv/paxoskv/paxos"

// Between proposers.

func (e *encoder) turnRequest(m paxos.TurnRequest) {
	e.head(tagTurnRequest)
	e.key(m.Key)
	e.uvarint(m.Op)
}

func (d *Decoder) turnRequest() paxos.TurnRequest {
	return paxos.TurnRequest{Key: d.key(), Op: d.uvarint()}
}

func (e *encoder) turnGrant(m paxos.TurnGrant) {
	e.head(tagTurnGrant)
	e.key(m.Key)
	e.uvarint(m.Op)
}

func (d *Decoder) turnGrant() paxos.TurnGrant {
	return paxos.TurnGrant{Key: d.key(), Op: d.uvarint()}
}

func (e *encoder) turnDone(m paxos.TurnDone) {
	e.head(tagTurnDone)
	e.key(m.Key)
	e.uvarint(m.Op)
}

func (d *Decoder) turnDone() paxos.TurnDone {
	return paxos.TurnDone{Key: d.key(), Op: d.uvarint()}
}
