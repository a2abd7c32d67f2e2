package term

import (
	"errors"
	"strings"
	"testing"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"
)

// Errors say where the text stops being a term and what should stand there.
func TestSyntaxErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "column 1: expected a term, found the end of the text"},
		{" % note", "column 8: expected a term, found the end of the text"},
		{"{a, b", "column 6: expected ',' or '}', found the end of the text"},
		{"[a, b}", `column 6: expected ',', '|' or ']', found "}"`},
		{"[a|b,c]", `column 5: expected ']', found ","`},
		{"å b", `column 3: expected the end of the text, found "b"`},
		{"{å,\n  B}", `line 2, column 3: expected a term (a variable has no value here: quote it), found "B"`},
		{"[end]", `column 2: expected a term (end is a reserved word: quote it), found "e"`},
		{"<0.1.2>", `column 1: expected a term (a pid is written #Pid<NODE.ID.SERIAL.CREATION>), found "<"`},
		{"#Ref<0.1.2.3>", `column 6: expected #Ref<NODE.WORD:WORD:WORD.CREATION> (a NODE without @ stands in quotes), found "0"`},
		{"#Pid<a@b.1.2>", `column 6: expected #Pid<NODE.ID.SERIAL.CREATION>, found "a"`},
		{"#Pid<a@b.1.2.4294967296>", `column 6: expected #Pid<NODE.ID.SERIAL.CREATION>, found "a"`},
		{"#Pid<a@b.1.2.+3>", `column 6: expected #Pid<NODE.ID.SERIAL.CREATION>, found "a"`},
		{"#Pid<'a'x.1.2.3>", `column 6: expected #Pid<NODE.ID.SERIAL.CREATION>, found "'"`},
		{"#Pid<a@b.1.2.3", `column 15: expected '>', found the end of the text`},
		{"#Ref<a@b.1:2:3:4:5:6.7>", `column 6: expected #Ref<NODE.WORD:WORD:WORD.CREATION>, found "a"`},
		{"#Fun<m/0:AAAA>", `column 6: expected #Fun<MODULE/ARITY:BASE64>, found "m"`},
		{"#Foo<1>", `column 1: expected a map, or one of #Pid<, #Ref<, #Port< and #Fun<, found "#"`},
		{"#{a => 1, a => 2}", `column 11: expected a key that the map does not have yet, found "a"`},
		{"#{[97] => 1, \"a\" => 2}", `column 14: expected a key that the map does not have yet, found "\""`},
		{"#{a := 1}", `column 5: expected '=>', found ":"`},
		{"'abc", "column 5: expected the quote that ends what starts in column 1, found the end of the text"},
		{`"\x{110000}"`, `column 4: expected the code of a character, found "{"`},
		{"37#1", `column 1: expected a base from 2 to 36, found "3"`},
		{"2#9", `column 3: expected a digit in base 2, found "9"`},
		{"1.0e400", `column 1: expected a float that 64 bits can hold, found "1"`},
		{"<<\"日\">>", `column 3: expected characters up to 255, or /utf8 after the string, found "\""`},
		{"<<1/native>>", `column 5: expected a type such as integer, float, binary or utf8, or signed, unsigned, big, little, unit:N, found "n"`},
		{"<<1:999999999>>", `column 3: expected a smaller size, found "1"`},
		{"\xff", "column 1: expected UTF-8 text, found the byte 16#FF"},
		{"'" + strings.Repeat("x", 256) + "'", `column 1: expected an atom of at most 255 characters, found "'"`},
		{"fun m:f", `column 8: expected '/', found the end of the text`},
	} {
		_, err := Parse(c.text)
		require.ErrorIs(t, err, ErrSyntax, c.text)
		var where *SyntaxError
		require.True(t, errors.As(err, &where))
		require.Equal(t, c.want, where.Error(), c.text)
	}
}

// Small texts cannot ask for large binaries, nor many of them together.
func TestParsedBinariesAreBounded(t *testing.T) {
	for _, s := range []string{
		"<<1:2147483647>>",
		"<<1:2147483647/unit:256>>",
		"[" + strings.Repeat("<<1:1000000>>,", 100) + "a]",
		`<<"` + strings.Repeat("a", 100) + `":1000000>>`,
	} {
		_, err := Parse(s)
		require.ErrorIs(t, err, ErrSyntax)
		require.ErrorIs(t, err, ErrTooLarge)
	}
	_, err := Parse(strings.Repeat("9", maxDigits+1))
	require.ErrorIs(t, err, ErrSyntax)
}

