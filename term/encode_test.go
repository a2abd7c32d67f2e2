package term

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"
)

type tagged struct {
	Name string
	Age  int `etf:"age"`
}

type marshaled struct{ err error }

func (m marshaled) MarshalETF() ([]byte, error) { return []byte("m"), m.err }

// Every row of the table in the package comment: a Go value and its term.
func TestGoValues(t *testing.T) {
	seven := 7
	for _, c := range []struct {
		v    any
		text string
	}{
		{nil, `[]`},
		{(*int)(nil), `[]`},
		{(*big.Int)(nil), `[]`},
		{(*marshaled)(nil), `[]`},
		{true, `true`},
		{etf.Atom("true"), `true`},
		{int8(-1), `-1`},
		{int16(300), `300`},
		{int32(-300), `-300`},
		{int64(math.MinInt64), `-9223372036854775808`},
		{uint(5), `5`},
		{uint8(255), `255`},
		{uint16(256), `256`},
		{uint32(math.MaxUint32), `4294967295`},
		{uint64(math.MaxUint64), `18446744073709551615`},
		{*big.NewInt(9), `9`},
		{new(big.Int).Lsh(big.NewInt(-1), 100), `-1267650600228229401496703205376`},
		{float32(0.5), `0.5`},
		{1e300, `1.0e300`},
		{"abc", `"abc"`},
		{"å", `"Ã¥"`},
		{"", `[]`},
		{etf.Charlist("å日"), `"å日"`},
		{etf.Charlist(""), `[]`},
		{[]byte("abc"), `<<"abc">>`},
		{etf.String("å"), `<<"å"/utf8>>`},
		{etf.Tuple{1, etf.Tuple{}}, `{1,{}}`},
		{etf.List{1, etf.Atom("a")}, `[1,a]`},
		{[]string{"a", "b"}, `["a","b"]`},
		{[2]int{1000, 2}, `[1000,2]`},
		{[]int(nil), `[]`},
		{etf.ListImproper{1, 2, 3}, `[1,2|3]`},
		{etf.ListImproper{1, etf.List{1000}}, `[1,1000]`},
		{etf.ListImproper{1, etf.ListImproper{2, 3}}, `[1,2|3]`},
		{etf.ListImproper{97, "bc"}, `"abc"`},
		{etf.ListImproper{5}, `5`},
		{etf.ListImproper{}, `[]`},
		{Map{{2, 1}, {1, 2}}, `#{1 => 2,2 => 1}`},
		{etf.Map{"a": nil}, `#{"a" => []}`},
		{map[string]bool{"a": true}, `#{"a" => true}`},
		{map[int]int(nil), `#{}`},
		{tagged{"n", 3}, `#{'Name' => "n",age => 3}`},
		{&tagged{"n", 3}, `#{'Name' => "n",age => 3}`},
		{&seven, `7`},
		{etf.Pid{Node: "a@b", ID: 2<<32 | 1, Creation: 3}, `#Pid<a@b.1.2.3>`},
		{etf.Pid{}, `#Pid<''.0.0.0>`},
		{etf.Ref{Node: "a@127.0.0.1", Creation: 9, ID: [5]uint32{1, 2, 3}}, `#Ref<a@127.0.0.1.1:2:3.9>`},
		{etf.Alias{Node: "a@b", Creation: 9, ID: [5]uint32{1, 2, 3, 4}}, `#Ref<a@b.1:2:3:4:0.9>`},
		{Port{Node: "a@b", ID: 1 << 40, Creation: 1}, `#Port<a@b.1099511627776.1>`},
		{etf.Port{Node: "a>b@c", ID: 5, Creation: 1}, `#Port<'a>b@c'.5.1>`},
		{Export{Module: "lists", Function: "map", Arity: 2}, `fun lists:map/2`},
		{Bitstring{[]byte{1, 0xa0}, 3}, `<<1,5:3>>`},
		{Raw{131, 104, 1, 97, 1}, `{1}`},
		{etf.List{Raw{131, 97, 1}, Raw{131, 106}}, `[1,[]]`},
		{marshaled{}, `<<"m">>`},
		{time.Duration(1000), `1000`},
		{etf.List{named(true), namedFloat(1.5), namedString("s"), namedUint(1000)}, `[true,1.5,"s",1000]`},
		{namedBytes("ab"), `"ab"`},
		{strings.Repeat("a", 65536), `"` + strings.Repeat("a", 65536) + `"`},
	} {
		require.Equal(t, c.text, Format(c.v), "%#v", c.v)
		enc, err := Encode(c.v)
		require.NoError(t, err)
		require.NoError(t, Valid(enc))
		parsed, err := Parse(c.text)
		require.NoError(t, err, c.text)
		decoded, err := Decode(enc)
		require.NoError(t, err)
		require.Equal(t, parsed, decoded)
		want, err := Key(c.v)
		require.NoError(t, err)
		got, err := Key(decoded)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

type (
	named       bool
	namedFloat  float32
	namedString string
	namedUint   uint16
	namedBytes  []byte
)

type hidden struct{ secret int }

type node struct{ Next *node }

// What has no Erlang form is refused, with its Go type and the way to it.
func TestRefusedGoValues(t *testing.T) {
	cyclic := &node{}
	cyclic.Next = cyclic
	selfish := etf.List{nil}
	selfish[0] = selfish
	var itself any
	itself = &itself
	long := strings.Repeat("x", 256)
	failed := errors.New("no luck")
	for _, c := range []struct {
		name  string
		v     any
		cause error
		says  []string
	}{
		{"channel", make(chan int), nil, []string{"chan int"}},
		{"function", func() {}, nil, []string{"func()"}},
		{"complex", 1i, nil, []string{"complex128"}},
		{"uintptr", uintptr(1), nil, []string{"uintptr"}},
		{"NaN", math.NaN(), nil, []string{"float64", "finite"}},
		{"infinity", float32(math.Inf(1)), nil, []string{"float32"}},
		{"named NaN", namedFloat(math.NaN()), nil, []string{"term.namedFloat"}},
		{"long atom", etf.Atom(long), nil, []string{"etf.Atom", "255"}},
		{"bad atom", etf.Atom("\xff"), nil, []string{"etf.Atom", "UTF-8"}},
		{"bad charlist", etf.Charlist("\xff"), nil, []string{"etf.Charlist"}},
		{"node of a pid", etf.Pid{Node: etf.Atom(long)}, nil, []string{"etf.Pid", ".Node"}},
		{"node of a ref", etf.Ref{Node: "\xff"}, nil, []string{"etf.Ref"}},
		{"node of a port", Port{Node: "\xff"}, nil, []string{"term.Port"}},
		{"module of an export", Export{Module: "\xff"}, nil, []string{"etf.Export"}},
		{"arity of an export", Export{Arity: -1}, nil, []string{"arity"}},
		{"module of a fun", Fun{Module: "\xff"}, nil, []string{"term.Fun"}},
		{"uniq of a fun", Fun{OldUniq: 1 << 40}, nil, []string{"OldUniq"}},
		{"free variable", Fun{Free: []any{1, make(chan int)}}, nil, []string{".Free[1]"}},
		{"bits", Bitstring{[]byte{1}, 8}, nil, []string{"term.Bitstring"}},
		{"no bits", Bitstring{nil, 3}, nil, []string{"term.Bitstring"}},
		{"bits that do not count", Bitstring{[]byte{1}, 3}, nil, []string{"term.Bitstring"}},
		{"unexported field", hidden{1}, nil, []string{"term.hidden", "secret"}},
		{"path", etf.Tuple{1, etf.List{Map{{"k", make(chan int)}}}}, nil, []string{`at [1][0]["k"]`}},
		{"field", []any{struct{ F any }{1i}}, nil, []string{`at [0]['F']`}},
		{"key", Map{{make(chan int), 1}}, nil, []string{"at [key]"}},
		{"key twice", Map{{1, 1}, {2, 2}, {int64(1), 3}}, ErrDuplicateKey, []string{"[1]"}},
		{"key twice in Go's map", etf.Map{"a": 1, etf.Charlist("a"): 2}, ErrDuplicateKey, nil},
		{"field twice", struct {
			A int
			B int `etf:"A"`
		}{}, ErrDuplicateKey, nil},
		{"cyclic struct", cyclic, ErrTooDeep, []string{"term.node", "cyclic"}},
		{"cyclic list", selfish, ErrTooDeep, []string{"etf.List", "[0][0]"}},
		{"cyclic pointer", itself, ErrTooDeep, []string{"interface {}"}},
		{"raw", Raw{131, 97}, ErrBadETF, []string{"term.Raw"}},
		{"empty raw", Raw{}, ErrBadETF, []string{"term.Raw"}},
		{"nested raw", etf.List{1, Raw{97, 1}}, ErrBadETF, []string{"at [1]"}},
		{"key twice in raw", etf.List{Raw{131, 116, 0, 0, 0, 2, 97, 1, 97, 1, 97, 1, 97, 1}}, ErrDuplicateKey, nil},
		{"marshaler", marshaled{failed}, failed, []string{"term.marshaled"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, errEncode := Encode(c.v)
			_, errKey := Key(c.v)
			for _, err := range []error{errEncode, errKey} {
				require.ErrorIs(t, err, ErrBadTerm)
				if c.cause != nil {
					require.ErrorIs(t, err, c.cause)
				}
				for _, part := range c.says {
					require.ErrorContains(t, err, part)
				}
				require.Less(t, len(err.Error()), 400)
			}
			_, err := Parse(Format(c.v))
			require.ErrorIs(t, err, ErrSyntax, "Format must not print a term: %s", Format(c.v))
		})
	}
}

// A compressed term is carried as it is at the top, and inflated inside of others.
func TestRaw(t *testing.T) {
	raw := Raw(compress(t, bytes.Repeat([]byte{97, 7}, 1), 2))
	b, err := Encode(raw)
	require.NoError(t, err)
	require.Equal(t, []byte(raw), b)
	b[0] = 0
	require.EqualValues(t, tagVersion, raw[0], "Encode must copy")

	b, err = Encode(etf.Tuple{raw, Raw{131, 98, 0, 0, 0, 1}})
	require.NoError(t, err)
	require.Equal(t, []byte{131, 104, 2, 97, 7, 98, 0, 0, 0, 1}, b)
}

func TestMapGet(t *testing.T) {
	m := Map{{[]byte("a"), 1}, {etf.List{97}, 2}, {1.0, 3}}
	for _, c := range []struct{ key, want any }{{[]byte("a"), 1}, {"a", 2}, {1.0, 3}, {1, nil}, {make(chan int), nil}} {
		v, ok := m.Get(c.key)
		require.Equal(t, c.want, v)
		require.Equal(t, c.want != nil, ok)
	}
}
