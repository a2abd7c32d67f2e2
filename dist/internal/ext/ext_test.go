package ext_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/paxoskv/paxoskv/dist/internal/ext"
	"github.com/paxoskv/paxoskv/term"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"
)

var (
	pid   = etf.Pid{Node: "a@b", ID: 7<<32 | 9, Creation: 1 << 31}
	ref3  = etf.Ref{Node: "a@b", Creation: 3, ID: [5]uint32{0xfffffff1, 2, 3}}
	ref5  = etf.Ref{Node: "a@b", Creation: 3, ID: [5]uint32{1, 2, 3, 0x503, 0}}
	terms = []any{
		0, -1, 1 << 40, 1.5, "text", []byte("bin"), etf.Atom("é"), pid, ref3, ref5, true,
		etf.Tuple{1, etf.Tuple{}}, etf.List{1, etf.List{}}, etf.ListImproper{1, 2},
		term.Map{{Key: []byte("k"), Value: etf.Atom("v")}}, term.Bitstring{Bytes: []byte{0xe0}, Bits: 3},
		etf.Export{Module: "m", Function: "f", Arity: 2}, term.Port{Node: "a@b", ID: 1 << 40, Creation: 1},
		term.Fun{Module: "m", Arity: 1, Pid: pid, Free: []any{1, etf.Atom("x")}},
	}
)

func TestSkipStepsOverEveryKind(t *testing.T) {
	for _, v := range terms {
		b, err := term.Encode(v)
		require.NoError(t, err)
		require.NoError(t, ext.One(b), "%#v", v)
		rest, err := ext.Skip(append(b[1:], 1, 2, 3))
		require.NoError(t, err)
		require.Equal(t, []byte{1, 2, 3}, rest, "%#v", v)
		for i := range b {
			require.Error(t, ext.One(b[:i]), "%#v cut at %d", v, i)
		}
	}
}

func TestSkipKnowsTheOldForms(t *testing.T) {
	for name, b := range map[string]string{
		"old pid":       "gd\x00\x01a\x00\x00\x00\x01\x00\x00\x00\x02\x03",
		"old port":      "fd\x00\x01a\x00\x00\x00\x01\x03",
		"old reference": "ed\x00\x01a\x00\x00\x00\x01\x03",
		"new reference": "r\x00\x01d\x00\x01a\x03\x00\x00\x00\x01",
		"text float":    "c1.00000000000000000000e+00\x00\x00\x00\x00\x00",
		"latin atom":    "s\x01\xe9",
	} {
		rest, err := ext.Skip([]byte(b))
		require.NoError(t, err, name)
		require.Empty(t, rest, name)
	}
}

func TestSkipNeedsNoMemoryForDepth(t *testing.T) {
	deep := append(bytes.Repeat([]byte{108, 0, 0, 0, 1}, 1<<20), bytes.Repeat([]byte{106}, 1<<20+1)...)
	require.Zero(t, testing.AllocsPerRun(1, func() {
		if _, err := ext.Skip(deep); err != nil {
			t.Fatal(err)
		}
	}))
}

func TestReadWhatWasAppended(t *testing.T) {
	var b []byte
	numbers := []uint64{0, 255, 256, math.MaxInt32, math.MaxInt32 + 1, math.MaxUint64}
	atoms := []etf.Atom{"", "a", etf.Atom(strings.Repeat("€", 255))}
	for _, n := range numbers {
		b = ext.AppendUint(b, n)
	}
	for _, a := range atoms {
		b, _ = ext.AppendAtom(b, a)
	}
	b, _ = ext.AppendPid(b, pid)
	b, _ = ext.AppendRef(b, ref3)
	b, _ = ext.AppendRef(b, ref5)
	b, _ = ext.AppendAliasTag(b, ref3)
	b = ext.AppendBinary(ext.AppendTuple(b, 300), []byte("x"))
	for _, intern := range []*ext.Intern{nil, {}} {
		r := ext.Reader{B: b, Intern: intern}
		for _, n := range numbers {
			require.Equal(t, n, r.Uint())
		}
		for _, a := range atoms {
			require.Equal(t, a, r.Atom())
		}
		require.Equal(t, pid, r.Pid())
		require.Equal(t, ref3, r.Ref())
		require.Equal(t, ref5, r.Ref())
		alias, ok := r.AliasTag()
		require.True(t, ok)
		require.Equal(t, ref3, alias)
		require.Equal(t, 300, r.Tuple())
		require.Equal(t, []byte("x"), r.Binary())
		require.NoError(t, r.Err)
		require.Empty(t, r.B)
	}
}

