package wire

import "github.com/paxoskv/paxoskv/paxos"

// From a proposer to an acceptor.

func (e *encoder) prepare(m paxos.Prepare) {
	e.head(tagPrepare)
	e.key(m.Key)
	e.ballot(m.Ballot)
}

func (d *Decoder) prepare() paxos.Prepare {
	return paxos.Prepare{Key: d.key(), Ballot: d.ballot()}
}

// accept has no form without an entry: there would be nothing to vote for.
func (e *encoder) accept(m paxos.Accept) {
	e.head(tagAccept)
	if m.Entry == nil {
		e.fail(ErrMalformed, "no entry")
		return
	}
	e.key(m.Key)
	e.ballot(m.Ballot)
	e.entry(m.Entry)
}

func (d *Decoder) accept() paxos.Accept {
	return paxos.Accept{Key: d.key(), Ballot: d.ballot(), Entry: d.entry()}
}

func (e *encoder) query(m paxos.Query) {
	e.head(tagQuery)
	e.key(m.Key)
	e.uvarint(m.Round)
}

func (d *Decoder) query() paxos.Query {
	return paxos.Query{Key: d.key(), Round: d.uvarint()}
}

func (e *encoder) inspect(m paxos.Inspect) {
	e.head(tagInspect)
	e.key(m.Key)
	e.uvarint(m.Round)
	e.guards(m.Guards)
}

func (d *Decoder) inspect() paxos.Inspect {
	return paxos.Inspect{Key: d.key(), Round: d.uvarint(), Guards: d.guards()}
}

func (e *encoder) collect(m paxos.Collect) {
	e.head(tagCollect)
	e.key(m.Key)
	e.ballot(m.Ballot)
}

func (d *Decoder) collect() paxos.Collect {
	return paxos.Collect{Key: d.key(), Ballot: d.ballot()}
}

func (e *encoder) chosen(m paxos.Chosen) {
	e.head(tagChosen)
	e.key(m.Key)
	e.ballot(m.Ballot)
}

func (d *Decoder) chosen() paxos.Chosen {
	return paxos.Chosen{Key: d.key(), Ballot: d.ballot()}
}
