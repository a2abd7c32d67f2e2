package term

import (
	"bytes"
	"slices"
)

// Key returns the canonical form of a Go value: bytes.Equal(Key(a), Key(b)) holds
// exactly when OTP 27 says that the terms a =:= b. The bytes are an external term
// themselves, so that Decode(Key(v)) is the term again.
func Key(v any) ([]byte, error) {
	if raw, ok := v.(Raw); ok {
		b, err := KeyOfETF(raw)
		if err != nil {
			return nil, refuseCause(v, err)
		}
		return b, nil
	}
	e := newEncoder(true)
	if err := e.value(v, 0); err != nil {
		return nil, err
	}
	return e.b, nil
}

// KeyOfETF is Key of the term that b encodes, from the version byte 131 on.
func KeyOfETF(b []byte) ([]byte, error) {
	if isPlain(b) {
		return bytes.Clone(b), nil
	}
	t, err := body(b)
	if err != nil {
		return nil, err
	}
	return canonize(t)
}

// canonize returns the canonical form of a term without its version byte.
func canonize(b []byte) ([]byte, error) {
	c := getCanon(b)
	defer putCanon(c)
	c.dst = append(slices.Grow(c.dst, 1+len(b)), tagVersion)
	if err := c.whole(0); err != nil {
		return nil, err
	}
	return bytes.Clone(c.dst), nil
}

// Valid says whether b is one whole term that Decode would take: its lengths, its
// depth, its numbers and names, and that no map holds a key twice. It keeps nothing
// and, but for compressed terms and large keys of maps, allocates nothing.
func Valid(b []byte) error {
	if isPlain(b) {
		return nil
	}
	t, err := body(b)
	if err != nil {
		return err
	}
	return validBody(t, 0)
}

// validBody is Valid of a term without its version byte, inside depth containers.
func validBody(b []byte, depth int) error {
	c := getCanon(b)
	defer putCanon(c)
	c.discard = true
	return c.whole(depth)
}
