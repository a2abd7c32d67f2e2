package term

import (
	"math"
	"math/big"
	"slices"

	"github.com/ergo-services/ergo/etf"
)

// Decode returns the Go value of an external term, from the version byte 131 on.
// The package comment says which Go type each term becomes; equal terms become
// equal values, in whatever way they were encoded. Nothing of a term is lost: its
// Encode is =:= to it.
func Decode(b []byte) (any, error) {
	if isPlain(b) {
		d := decoder{newReader(b[1:])}
		return d.value()
	}
	t, err := body(b)
	if err != nil {
		return nil, err
	}
	c := getCanon(t)
	defer putCanon(c)
	c.keepPid = true
	c.dst = slices.Grow(c.dst, len(t))
	if err := c.whole(0); err != nil {
		return nil, err
	}
	d := decoder{newReader(c.dst)}
	return d.value()
}

// decoder reads canonical terms only. Everything was checked when they were made
// canonical, depth too, but its reads are checked all the same.
type decoder struct{ reader }

func (d *decoder) value() (any, error) {
	tag, err := d.u8()
	if err != nil {
		return nil, err
	}
	switch tag {
	case tagSmallInt:
		return d.u8()
	case tagInt:
		n, err := d.u32()
		return int64(int32(n)), err
	case tagSmallBig, tagLargeBig:
		return d.big(tag)
	case tagFloat:
		bits, err := d.u64()
		return math.Float64frombits(bits), err
	case tagSmallUTF8, tagAtomUTF8:
		return d.atomOrBool(tag)
	case tagNil:
		return etf.List{}, nil
	case tagString:
		n, err := d.u16()
		if err != nil {
			return nil, err
		}
		s, err := d.take(n)
		return string(s), err
	case tagBinary:
		n, err := d.size()
		if err != nil {
			return nil, err
		}
		b, err := d.take(n)
		return append([]byte{}, b...), err
	case tagBitBinary:
		return d.bitstring()
	}
	return d.compound(tag)
}

func (d *decoder) compound(tag int) (any, error) {
	switch tag {
	case tagSmallTuple:
		n, err := d.u8()
		if err == nil {
			err = d.promise(n)
		}
		if err != nil {
			return nil, err
		}
		return d.tuple(n)
	case tagLargeTuple:
		n, err := d.count(1)
		if err != nil {
			return nil, err
		}
		return d.tuple(n)
	case tagList:
		return d.list()
	case tagMap:
		return d.maps()
	case tagNewPid:
		return d.pid()
	case tagNewerRef:
		return d.ref()
	case tagNewPort, tagV4Port:
		return d.port(tag)
	case tagExport:
		return d.export()
	case tagNewFun:
		return d.fun()
	}
	return nil, badETF(nil, "unknown tag %d", tag)
}

// big returns the smallest of int64, uint64 and *big.Int that holds the number.
func (d *decoder) big(tag int) (any, error) {
	var n int
	var err error
	if tag == tagSmallBig {
		n, err = d.u8()
	} else {
		n, err = d.size()
	}
	if err != nil {
		return nil, err
	}
	b, err := d.take(1 + n)
	if err != nil {
		return nil, err
	}
	sign, be := b[0], slices.Clone(b[1:])
	slices.Reverse(be)
	z := new(big.Int).SetBytes(be)
	if sign != 0 {
		z.Neg(z)
	}
	return smallest(z), nil
}

// smallest returns an integer in the type that Decode uses for its value.
func smallest(z *big.Int) any {
	switch {
	case z.IsInt64() && z.Int64() >= 0 && z.Int64() <= math.MaxUint8:
		return int(z.Int64())
	case z.IsInt64():
		return z.Int64()
	case z.IsUint64():
		return z.Uint64()
	}
	return z
}

func (d *decoder) atomOrBool(tag int) (any, error) {
	a, err := d.atomBody(tag)
	switch {
	case err != nil:
		return nil, err
	case a == "true":
		return true, nil
	case a == "false":
		return false, nil
	}
	return a, nil
}

func (d *decoder) atomBody(tag int) (etf.Atom, error) {
	var n int
	var err error
	if tag == tagSmallUTF8 {
		n, err = d.u8()
	} else {
		n, err = d.u16()
	}
	if err != nil {
		return "", err
	}
	b, err := d.take(n)
	return etf.Atom(b), err
}

// atom reads an atom with its tag: a name inside another term.
func (d *decoder) atom() (etf.Atom, error) {
	tag, err := d.u8()
	if err != nil {
		return "", err
	}
	return d.atomBody(tag)
}

func (d *decoder) bitstring() (any, error) {
	n, err := d.size()
	if err != nil {
		return nil, err
	}
	bits, err := d.u8()
	if err != nil {
		return nil, err
	}
	b, err := d.take(n)
	return Bitstring{Bytes: slices.Clone(b), Bits: bits}, err
}

func (d *decoder) tuple(n int) (any, error) {
	t := make(etf.Tuple, n)
	for i := range t {
		v, err := d.value()
		if err != nil {
			return nil, err
		}
		t[i] = v
	}
	return t, nil
}

// list reads a list that is not a string. One of bytes only, which was too long to
// be written as a string, is a Go string all the same.
func (d *decoder) list() (any, error) {
	n, err := d.count(1)
	if err != nil {
		return nil, err
	}
	l := make(etf.List, n, n+1)
	for i := range l {
		if l[i], err = d.value(); err != nil {
			return nil, err
		}
	}
	if d.peek() != tagNil {
		tail, err := d.value()
		return append(etf.ListImproper(l), tail), err
	}
	d.b = d.b[1:]
	return listValue(l), nil
}

// listValue is a proper list in the type that Decode uses for it.
func listValue(l etf.List) any {
	for _, v := range l {
		if n, ok := v.(int); !ok || n < 0 || n > math.MaxUint8 {
			return l
		}
	}
	if len(l) == 0 {
		return l
	}
	s := make([]byte, len(l))
	for i, v := range l {
		s[i] = byte(v.(int))
	}
	return string(s)
}

func (d *decoder) maps() (any, error) {
	n, err := d.count(2)
	if err != nil {
		return nil, err
	}
	m := make(Map, n)
	for i := range m {
		if m[i].Key, err = d.value(); err != nil {
			return nil, err
		}
		if m[i].Value, err = d.value(); err != nil {
			return nil, err
		}
	}
	return m, nil
}
