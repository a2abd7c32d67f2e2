package dist

import (
	"testing"

	"github.com/paxoskv/paxoskv/dist/internal/ext"
	"github.com/paxoskv/paxoskv/term"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"
)

var (
	somePid = etf.Pid{Node: "p@h", ID: 5, Creation: 6}
	someRef = etf.Ref{Node: "p@h", Creation: 6, ID: [5]uint32{1, 2, 3}}
	longRef = etf.Ref{Node: "p@h", Creation: 6, ID: [5]uint32{1, 2, 3, 4, 0}}
)

func encoded(t testing.TB, v any) []byte {
	t.Helper()
	b, err := term.Encode(v)
	require.NoError(t, err)
	return b
}

// bare is a link without a network.
func bare() *link { return &link{wire: &Wire{}} }

func TestDecodeGivesErgoItsSkeletons(t *testing.T) {
	request := etf.Tuple{etf.Atom("put"), []byte("key"), term.Map{{Key: []byte("k"), Value: etf.ListImproper{1, 2}}}}
	raw := Raw(encoded(t, request))
	alias := etf.ListImproper{etf.Atom("alias"), longRef}
	for name, c := range map[string]struct{ sent, want any }{
		"call":           {etf.Tuple{genCall, etf.Tuple{somePid, someRef}, request}, etf.Tuple{genCall, etf.Tuple{somePid, someRef}, raw}},
		"call by alias":  {etf.Tuple{genCall, etf.Tuple{somePid, alias}, request}, etf.Tuple{genCall, etf.Tuple{somePid, etf.List{etf.Atom("alias"), longRef}}, raw}},
		"cast":           {etf.Tuple{genCast, request}, etf.Tuple{genCast, raw}},
		"reply":          {etf.Tuple{someRef, request}, etf.Tuple{someRef, raw}},
		"binary":         {[]byte("bytes"), []byte("bytes")},
		"call of binary": {etf.Tuple{genCast, []byte("b")}, etf.Tuple{genCast, Raw(encoded(t, []byte("b")))}},
		"anything":       {request, raw},
		"broken call":    {etf.Tuple{genCall, 1, 2}, Raw(encoded(t, etf.Tuple{genCall, 1, 2}))},
		"strange tag":    {etf.Tuple{genCall, etf.Tuple{somePid, 1}, 2}, Raw(encoded(t, etf.Tuple{genCall, etf.Tuple{somePid, 1}, 2}))},
		"three of cast":  {etf.Tuple{genCast, 1, 2}, Raw(encoded(t, etf.Tuple{genCast, 1, 2}))},
		"empty tuple":    {etf.Tuple{}, Raw(encoded(t, etf.Tuple{}))},
	} {
		t.Run(name, func(t *testing.T) {
			for _, owned := range []bool{false, true} {
				b := encoded(t, c.sent)
				got, err := bare().decode(payload{b: b, owned: owned})
				require.NoError(t, err)
				if !owned {
					clear(b) // the reader's buffer is used again
				}
				require.Equal(t, c.want, got)
			}
		})
	}
}

func TestPlainIsTheUsersChoice(t *testing.T) {
	l := bare()
	l.wire.opts.Plain = func(raw Raw) (any, error) { return term.Decode(raw) }
	got, err := l.decode(payload{b: encoded(t, etf.Tuple{etf.Atom("a"), []byte("b")})})
	require.NoError(t, err)
	require.Equal(t, etf.Tuple{etf.Atom("a"), []byte("b")}, got)
	got, err = l.decode(payload{b: encoded(t, etf.Tuple{genCast, 1})})
	require.NoError(t, err)
	require.Equal(t, etf.Tuple{genCast, Raw{131, 97, 1}}, got)
}

// TestAppendAgreesWithTheCodec checks the short ways against package term.
func TestAppendAgreesWithTheCodec(t *testing.T) {
	deep := etf.Tuple{etf.Tuple{etf.Tuple{etf.Tuple{etf.Tuple{1, someRef}}}}}
	for _, v := range []any{
		[]byte("x"), etf.Atom("a"), somePid, someRef, longRef, 1, "text", nil, true, etf.List{}, deep,
		etf.Tuple{genCall, etf.Tuple{somePid, someRef}, etf.Tuple{etf.Atom("get"), []byte("k")}},
		etf.Tuple{etf.ListImproper{etf.Atom("alias"), someRef}, etf.Atom("ok")},
		etf.ListImproper{1, 2}, term.Map{{Key: 1, Value: 2}},
	} {
		got, err := appendPayload(nil, v)
		require.NoError(t, err)
		require.Equal(t, encoded(t, v), got, "%#v", v)
	}
	got, err := appendPayload([]byte("head"), etf.Tuple{genCast, Raw(encoded(t, []byte("inner")))})
	require.NoError(t, err)
	require.Equal(t, append([]byte("head"), encoded(t, etf.Tuple{genCast, []byte("inner")})...), got)
	got, err = appendPayload(nil, etf.Alias(longRef))
	require.NoError(t, err)
	require.Equal(t, encoded(t, longRef), got)
}

func TestAppendRefusesWhatIsNoTerm(t *testing.T) {
	for _, v := range []any{Raw{}, Raw{131}, Raw{131, 106, 106}, Raw{1, 2}, make(chan int), etf.Tuple{Raw{131, 1}}} {
		_, err := appendPayload(nil, v)
		require.Error(t, err, "%#v", v)
	}
}

func TestBinaryCostsOneCopy(t *testing.T) {
	l, b := bare(), encoded(t, make([]byte, 1000))
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() {
		if _, err := l.decode(payload{b: b}); err != nil {
			t.Fatal(err)
		}
	}), 2.0, "the bytes, and the interface that holds them")
	out := make([]byte, 0, 2000)
	require.Zero(t, testing.AllocsPerRun(100, func() { out, _ = appendPayload(out[:0], Raw(b)) })-1)
}

// FuzzDecode checks that what is decoded is sent as it came, and that nothing but
// whole terms reaches a process.
func FuzzDecode(f *testing.F) {
	for _, v := range []any{
		[]byte("x"), 1, etf.Tuple{genCast, 1}, etf.Tuple{someRef, etf.Atom("ok")},
		etf.Tuple{genCall, etf.Tuple{somePid, someRef}, etf.List{1, "a"}},
		etf.Tuple{genCall, etf.Tuple{somePid, etf.ListImproper{etf.Atom("alias"), longRef}}, 1.5},
	} {
		f.Add(encoded(f, v))
	}
	f.Add([]byte{131, 80, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		first, err := bare().decode(payload{b: append([]byte(nil), b...)})
		second, err2 := bare().decode(payload{b: append([]byte(nil), b...), owned: true})
		require.Equal(t, err == nil, err2 == nil)
		require.Equal(t, first, second)
		if err != nil {
			return
		}
		if v, ok := first.(etf.Tuple); ok {
			require.NoError(t, ext.One(v[len(v)-1].(Raw)))
		}
		again, err := appendPayload(nil, first)
		if tuple, ok := first.(etf.Tuple); err != nil || ok && tuple[0] == genCall {
			return // a name that is no UTF-8, or a tag that gen.Server knows as a list
		}
		third, err := bare().decode(payload{b: again})
		require.NoError(t, err)
		require.Equal(t, first, third)
	})
}
