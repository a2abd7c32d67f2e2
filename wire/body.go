package wire

import "github.com/paxoskv/paxoskv/paxos"

// body writes one message. Each type has a pair of functions, one that writes
// it and one that reads it, side by side in a file for its group: rounds.go,
// answers.go, turns.go, configs.go, merge.go,
// inventory.go.
func (e *encoder) body(b paxos.Body) {
	switch m := b.(type) {
	case paxos.Prepare:
		e.prepare(m)
	case paxos.Accept:
		e.accept(m)
	case paxos.Query:
		e.query(m)
	case paxos.Inspect:
		e.inspect(m)
	case paxos.Collect:
		e.collect(m)
	case paxos.Chosen:
		e.chosen(m)
	case paxos.Promise:
		e.promise(&m)
	case paxos.Accepted:
		e.accepted(m)
	case paxos.Nack:
		e.nack(m)
	case paxos.Answer:
		e.answer(&m)
	case paxos.Inspected:
		e.inspected(m)
	case paxos.TurnRequest:
		e.turnRequest(m)
	case paxos.TurnGrant:
		e.turnGrant(m)
	case paxos.TurnDone:
		e.turnDone(m)
	default:
		e.memberBody(b)
	}
}

// memberBody writes what members tell each other: the rarer half of body.
func (e *encoder) memberBody(b paxos.Body) {
	switch m := b.(type) {
	case paxos.Hello:
		e.hello(&m)
	case paxos.ConfigPrepare:
		e.configPrepare(m)
	case paxos.ConfigPromise:
		e.configPromise(&m)
	case paxos.ConfigNack:
		e.configNack(m)
	case paxos.ConfigAccept:
		e.configAccept(&m)
	case paxos.ConfigAccepted:
		e.configAccepted(m)
	case paxos.ConfigChosen:
		e.configChosen(m)
	case paxos.ConfigRequest:
		e.configRequest(m)
	case paxos.MergeRequest:
		e.mergeRequest(m)
	case paxos.MergeState:
		e.mergeState(&m)
	case paxos.InventoryRequest:
		e.inventoryRequest(&m)
	case paxos.Inventory:
		e.inventory(&m)
	default:
		e.fail(ErrMalformed, "no form for a %T", b)
	}
}

// body reads the message that follows its tag; nil after an error is fine.
func (d *Decoder) body(t tag) paxos.Body {
	switch t {
	case tagPrepare:
		return d.prepare()
	case tagAccept:
		return d.accept()
	case tagQuery:
		return d.query()
	case tagInspect:
		return d.inspect()
	case tagCollect:
		return d.collect()
	case tagChosen:
		return d.chosen()
	case tagPromise:
		return d.promise()
	case tagAccepted:
		return d.accepted()
	case tagNack:
		return d.nack()
	case tagAnswer:
		return d.answer()
	case tagInspected:
		return d.inspected()
	case tagTurnRequest:
		return d.turnRequest()
	case tagTurnGrant:
		return d.turnGrant()
	case tagTurnDone:
		return d.turnDone()
	default:
		return d.memberBody(t)
	}
}

func (d *Decoder) memberBody(t tag) paxos.Body {
	switch t {
	case tagHello:
		return d.hello()
	case tagConfigPrepare:
		return d.configPrepare()
	case tagConfigPromise:
		return d.configPromise()
	case tagConfigNack:
		return d.configNack()
	case tagConfigAccept:
		return d.configAccept()
	case tagConfigAccepted:
		return d.configAccepted()
	case tagConfigChosen:
		return d.configChosen()
	case tagConfigRequest:
		return d.configRequest()
	case tagMergeRequest:
		return d.mergeRequest()
	case tagMergeState:
		return d.mergeState()
	case tagInventoryRequest:
		return d.inventoryRequest()
	case tagInventory:
		return d.inventory()
	default:
		d.fail(ErrMalformed, "unknown tag %d", t)
		return nil
	}
}
