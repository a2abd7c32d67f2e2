package term

import (
	"math"
	"math/big"
	"unicode/utf8"

	"github.com/ergo-services/ergo/etf"
)

// Encode returns the external form of a Go value, from the version byte 131 on. The
// package comment says what each Go type becomes. Maps are written in the order of
// the canonical forms of their keys, so that Go's random order never shows. A Raw at
// the top is checked and returned byte for byte, in a copy.
func Encode(v any) ([]byte, error) {
	if raw, ok := v.(Raw); ok {
		if err := Valid(raw); err != nil {
			return nil, refuseCause(v, err)
		}
		return append([]byte(nil), raw...), nil
	}
	e := newEncoder(false)
	if err := e.value(v, 0); err != nil {
		return nil, err
	}
	return e.b, nil
}

// encoder appends the external form of Go values to b. The two forms that it can
// write differ only in closures, in terms that come encoded, and in lists that are
// the tail of another.
//
// Invariant: when canon is set, or while plain holds, b is in canonical form.
type encoder struct {
	b     []byte
	canon bool // Write the canonical form, as Key needs it.
	plain bool // Nothing was written yet that the canonical form has otherwise.
}

// newEncoder starts with the version byte.
func newEncoder(canon bool) encoder {
	return encoder{b: append(make([]byte, 0, 64), tagVersion), canon: canon, plain: true}
}

// value appends one term that lies inside depth containers.
func (e *encoder) value(v any, depth int) error {
	switch t := v.(type) {
	case nil:
		e.b = append(e.b, tagNil)
	case bool:
		e.boolean(t)
	case string:
		return e.str(t)
	case []byte:
		return e.binary(t)
	case etf.Atom:
		return e.atom(t, v)
	case etf.Tuple:
		return e.tuple(t, depth)
	case etf.List:
		return e.list(t, depth)
	case etf.ListImproper:
		return e.improper(t, depth)
	case etf.Map:
		return e.etfMap(t, depth)
	case Map:
		return e.pairs(t, depth)
	case Raw:
		return e.raw(t, depth)
	case etf.String:
		return e.binary([]byte(t))
	case etf.Charlist:
		return e.charlist(t)
	case float64:
		return e.float(t, v)
	case float32:
		return e.float(float64(t), v)
	default:
		if e.integer(v) {
			return nil
		}
		return e.special(v, depth)
	}
	return nil
}

// integer appends v if it is of one of Go's integer types, and says whether it was.
func (e *encoder) integer(v any) bool {
	switch t := v.(type) {
	case int:
		e.b = appendInt(e.b, int64(t))
	case int8:
		e.b = appendInt(e.b, int64(t))
	case int16:
		e.b = appendInt(e.b, int64(t))
	case int32:
		e.b = appendInt(e.b, int64(t))
	case int64:
		e.b = appendInt(e.b, t)
	case uint:
		e.b = appendUint(e.b, uint64(t))
	case uint8:
		e.b = appendUint(e.b, uint64(t))
	case uint16:
		e.b = appendUint(e.b, uint64(t))
	case uint32:
		e.b = appendUint(e.b, uint64(t))
	case uint64:
		e.b = appendUint(e.b, t)
	case big.Int:
		e.b = appendBig(e.b, &t)
	default:
		return false
	}
	return true
}

// special appends the less common types, and leaves all others to reflection.
func (e *encoder) special(v any, depth int) error {
	switch t := v.(type) {
	case *big.Int:
		if t == nil {
			e.b = append(e.b, tagNil)
			return nil
		}
		e.b = appendBig(e.b, t)
	case etf.Pid:
		return e.identifier(t.Node, v, func() { e.b = appendPid(e.b, t) })
	case etf.Ref:
		return e.identifier(t.Node, v, func() { e.b = appendRef(e.b, t) })
	case etf.Alias:
		return e.identifier(t.Node, v, func() { e.b = appendRef(e.b, etf.Ref(t)) })
	case Port:
		return e.identifier(t.Node, v, func() { e.b = appendPort(e.b, t) })
	case etf.Port:
		p := Port{Node: t.Node, ID: uint64(t.ID), Creation: t.Creation}
		return e.identifier(t.Node, v, func() { e.b = appendPort(e.b, p) })
	case Bitstring:
		return e.bitstring(t)
	case Export:
		return e.export(t)
	case Fun:
		return e.fun(t, depth)
	case etf.Function:
		return e.fun(funOf(t), depth)
	default:
		return e.reflected(v, depth)
	}
	return nil
}

// boolean appends the atom true or false.
func (e *encoder) boolean(b bool) {
	name := "false"
	if b {
		name = "true"
	}
	e.b = appendAtom(e.b, name)
}

// atom appends a name; v is what an error names.
func (e *encoder) atom(name etf.Atom, v any) error {
	if why := atomFault(string(name)); why != "" {
		return refuse(v, why)
	}
	e.b = appendAtom(e.b, name)
	return nil
}

// identifier checks the node name of a pid, reference or port before it is appended.
func (e *encoder) identifier(node etf.Atom, v any, appendIt func()) error {
	if why := atomFault(string(node)); why != "" {
		return within(refuse(v, why), ".Node")
	}
	appendIt()
	return nil
}

func (e *encoder) str(s string) error {
	if uint64(len(s)) > math.MaxUint32 {
		return refuse(s, "longer than a list in the external format may be")
	}
	e.b = appendBytesList(e.b, s)
	return nil
}

func (e *encoder) binary(b []byte) error {
	if uint64(len(b)) > math.MaxUint32 {
		return refuse(b, "longer than a binary in the external format may be")
	}
	e.b = appendBinary(e.b, b)
	return nil
}

// charlist appends the list of the code points of a text.
func (e *encoder) charlist(s etf.Charlist) error {
	if !utf8.ValidString(string(s)) {
		return refuse(s, "a text that is not UTF-8 has no code points")
	}
	n := utf8.RuneCountInString(string(s))
	if n == 0 {
		e.b = append(e.b, tagNil)
		return nil
	}
	start, allBytes := len(e.b), true
	e.b = appendListHeader(e.b, n)
	for _, r := range string(s) {
		allBytes = allBytes && r <= math.MaxUint8
		e.b = appendInt(e.b, int64(r))
	}
	e.endList(start, n, allBytes)
	return nil
}

func (e *encoder) float(f float64, v any) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return refuse(v, "Erlang floats are finite")
	}
	e.b = appendFloat(e.b, f)
	return nil
}

func (e *encoder) bitstring(s Bitstring) error {
	if s.Bits < 1 || s.Bits > 7 || len(s.Bytes) == 0 {
		return refuse(s, "a bitstring has 1 to 7 bits in its last byte")
	}
	if s.Bytes[len(s.Bytes)-1]<<s.Bits != 0 {
		return refuse(s, "the bits that do not count must be 0")
	}
	if uint64(len(s.Bytes)) > math.MaxUint32 {
		return refuse(s, "longer than a bitstring in the external format may be")
	}
	e.b = appendBits(e.b, s.Bytes, s.Bits)
	return nil
}
