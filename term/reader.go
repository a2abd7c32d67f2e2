package term

import "encoding/binary"

// reader takes bytes from the front of b. Every method checks what is left first,
// so that no length in the bytes can lead outside them or make us allocate.
//
// Invariant: budget is at least the number of elements that are still promised by
// the container headers read so far. Each element takes a byte at least, so that
// the elements of all containers together can never be more than the bytes.
type reader struct {
	b      []byte
	budget int
}

func newReader(b []byte) reader { return reader{b: b, budget: len(b)} }

// take returns the next n bytes.
func (r *reader) take(n int) ([]byte, error) {
	if n < 0 || n > len(r.b) {
		return nil, badETF(nil, "%d bytes wanted, %d left", n, len(r.b))
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out, nil
}

func (r *reader) u8() (int, error) {
	if len(r.b) < 1 {
		return 0, badETF(nil, "ends early")
	}
	v := r.b[0]
	r.b = r.b[1:]
	return int(v), nil
}

func (r *reader) u16() (int, error) {
	b, err := r.take(2)
	if err != nil {
		return 0, err
	}
	return int(binary.BigEndian.Uint16(b)), nil
}

func (r *reader) u32() (uint32, error) {
	b, err := r.take(4)
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint32(b), nil
}

func (r *reader) u64() (uint64, error) {
	b, err := r.take(8)
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint64(b), nil
}

// size reads a length of four bytes and checks that as many bytes are left.
func (r *reader) size() (int, error) {
	n, err := r.u32()
	if err != nil {
		return 0, err
	}
	if uint64(n) > uint64(len(r.b)) {
		return 0, badETF(nil, "length %d, %d bytes left", n, len(r.b))
	}
	return int(n), nil
}

// promise takes n elements, which a container header announces, from the budget.
func (r *reader) promise(n int) error {
	if n > len(r.b) || n > r.budget {
		return badETF(nil, "%d elements announced, %d bytes left", n, len(r.b))
	}
	r.budget -= n
	return nil
}

// count reads the number of elements of a container; each is perElement terms.
func (r *reader) count(perElement int) (int, error) {
	n, err := r.u32()
	if err != nil {
		return 0, err
	}
	total := uint64(n) * uint64(perElement)
	if total > uint64(len(r.b)) {
		return 0, badETF(nil, "%d elements announced, %d bytes left", n, len(r.b))
	}
	return int(n), r.promise(int(total))
}

// peek returns the next tag without taking it, or 0 at the end.
func (r *reader) peek() byte {
	if len(r.b) == 0 {
		return 0
	}
	return r.b[0]
}
