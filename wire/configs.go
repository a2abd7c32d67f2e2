package wire

import "github.com/paxoskv/paxoskv/paxos"

// Between nodes: configurations.

func (e *encoder) hello(m *paxos.Hello) {
	e.head(tagHello)
	e.size(m.Size)
	e.uvarint(m.Life)
	e.uvarint(uint64(m.Creation))
	e.config(&m.Config)
	e.uvarint(uint64(m.Done))
	e.bool(m.Reply)
}

func (d *Decoder) hello() paxos.Hello {
	return paxos.Hello{
		Size:     d.size(),
		Life:     d.uvarint(),
		Creation: d.uint32(),
		Config:   d.config(),
		Done:     d.epoch(),
		Reply:    d.bool(),
	}
}

func (e *encoder) configPrepare(m paxos.ConfigPrepare) {
	e.head(tagConfigPrepare)
	e.ballot(m.Ballot)
	e.bool(m.Recovery)
	e.uvarint(uint64(m.Former))
}

func (d *Decoder) configPrepare() paxos.ConfigPrepare {
	return paxos.ConfigPrepare{Ballot: d.ballot(), Recovery: d.bool(), Former: d.cluster()}
}

func (e *encoder) configPromise(m *paxos.ConfigPromise) {
	e.head(tagConfigPromise)
	e.ballot(m.Ballot)
	e.configVote(&m.Vote)
	e.idList(m.Connected)
}

func (d *Decoder) configPromise() paxos.ConfigPromise {
	return paxos.ConfigPromise{
		Ballot:    d.ballot(),
		Vote:      d.configVote(),
		Connected: d.idList(),
	}
}

func (e *encoder) configNack(m paxos.ConfigNack) {
	e.head(tagConfigNack)
	e.ballot(m.Ballot)
	e.ballot(m.Promised)
}

func (d *Decoder) configNack() paxos.ConfigNack {
	return paxos.ConfigNack{Ballot: d.ballot(), Promised: d.ballot()}
}

func (e *encoder) configAccept(m *paxos.ConfigAccept) {
	e.head(tagConfigAccept)
	e.configVote(&m.Vote)
}

func (d *Decoder) configAccept() paxos.ConfigAccept {
	return paxos.ConfigAccept{Vote: d.configVote()}
}

func (e *encoder) configAccepted(m paxos.ConfigAccepted) {
	e.head(tagConfigAccepted)
	e.ballot(m.Ballot)
}

func (d *Decoder) configAccepted() paxos.ConfigAccepted {
	return paxos.ConfigAccepted{Ballot: d.ballot()}
}

// configChosen has no form without a configuration.
func (e *encoder) configChosen(m paxos.ConfigChosen) {
	e.head(tagConfigChosen)
	if m.Config == nil {
		e.fail(ErrMalformed, "no configuration")
		return
	}
	e.config(m.Config)
}

func (d *Decoder) configChosen() paxos.ConfigChosen {
	c := d.config()
	return paxos.ConfigChosen{Config: &c}
}

func (e *encoder) configRequest(paxos.ConfigRequest) { e.head(tagConfigRequest) }

func (d *Decoder) configRequest() paxos.ConfigRequest { return paxos.ConfigRequest{} }
