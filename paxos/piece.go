package paxos

import (
	"cmp"
	"slices"
)

// Compare orders places as the state is read.
func (c Place) Compare(o Place) int {
	return cmp.Or(cmp.Compare(c.Slot, o.Slot), cmp.Compare(c.Key, o.Key))
}

// covers says whether the state is about key, a key of its slot.
func (s *SlotState) covers(key Key) bool { return s.From <= key && (s.To == "" || key < s.To) }

// has says whether the state holds a record of key.
func (s *SlotState) has(key Key) bool {
	_, ok := slices.BinarySearchFunc(s.Records, key,
		func(r KeyRecord, k Key) int { return cmp.Compare(r.Key, k) })
	return ok
}
