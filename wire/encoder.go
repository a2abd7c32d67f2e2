package wire

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/paxoskv/paxoskv/paxos"
)

// encoder writes one frame. The first error sticks; what is written after it
// does not matter.
type encoder struct {
	buf []byte
	ids written
	err error
	// next is the context of the message being written, changed whether it
	// differs from the one before.
	next    context
	changed bool
}

// release forgets the frame, so that the pool holds on to nothing of it.
func (e *encoder) release() {
	e.ids.reset()
	*e = encoder{ids: e.ids}
	encoders.Put(e)
}

// head writes what every message begins with.
func (e *encoder) head(t tag) {
	if !e.changed {
		e.buf = append(e.buf, byte(t))
		return
	}
	e.buf = append(e.buf, byte(t|withContext))
	e.uvarint(uint64(e.next.cluster))
	e.uvarint(uint64(e.next.epoch))
}

func (e *encoder) fail(sentinel error, format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf("%w: "+format, append([]any{sentinel}, args...)...)
	}
}

func (e *encoder) byte(b byte) { e.buf = append(e.buf, b) }

func (e *encoder) bool(b bool) {
	if b {
		e.byte(1)
	} else {
		e.byte(0)
	}
}

func (e *encoder) uvarint(v uint64) {
	if v < 0x80 {
		e.buf = append(e.buf, byte(v))
		return
	}
	e.buf = binary.AppendUvarint(e.buf, v)
}

func (e *encoder) varint(v int64) { e.buf = binary.AppendVarint(e.buf, v) }

// size writes an int that is never below 0.
func (e *encoder) size(v int) { e.within(v, math.MaxInt) }

func (e *encoder) text(s string) {
	e.uvarint(uint64(len(s)))
	e.buf = append(e.buf, s...)
}

func (e *encoder) key(k paxos.Key) { e.text(string(k)) }

// slot writes the number of a slot.
func (e *encoder) slot(s int) { e.within(s, paxos.Slots-1) }

// slotEnd writes the number that follows the last slot of a range.
func (e *encoder) slotEnd(s int) { e.within(s, paxos.Slots) }

func (e *encoder) within(v, top int) {
	if v < 0 || v > top {
		e.fail(ErrMalformed, "%d is not within 0 to %d", v, top)
	}
	e.uvarint(uint64(v))
}

// id writes an identity: its number, and after a new number what it stands for.
func (e *encoder) id(n paxos.NodeID) {
	if n.IsZero() {
		e.byte(0)
		return
	}
	number, isNew := e.ids.number(n)
	e.uvarint(number)
	if !isNew {
		return
	}
	if len(n.Name) > MaxName {
		e.fail(ErrTooLarge, "a node name of %d bytes", len(n.Name))
	}
	e.text(n.Name)
	e.uvarint(n.Incarnation)
}
