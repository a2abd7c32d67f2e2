package host

import (
	"errors"
	"fmt"

	"github.com/paxoskv/paxoskv/wire"
)

// Limits bound what one key may hold and how much a node keeps for others, in
// bytes but for Ties. A field that is 0 has the default.
//
// The first three are looked at where a request comes in: a node with lower ones
// keeps, as a member, what others let in.
type Limits struct {
	// Key is the length of a key in its canonical form: 2 MiB. It travels in every
	// message about the key. The keys that a key is tied to may together take as much.
	Key int
	// Value is the length of an encoded value: 16 MiB.
	Value int
	// Ties is how many things a key may be tied to: 64.
	Ties int
	// UnderWay is how much the requests under way on this node may take: 256 MiB.
	// Each counts as 4 KiB and its key, value and ties, so small ones are bounded to
	// 65,000 or so. What comes on top gets ErrBusy.
	UnderWay int
	// Learned is how much each bucket on this node remembers of what was chosen, to
	// answer reads from memory: 512 MiB. Something else is forgotten beyond.
	Learned int
	// Outbox is how much may wait for one peer: 64 MiB. What comes on top is
	// dropped, and asked for again by the timers of the protocol.
	Outbox int
}

// DefaultLimits are those of a node that is given none.
var DefaultLimits = Limits{Key: 2 << 20, Value: 16 << 20, Ties: 64,
	UnderWay: 256 << 20, Learned: 512 << 20, Outbox: 64 << 20}

// ErrLimits: the limits of a node's options cannot work; the text says why.
var ErrLimits = errors.New("bad limits")

// Check is ErrLimits where a node could not work within these limits.
func (l Limits) Check() error {
	_, err := l.withDefaults()
	return err
}

// withDefaults fills what was left out and refuses what cannot work: the record of
// a key has to fit a frame, with room for others, or no member could be replaced.
func (l Limits) withDefaults() (Limits, error) {
	d := DefaultLimits
	for _, f := range []struct{ v, d *int }{{&l.Key, &d.Key}, {&l.Value, &d.Value}, {&l.Ties, &d.Ties},
		{&l.UnderWay, &d.UnderWay}, {&l.Learned, &d.Learned}, {&l.Outbox, &d.Outbox}} {
		if *f.v < 0 {
			return l, fmt.Errorf("%w: %d is below 0", ErrLimits, *f.v)
		}
		if *f.v == 0 {
			*f.v = *f.d
		}
	}
	if l.UnderWay < l.record()+callBytes {
		return l, fmt.Errorf("%w: %d bytes under way are less than one put may take", ErrLimits, l.UnderWay)
	}
	if most := l.record(); most > wire.MaxFrame/2 {
		return l, fmt.Errorf("%w: a key with its value and ties may take %d bytes, and %d go into a message",
			ErrLimits, most, wire.MaxFrame/2)
	}
	return l, nil
}

// record is the most that a key takes with its value and what it is tied to.
func (l Limits) record() int { return 2*l.Key + l.Value + l.Ties*tieBytes }

// tieBytes is what a tie counts for besides the key that it may be.
const tieBytes = 256

func tooLarge(what string, is, most int) error {
	return fmt.Errorf("%w: a %s of %d bytes, and at most %d are allowed", ErrTooLarge, what, is, most)
}

// fits says how much a put takes besides its key, and with ErrTooLarge that it
// goes beyond the limits.
func (b *Bucket) fits(value []byte, t Ties) (int, error) {
	l := b.host.limits.Load()
	switch n := t.count(); {
	case len(value) > l.Value:
		return 0, tooLarge("value", len(value), l.Value)
	case n > l.Ties:
		return 0, fmt.Errorf("%w: tied to %d things, and at most %d are allowed", ErrTooLarge, n, l.Ties)
	}
	keys := 0
	for _, k := range t.Keys {
		key, err := b.key(k)
		if err != nil {
			return 0, err
		}
		if keys += len(key); keys > l.Key {
			return 0, fmt.Errorf("%w: tied to keys of more than the %d bytes that are allowed together", ErrTooLarge, l.Key)
		}
	}
	return len(value) + keys + t.count()*tieBytes, nil
}
