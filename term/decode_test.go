package term

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"math"
	"math/big"
	"runtime"
	"strings"
	"testing"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"
)

// compress builds a compressed term; size is what it announces.
func compress(t testing.TB, body []byte, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	b.Write([]byte{tagVersion, tagCompressed})
	b.Write(binary.BigEndian.AppendUint32(nil, uint32(size)))
	z := zlib.NewWriter(&b)
	_, err := z.Write(body)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

func floatText31(s string) []byte {
	return append([]byte(s), make([]byte, 31-len(s))...)
}

// term31 joins the parts of a term after the version byte.
func etfBytes(parts ...any) []byte {
	b := []byte{tagVersion}
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			b = append(b, byte(p))
		case string:
			b = append(b, p...)
		case []byte:
			b = append(b, p...)
		}
	}
	return b
}

const atomAB = "\x77\x03a@b"

// Every tag, in every form that a reader may meet, and the Go value of it.
func TestDecodeTags(t *testing.T) {
	pid := etf.Pid{Node: "a@b", ID: 2<<32 | 1, Creation: 3}
	ref := etf.Ref{Node: "a@b", ID: [5]uint32{1, 2, 3}, Creation: 3}
	for _, c := range []struct {
		name string
		b    []byte
		want any
	}{
		{"SMALL_INTEGER", etfBytes(97, 255), 255},
		{"INTEGER", etfBytes(98, 0, 0, 1, 0), int64(256)},
		{"INTEGER that is small", etfBytes(98, 0, 0, 0, 5), 5},
		{"INTEGER below zero", etfBytes(98, 255, 255, 255, 255), int64(-1)},
		{"SMALL_BIG", etfBytes(110, 8, 1, 0, 0, 0, 0, 0, 0, 0, 128), int64(math.MinInt64)},
		{"SMALL_BIG below int64", etfBytes(110, 8, 1, 1, 0, 0, 0, 0, 0, 0, 128), bigInt("-9223372036854775809")},
		{"SMALL_BIG of 64 bits", etfBytes(110, 8, 0, 0, 0, 0, 0, 0, 0, 0, 128), uint64(1 << 63)},
		{"SMALL_BIG that is small", etfBytes(110, 4, 0, 5, 0, 0, 0), 5},
		{"SMALL_BIG of no bytes", etfBytes(110, 0, 1), 0},
		{"SMALL_BIG, odd sign", etfBytes(110, 1, 2, 5), int64(-5)},
		{"LARGE_BIG that is small", etfBytes(111, 0, 0, 0, 2, 0, 5, 0), 5},
		{"LARGE_BIG", etfBytes(111, 0, 0, 1, 0, 0, make([]byte, 255), 1), new(big.Int).Lsh(big.NewInt(1), 255*8)},
		{"NEW_FLOAT", etfBytes(70, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0), 1.5},
		{"FLOAT", etfBytes(99, floatText31("1.50000000000000000000e+00")), 1.5},
		{"FLOAT, negative zero", etfBytes(99, floatText31("-0.0e+0")), math.Copysign(0, -1)},
		{"ATOM", etfBytes(100, 0, 1, 0xe5), etf.Atom("å")},
		{"ATOM that is true", etfBytes(100, 0, 4, "true"), true},
		{"SMALL_ATOM", etfBytes(115, 1, 0xe5), etf.Atom("å")},
		{"ATOM_UTF8", etfBytes(118, 0, 2, "å"), etf.Atom("å")},
		{"ATOM_UTF8, long", etfBytes(118, 1, 254, strings.Repeat("å", 255)), etf.Atom(strings.Repeat("å", 255))},
		{"SMALL_ATOM_UTF8", etfBytes(119, 5, "false"), false},
		{"SMALL_TUPLE", etfBytes(104, 2, 97, 1, 104, 0), etf.Tuple{1, etf.Tuple{}}},
		{"LARGE_TUPLE", etfBytes(105, 0, 0, 0, 1, 97, 1), etf.Tuple{1}},
		{"LARGE_TUPLE that is large", etfBytes(105, 0, 0, 1, 0, bytes.Repeat([]byte{106}, 256)), largeTuple(256)},
		{"MAP", etfBytes(116, 0, 0, 0, 2, 97, 2, 106, 97, 1, 106), Map{{1, etf.List{}}, {2, etf.List{}}}},
		{"MAP, 1 and 1.0", etfBytes(116, 0, 0, 0, 2, 70, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 106, 97, 1, 106), Map{{1.0, etf.List{}}, {1, etf.List{}}}},
		{"NIL", etfBytes(106), etf.List{}},
		{"STRING", etfBytes(107, 0, 2, "ab"), "ab"},
		{"STRING of nothing", etfBytes(107, 0, 0), etf.List{}},
		{"LIST", etfBytes(108, 0, 0, 0, 1, 106, 106), etf.List{etf.List{}}},
		{"LIST of bytes", etfBytes(108, 0, 0, 0, 2, 97, 97, 98, 0, 0, 0, 98, 106), "ab"},
		{"LIST, improper", etfBytes(108, 0, 0, 0, 1, 97, 1, 97, 2), etf.ListImproper{1, 2}},
		{"LIST, string as tail", etfBytes(108, 0, 0, 0, 1, 97, 97, 107, 0, 1, "b"), "ab"},
		{"LIST, list as tail", etfBytes(108, 0, 0, 0, 1, 106, 108, 0, 0, 0, 1, 106, 106), etf.List{etf.List{}, etf.List{}}},
		{"LIST, nothing and a tail", etfBytes(108, 0, 0, 0, 0, 97, 5), 5},
		{"LIST, nothing and a string", etfBytes(108, 0, 0, 0, 0, 107, 0, 1, "b"), "b"},
		{"LIST of nothing", etfBytes(108, 0, 0, 0, 0, 106), etf.List{}},
		{"BINARY", etfBytes(109, 0, 0, 0, 2, "ab"), []byte("ab")},
		{"BINARY of nothing", etfBytes(109, 0, 0, 0, 0), []byte{}},
		{"BIT_BINARY", etfBytes(77, 0, 0, 0, 1, 3, 0xbf), Bitstring{[]byte{0xa0}, 3}},
		{"BIT_BINARY of bytes", etfBytes(77, 0, 0, 0, 1, 8, 5), []byte{5}},
		{"BIT_BINARY of nothing", etfBytes(77, 0, 0, 0, 0, 0), []byte{}},
		{"NEW_PID", etfBytes(88, atomAB, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3), pid},
		{"PID", etfBytes(103, atomAB, 0, 0, 0, 1, 0, 0, 0, 2, 3), pid},
		{"PORT", etfBytes(102, atomAB, 0, 0, 0, 1, 3), Port{"a@b", 1, 3}},
		{"NEW_PORT", etfBytes(89, atomAB, 0, 0, 0, 1, 0, 0, 0, 3), Port{"a@b", 1, 3}},
		{"V4_PORT", etfBytes(120, atomAB, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3), Port{"a@b", 1 << 32, 3}},
		{"REFERENCE", etfBytes(101, atomAB, 0, 0, 0, 1, 3), etf.Ref{Node: "a@b", ID: [5]uint32{1}, Creation: 3}},
		{"NEW_REFERENCE", etfBytes(114, 0, 3, atomAB, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3), ref},
		{"NEWER_REFERENCE", etfBytes(90, 0, 3, atomAB, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3), ref},
		{"NEWER_REFERENCE with zeros", etfBytes(90, 0, 4, atomAB, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0), ref},
		{"EXPORT", etfBytes(113, atomAB, atomAB, 97, 2), Export{Module: "a@b", Function: "a@b", Arity: 2}},
		{"NEW_FUN", etfBytes(112, 0, 0, 0, 0, 2, make([]byte, 16), 0, 0, 0, 7, 0, 0, 0, 1, atomAB, 97, 1, 98, 255, 255, 255, 255,
			88, atomAB, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 97, 9),
			Fun{Module: "a@b", Arity: 2, Index: 7, OldIndex: 1, OldUniq: -1, Pid: pid, Free: []any{9}}},
		{"compressed", compress(t, []byte{97, 5}, 2), 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, Valid(c.b))
			got, err := Decode(c.b)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			again, err := Encode(got)
			require.NoError(t, err)
			back, err := Decode(again)
			require.NoError(t, err)
			require.Equal(t, c.want, back)
			want, err := KeyOfETF(c.b)
			require.NoError(t, err)
			key, err := Key(got)
			require.NoError(t, err)
			require.Equal(t, want, key)
			for n := range c.b {
				requireBadETF(t, c.b[:n], nil)
			}
			requireBadETF(t, append(bytes.Clone(c.b), 106), nil)
		})
	}
}

