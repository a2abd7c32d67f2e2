package wire

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/paxoskv/paxoskv/paxos"
)

// reader walks over a frame. The first error sticks, and from then on every
// read gives a zero and every list is empty, so that the functions that read a
// message need no checks of their own and end soon.
type reader struct {
	buf []byte
	pos int
	err error
}

func (r *reader) fail(sentinel error, format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: "+format+" at byte %d", append(append([]any{sentinel}, args...), r.pos)...)
	}
	r.pos = len(r.buf)
}

// left is how many bytes remain; none after an error.
func (r *reader) left() int { return len(r.buf) - r.pos }

func (r *reader) byte() byte {
	if r.pos >= len(r.buf) {
		return r.missing()
	}
	b := r.buf[r.pos]
	r.pos++
	return b
}

// missing is apart so that byte is small enough to be inlined.
func (r *reader) missing() byte {
	r.fail(ErrTruncated, "a byte is missing")
	return 0
}

func (r *reader) bool() bool {
	b := r.byte()
	if b > 1 {
		r.fail(ErrMalformed, "the bool %d", b)
	}
	return b == 1
}

func (r *reader) uvarint() uint64 {
	if r.pos < len(r.buf) && r.buf[r.pos] < 0x80 {
		r.pos++
		return uint64(r.buf[r.pos-1])
	}
	return r.longUvarint()
}

func (r *reader) longUvarint() uint64 {
	v, n := binary.Uvarint(r.buf[r.pos:])
	if n <= 0 {
		r.badVarint(n)
		return 0
	}
	r.pos += n
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.buf[r.pos:])
	if n <= 0 {
		r.badVarint(n)
		return 0
	}
	r.pos += n
	return v
}

func (r *reader) badVarint(n int) {
	if n == 0 {
		r.fail(ErrTruncated, "a number is cut")
	} else {
		r.fail(ErrMalformed, "a number of more than 64 bits")
	}
}

// atMost reads a number that must not pass top.
func (r *reader) atMost(top uint64) uint64 {
	v := r.uvarint()
	if v > top {
		r.fail(ErrMalformed, "%d above %d", v, top)
		return 0
	}
	return v
}

func (r *reader) uint32() uint32 { return uint32(r.atMost(math.MaxUint32)) }

func (r *reader) size() int { return int(r.atMost(math.MaxInt)) }

func (r *reader) slot() int { return int(r.atMost(paxos.Slots - 1)) }

func (r *reader) slotEnd() int { return int(r.atMost(paxos.Slots)) }

// count reads how many elements follow, each of least bytes or more: a count
// that the rest of the frame cannot hold is refused before anything is
// allocated for it.
func (r *reader) count(least int) int {
	n := r.uvarint()
	if n > uint64(r.left()/least) {
		r.fail(ErrTruncated, "%d elements announced, %d bytes left", n, r.left())
		return 0
	}
	return int(n)
}

// bytes reads a text without copying it.
func (r *reader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(r.left()) {
		r.fail(ErrTruncated, "a text of %d bytes, %d left", n, r.left())
		return nil
	}
	b := r.buf[r.pos : r.pos+int(n)]
	r.pos += int(n)
	return b
}

func (r *reader) text() string { return string(r.bytes()) }

func (r *reader) key() paxos.Key { return paxos.Key(r.bytes()) }
