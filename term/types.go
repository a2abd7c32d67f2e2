package term

import (
	"bytes"

	"github.com/ergo-services/ergo/etf"
)

// Raw is one whole term that is already encoded, with its version byte 131. Encode
// takes it wherever a value is taken and carries its content unchanged, so that a
// value can pass through without being decoded. Decode never returns it.
type Raw []byte

// Map is an Erlang map: pairs of any terms, in no order that means anything. Decode
// and Parse return this type for every map, because keys such as binaries, lists or
// maps cannot be the keys of a Go map. Two keys of one Map are never =:= equal.
type Map []Pair

// Pair is one association of a Map.
type Pair struct {
	Key, Value any
}

// Get returns the value whose key is =:= equal to key. It compares canonical forms
// one by one and costs time proportional to the size of the map.
func (m Map) Get(key any) (any, bool) {
	want, err := Key(key)
	if err != nil {
		return nil, false
	}
	for _, p := range m {
		if got, err := Key(p.Key); err == nil && bytes.Equal(got, want) {
			return p.Value, true
		}
	}
	return nil, false
}

// Bitstring is a bitstring whose length is not a whole number of bytes. Bits, from
// 1 to 7, says how many bits of the last byte count, from the top; the others are 0.
type Bitstring struct {
	Bytes []byte
	Bits  int
}

// Export is `fun Module:Function/Arity`.
type Export = etf.Export

// Port is a port identifier. etf.Port is accepted too, but holds only 32 bits of
// the 64 that OTP 24 and later use.
type Port struct {
	Node     etf.Atom
	ID       uint64
	Creation uint32
}

// Fun is a closure made by an Erlang node. It cannot be called here: it is kept so
// that it can be carried and compared. As in OTP 26 and later two closures are the
// same when everything but Pid, the process that made them, is the same.
type Fun struct {
	Module   etf.Atom
	Arity    uint8
	Index    uint32
	Uniq     [16]byte
	OldIndex int64
	OldUniq  int64
	Pid      etf.Pid
	Free     []any
}
