package wire

import "github.com/paxoskv/paxoskv/paxos"

// Between a node that watches and a member.

func (e *encoder) inventoryRequest(m *paxos.InventoryRequest) {
	e.head(tagInventoryRequest)
	e.uvarint(m.Round)
	e.key(m.Prefix)
	e.uvarint(uint64(len(m.Only)))
	for _, k := range m.Only {
		e.key(k)
	}
	e.cursor(&m.From)
}

func (d *Decoder) inventoryRequest() paxos.InventoryRequest {
	return paxos.InventoryRequest{Round: d.uvarint(), Prefix: d.key(), Only: d.keys(), From: d.cursor()}
}

func (d *Decoder) keys() []paxos.Key {
	n := d.count(1)
	if n == 0 {
		return nil
	}
	keys := make([]paxos.Key, n)
	for i := range keys {
		keys[i] = d.key()
	}
	return keys
}

func (e *encoder) cursor(c *paxos.Cursor) {
	e.uvarint(c.Log)
	e.uvarint(c.Seq)
	e.slotEnd(c.Slot)
	e.key(c.After)
}

func (d *Decoder) cursor() paxos.Cursor {
	return paxos.Cursor{Log: d.uvarint(), Seq: d.uvarint(), Slot: d.slotEnd(), After: d.key()}
}

func (e *encoder) inventory(m *paxos.Inventory) {
	e.head(tagInventory)
	e.uvarint(m.Round)
	e.key(m.Prefix)
	e.cursor(&m.From)
	e.cursor(&m.Next)
	e.bool(m.End)
	e.ballot(m.Floor)
	e.uvarint(uint64(len(m.Held)))
	for i := range m.Held {
		e.heldRev(&m.Held[i])
	}
}

func (d *Decoder) inventory() paxos.Inventory {
	return paxos.Inventory{
		Round:  d.uvarint(),
		Prefix: d.key(),
		From:   d.cursor(),
		Next:   d.cursor(),
		End:    d.bool(),
		Floor:  d.ballot(),
		Held:   d.heldRevs(),
	}
}

// leastHeldRev is the least length of one in a list, in bytes.
const leastHeldRev = 1 + leastBallot + 1

func (d *Decoder) heldRevs() []paxos.HeldRev {
	n := d.count(leastHeldRev)
	if n == 0 {
		return nil
	}
	held := make([]paxos.HeldRev, n)
	for i := range held {
		held[i] = paxos.HeldRev{Key: d.key(), Rev: d.ballot(), Tombstone: d.bool()}
	}
	return held
}

func (e *encoder) heldRev(h *paxos.HeldRev) {
	e.key(h.Key)
	e.ballot(h.Rev)
	e.bool(h.Tombstone)
}