func TestParsePrefix(t *testing.T) {
	for _, c := range []struct {
		text, rest string
		want       any
	}{
		{"a b c", "b c", etf.Atom("a")},
		{"  a  ", "", etf.Atom("a")},
		{"a.", "", etf.Atom("a")},
		{"a . % done", "", etf.Atom("a")},
		{"1.", "", 1},
		{"1 2", "2", 1},
		{`"k" "v"`, `"v"`, "k"},
		{`{"k" "v"} x`, "x", etf.Tuple{"kv"}},
		{"[1, 2] % note\n 3", "3", "\x01\x02"},
		{"#Pid<a@b.1.2.3> get", "get", etf.Pid{Node: "a@b", ID: 2<<32 | 1, Creation: 3}},
		{"+5s", "", nil},
		{"a.b", "", nil},
		{"a. b", "", nil},
		{`"k""v"`, "", nil},
		{"{a}{b}", "", nil},
		{"a,b", "", nil},
		{"", "", nil},
	} {
		v, rest, err := ParsePrefix(c.text)
		if c.want == nil {
			require.ErrorIs(t, err, ErrSyntax, c.text)
			require.Equal(t, c.text, rest)
			continue
		}
		require.NoError(t, err, c.text)
		require.Equal(t, c.want, v, c.text)
		require.Equal(t, c.rest, rest, c.text)
	}
}

// Closures pass through text whole, with the process that made them.
func TestFunText(t *testing.T) {
	f := Fun{
		Module: "a module", Arity: 3, Index: 9, Uniq: [16]byte{1, 2}, OldIndex: 4, OldUniq: -5,
		Pid: etf.Pid{Node: "a@b", ID: 1}, Free: []any{etf.Atom("x"), Map{{1, "2"}}},
	}
	text := Format(etf.Tuple{f})
	require.True(t, strings.HasPrefix(text, "{#Fun<'a module'/3:"), text)
	v, err := Parse(text)
	require.NoError(t, err)
	require.Equal(t, etf.Tuple{f}, v)

	_, err = Parse(strings.Replace(text, "/3:", "/2:", 1))
	require.ErrorIs(t, err, ErrSyntax)

	other := f
	other.Pid = etf.Pid{Node: "c@d", ID: 2}
	a, err := Key(f)
	require.NoError(t, err)
	b, err := Key(other)
	require.NoError(t, err)
	require.Equal(t, a, b)

	g := etf.Function{
		Module: f.Module, Arity: f.Arity, Index: f.Index, Unique: f.Uniq, OldIndex: 4, OldUnique: 0xfffffffb,
		Pid: f.Pid, FreeVars: []etf.Term{etf.Atom("x"), etf.Map{1: "2"}},
	}
	c, err := Key(g)
	require.NoError(t, err)
	require.Equal(t, a, c)
}

// Maps are printed in Erlang's order of their keys, whatever the types.
func TestMapOrder(t *testing.T) {
	const inOrder = `#{-1 => x,2 => x,300 => x,18446744073709551616 => x,-1.5 => x,1.0 => x,a => x,abc => x,b => x,true => x,` +
		`#Ref<a@b.1:2:3.4> => x,fun a:b/1 => x,#Port<a@b.1.2> => x,#Pid<a@b.1.2.3> => x,{} => x,{b} => x,{a,a} => x,` +
		`#{} => x,#{b => 1} => x,#{a => 1,b => 1} => x,#{a => 1,b => 2} => x,[] => x,[1|0] => x,[1] => x,[1|<<>>] => x,"a" => x,"ab" => x,` +
		`[97,99.0] => x,<<>> => x,<<1:2>> => x,<<"a">> => x,<<"a",1:1>> => x}`
	v, err := Parse(inOrder)
	require.NoError(t, err)
	require.Equal(t, strings.Replace(inOrder, `<<"a",1:1>>`, `<<97,1:1>>`, 1), Format(v))
}