func TestReaderKeepsItsFirstError(t *testing.T) {
	r := ext.Reader{B: []byte{97}}
	require.Zero(t, r.Uint())
	require.ErrorIs(t, r.Err, ext.ErrMalformed)
	require.Zero(t, r.Pid())
	require.Empty(t, r.Atom())
	require.Nil(t, r.Skip())
}

func TestAtomsThatAreNone(t *testing.T) {
	for _, a := range []string{strings.Repeat("a", 256), "\xff"} {
		_, err := ext.AppendAtom(nil, etf.Atom(a))
		require.ErrorIs(t, err, ext.ErrAtom)
	}
}

func TestReasonsComeBack(t *testing.T) {
	for _, reason := range []string{"normal", "", strings.Repeat("long ", 100)} {
		require.Equal(t, reason, ext.Reason(ext.AppendReason(nil, reason)))
	}
}

func TestFormat(t *testing.T) {
	for want, v := range map[string]any{
		"shutdown":          etf.Atom("shutdown"),
		"{shutdown,[1,-2]}": etf.Tuple{etf.Atom("shutdown"), etf.List{1, -2}},
		"{a,<<\"b\">>,1.5}": etf.Tuple{etf.Atom("a"), []byte("b"), 1.5},
		"[1|2]":             etf.ListImproper{1, 2},
		"[]":                etf.List{},
		"<<1 bytes>>":       []byte{0xff},
		"\"text\"":          "text",
		"<a@b.9.7>":         pid,
		"{...}":             etf.Tuple{ref3},
	} {
		b, err := term.Encode(v)
		require.NoError(t, err)
		require.Equal(t, want, ext.Format(b[1:]))
	}
	huge, err := term.Encode(etf.Tuple{strings.Repeat("x", 5000), strings.Repeat("y", 5000)})
	require.NoError(t, err)
	require.Less(t, len(ext.Format(huge[1:])), 1100)
	deep := append(bytes.Repeat([]byte{104, 1}, 1<<20), 106)
	require.Less(t, len(ext.Format(deep)), 100)
}

func TestInternIsBounded(t *testing.T) {
	var in ext.Intern
	for i := range 10000 {
		name := []byte{byte(i), byte(i >> 8), 'x'}
		require.Equal(t, etf.Atom(name), in.Atom(name))
	}
	require.Zero(t, testing.AllocsPerRun(100, func() { in.Atom([]byte{0, 0, 'x'}) }))
}

// FuzzSkip compares with the codec that decodes: what that takes for a term must
// be stepped over, and the rest of the functions must survive anything.
func FuzzSkip(f *testing.F) {
	for _, v := range terms {
		b, err := term.Encode(v)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Add([]byte{131, 105, 255, 255, 255, 255})
	f.Add([]byte{131, 112, 0, 0, 0, 9})
	f.Fuzz(func(t *testing.T, b []byte) {
		one := ext.One(b)
		if _, err := term.Decode(b); err == nil && len(b) > 1 && b[1] != 80 {
			require.NoError(t, one)
		}
		if len(b) > 0 {
			ext.Format(b[1:])
			ext.Reason(b[1:])
		}
		for _, read := range []func(*ext.Reader){
			func(r *ext.Reader) { r.Atom() }, func(r *ext.Reader) { r.Pid() }, func(r *ext.Reader) { r.Ref() },
			func(r *ext.Reader) { r.Uint() }, func(r *ext.Reader) { r.Tuple() }, func(r *ext.Reader) { r.Binary() },
			func(r *ext.Reader) { r.AliasTag() }, func(r *ext.Reader) { r.Skip() },
		} {
			r := ext.Reader{B: b}
			read(&r)
		}
	})
}