func bigInt(s string) *big.Int {
	z, _ := new(big.Int).SetString(s, 10)
	return z
}

func largeTuple(n int) etf.Tuple {
	t := make(etf.Tuple, n)
	for i := range t {
		t[i] = etf.List{}
	}
	return t
}

// requireBadETF demands that all readers refuse b, with cause too if there is one.
func requireBadETF(t *testing.T, b []byte, cause error) {
	t.Helper()
	_, errDecode := Decode(b)
	_, errKey := KeyOfETF(b)
	for _, err := range []error{errDecode, errKey, Valid(b)} {
		require.ErrorIs(t, err, ErrBadETF)
		if cause != nil {
			require.ErrorIs(t, err, cause)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		b     []byte
		cause error
	}{
		{"nothing", nil, nil},
		{"another version", []byte{130, 97, 1}, nil},
		{"unknown tag", etfBytes(1), nil},
		{"removed fun", etfBytes(117, 0, 0, 0, 0), nil},
		{"LOCAL_EXT", etfBytes(121, 0, 0, 0, 0), ErrLocalExt},
		{"LOCAL_EXT inside", etfBytes(104, 1, 121), ErrLocalExt},
		{"atom cache", etfBytes(104, 1, 82, 0), ErrAtomCache},
		{"distribution header", etfBytes(68, 0), ErrAtomCache},
		{"same key", etfBytes(116, 0, 0, 0, 2, 97, 1, 106, 98, 0, 0, 0, 1, 106), ErrDuplicateKey},
		{"same key in a key", etfBytes(116, 0, 0, 0, 1, 116, 0, 0, 0, 2, 106, 106, 107, 0, 0, 106, 106), ErrDuplicateKey},
		{"same key in a value", etfBytes(116, 0, 0, 0, 1, 106, 116, 0, 0, 0, 2, 106, 106, 106, 106), ErrDuplicateKey},
		{"NaN", etfBytes(70, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0), nil},
		{"infinity", etfBytes(70, 0xff, 0xf0, 0, 0, 0, 0, 0, 0), nil},
		{"float text of Go only", etfBytes(99, floatText31("0x1.0p3")), nil},
		{"float text with no point", etfBytes(99, floatText31("1e5")), nil},
		{"float text with two signs", etfBytes(99, floatText31("+-1.5")), nil},
		{"float text too large", etfBytes(99, floatText31("1.0e400")), nil},
		{"float text infinity", etfBytes(99, floatText31("inf")), nil},
		{"atom not UTF-8", etfBytes(119, 1, 0xe5), nil},
		{"atom with a surrogate", etfBytes(119, 3, 0xed, 0xa0, 0x80), nil},
		{"atom too long", etfBytes(118, 1, 0, strings.Repeat("a", 256)), nil},
		{"atom too long in Latin-1", etfBytes(100, 1, 0, strings.Repeat("a", 256)), nil},
		{"bits in nothing", etfBytes(77, 0, 0, 0, 0, 3), nil},
		{"no bits in something", etfBytes(77, 0, 0, 0, 1, 0, 5), nil},
		{"nine bits", etfBytes(77, 0, 0, 0, 1, 9, 5), nil},
		{"creation of one byte", etfBytes(103, atomAB, 0, 0, 0, 1, 0, 0, 0, 2, 4), nil},
		{"node that is no atom", etfBytes(88, 97, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3), nil},
		{"six words", etfBytes(90, 0, 6, atomAB, make([]byte, 28)), nil},
		{"no words", etfBytes(90, 0, 0, atomAB, make([]byte, 4)), nil},
		{"first word of an old reference", etfBytes(101, atomAB, 0, 4, 0, 0, 3), nil},
		{"arity", etfBytes(113, atomAB, atomAB, 98, 255, 255, 255, 255), nil},
		{"arity that is no integer", etfBytes(113, atomAB, atomAB, 106), nil},
		{"compressed twice", compress(t, compress(t, []byte{97, 5}, 2)[1:], 16), nil},
		{"compressed, too short", compress(t, []byte{97, 5}, 3), nil},
		{"compressed, too long", compress(t, []byte{97, 5}, 1), nil},
		{"compressed, two terms", compress(t, []byte{97, 5, 97, 5}, 4), nil},
		{"compressed, wrong checksum", append(compress(t, []byte{97, 5}, 2)[:13], 0, 0, 0, 0), nil},
		{"compressed, no stream", etfBytes(80, 0, 0, 0, 2, 1, 2, 3), nil},
		{"compressed, too large", compress(t, nil, MaxInflated+1), ErrTooLarge},
		{"too deep", etfBytes(bytes.Repeat([]byte{104, 1}, MaxDepth+1), 106), ErrTooDeep},
	} {
		t.Run(c.name, func(t *testing.T) { requireBadETF(t, c.b, c.cause) })
	}
}

// A value at the limit of depth passes through everything, one below it nothing.
func TestDepth(t *testing.T) {
	var v any = etf.Atom("x")
	for i := range MaxDepth {
		switch i % 3 {
		case 0:
			v = etf.Tuple{v}
		case 1:
			v = etf.List{v}
		case 2:
			v = Map{{v, 1}}
		}
	}
	b, err := Encode(v)
	require.NoError(t, err)
	d, err := Decode(b)
	require.NoError(t, err)
	require.Equal(t, v, d)
	p, err := Parse(Format(v))
	require.NoError(t, err)
	require.Equal(t, v, p)

	_, err = Encode(etf.Tuple{v})
	require.ErrorIs(t, err, ErrTooDeep)
	_, err = Encode(etf.Tuple{Raw(b)})
	require.ErrorIs(t, err, ErrTooDeep)
	_, err = Parse("{" + Format(v) + "}")
	require.ErrorIs(t, err, ErrSyntax)
	_, err = Parse(strings.Repeat("[", 1<<20))
	require.ErrorIs(t, err, ErrSyntax)
	_, err = Parse("<<" + strings.Repeat("(", 1<<20))
	require.ErrorIs(t, err, ErrSyntax)
	_, err = Parse(strings.Repeat("<<", 1<<20))
	require.ErrorIs(t, err, ErrSyntax)
}

// Bytes that announce much and hold little cost little memory.
func TestNoLengthIsBelieved(t *testing.T) {
	huge := []byte{0xff, 0xff, 0xff, 0xff}
	lists := bytes.Repeat([]byte{108, 0, 0, 8, 0}, 1000)
	for _, b := range [][]byte{
		etfBytes(105, huge), etfBytes(108, huge), etfBytes(116, huge), etfBytes(109, huge), etfBytes(77, huge),
		etfBytes(111, huge), etfBytes(107, 255, 255), etfBytes(80, 0, 255, 255, 255, compress(t, nil, 0)[6:]),
		etfBytes(112, huge, make([]byte, 21), huge), etfBytes(lists), etfBytes(bytes.Repeat([]byte{116, 0, 0, 4, 0}, 1000)),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		requireBadETF(t, b, nil)
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
	}
}

// A compressed term that grows a thousandfold is read up to the limit, not beyond.
func TestInflateLimit(t *testing.T) {
	n := 1 << 20
	body := append(binary.BigEndian.AppendUint32([]byte{tagBinary}, uint32(n)), make([]byte, n)...)
	v, err := Decode(compress(t, body, len(body)))
	require.NoError(t, err)
	require.Len(t, v, n)
}
