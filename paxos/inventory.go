package paxos

import (
	"slices"
	"strings"
)

// An inventory tells who watches a bucket which entries a member holds, without
// their values: all of them, slot by slot, and from then on what has changed.
// It is a hint and no vote: what it names has to be read before it is told.

// Cursor says how far a reader has come in the inventory of one member.
type Cursor struct {
	// Log names a run of changes of the member, and Seq the first of them that the
	// reader has not seen.
	Log, Seq uint64
	// Slot is the first slot that is not listed to its end, Slots when all are, and
	// After the last key of it that is.
	Slot  int
	After Key
}

// HeldRev is the rev of the entry that a member holds for a key; zero where it
// holds none.
type HeldRev struct {
	Key       Key
	Rev       Rev
	Tombstone bool
}

const (
	// recentMost is how many changes a member remembers: a reader that is further
	// behind lists all keys again.
	recentMost = 1 << 16
	// inventoryBytes is about how much one answer carries, and inventoryScan how
	// many records it takes a look at.
	inventoryBytes = 32 << 10
	inventoryScan  = 1 << 14
)

// recent is the last changes of what an acceptor holds, in their order. It is
// kept from the first request on.
type recent struct {
	log   uint64
	asked bool
	// next is the number of the change to come; change n is at n modulo the length.
	next    uint64
	changes []HeldRev
}

func (r *recent) add(key Key, e *Entry) {
	if r == nil || !r.asked {
		return
	}
	c := HeldRev{Key: key}
	if e != nil {
		c.Rev, c.Tombstone = e.Rev, e.Tombstone
	}
	if len(r.changes) < recentMost {
		r.changes = append(r.changes, c)
	} else {
		r.changes[r.next%recentMost] = c
	}
	r.next++
}

// restarted is the run of changes after everything was forgotten.
func (r *recent) restarted() *recent {
	if r == nil {
		return nil
	}
	return &recent{log: mix(r.log), asked: r.asked}
}

// reaches says whether all changes from a cursor on are remembered.
func (r *recent) reaches(c Cursor) bool {
	return c.Log == r.log && c.Seq <= r.next && r.next-c.Seq <= uint64(len(r.changes))
}

// Inventory answers a request with what this acceptor holds. A reader whose
// cursor is of another run, or too far behind, gets a new one that lists all.
func (a *Acceptor) Inventory(q InventoryRequest) Inventory {
	if a.recent == nil {
		a.recent = &recent{}
	}
	r := a.recent
	r.asked = true
	ans := Inventory{Round: q.Round, Prefix: q.Prefix, From: q.From, Next: q.From}
	listing := q.From.Slot < Slots
	switch {
	case q.From.Slot < 0, q.From.Log != r.log, !listing && !r.reaches(q.From):
		ans.Next = Cursor{Log: r.log, Seq: r.next}
	case listing:
		a.list(&ans)
	default:
		r.since(q, &ans)
	}
	return ans
}

// since adds the changes from the cursor on.
func (r *recent) since(q InventoryRequest, ans *Inventory) {
	next := &ans.Next.Seq
	for bytes, scanned := 0, 0; *next < r.next && bytes < inventoryBytes && scanned < inventoryScan; *next++ {
		scanned++
		c := r.changes[*next%uint64(len(r.changes))]
		if strings.HasPrefix(string(c.Key), string(q.Prefix)) && (len(q.Only) == 0 || slices.Contains(q.Only, c.Key)) {
			ans.Held = append(ans.Held, c)
			bytes += 20 + len(c.Key)
		}
	}
	ans.End = *next == r.next
}

// list adds the keys that follow the cursor.
func (a *Acceptor) list(ans *Inventory) {
	next := &ans.Next
	for bytes, scanned := 0, 0; next.Slot < Slots && bytes < inventoryBytes && scanned < inventoryScan; {
		s := a.peek(next.Slot)
		ans.Floor = maxBallot(ans.Floor, s.floor)
		scanned += len(s.records)
		for _, key := range s.after(ans.Prefix, next.After) {
			if bytes >= inventoryBytes {
				return
			}
			h := HeldRev{Key: key}
			if e := s.records[key].held.Entry; e != nil {
				h.Rev, h.Tombstone = e.Rev, e.Tombstone
			}
			ans.Held = append(ans.Held, h)
			bytes += 20 + len(key)
			next.After = key
		}
		next.Slot, next.After = next.Slot+1, ""
	}
}

// after lists the keys of a prefix that come after one, in order.
func (s *slot) after(prefix, last Key) []Key {
	var keys []Key
	for key := range s.records {
		if key > last && strings.HasPrefix(string(key), string(prefix)) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
