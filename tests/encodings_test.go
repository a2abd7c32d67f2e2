package tests

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// form is a term of the external format, without its version number, of bytes,
// numbers of one byte, texts and other forms.
func form(parts ...any) term.Raw {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			b = append(b, byte(p))
		case uint32:
			b = binary.BigEndian.AppendUint32(b, p)
		case float64:
			b = binary.BigEndian.AppendUint64(b, math.Float64bits(p))
		case string:
			b = append(b, p...)
		case []byte:
			b = append(b, p...)
		case term.Raw:
			b = append(b, p[1:]...)
		}
	}
	return append(term.Raw{131}, b...)
}

// floatText is the form of floats that Erlang wrote of old.
func floatText(text string) term.Raw { return form(99, text, make([]byte, 31-len(text))) }

// closure is a fun that another process has made.
func closure(node term.Raw, id uint32) term.Raw {
	rest := form(1, bytes.Repeat([]byte{7}, 16), uint32(0), uint32(0), 119, 1, "m", 97, 0, 97, 9, 88, node, id, uint32(0), uint32(1))
	return form(112, uint32(len(rest)-1+4), rest)
}

var (
	atomA  = form(119, 1, "a")
	host1  = form(119, 3, "n@h")
	latin1 = form(100, 0, 3, "n@h")
	one    = form(97, 1)
	two    = form(97, 2)
	onePtO = form(70, 1.0)
)

// encodings are terms, each in all the forms in which a peer may send it. No two
// of the terms are =:=.
var encodings = map[string][]term.Raw{
	"a small integer":     {form(97, 5), form(98, uint32(5)), form(110, 1, 0, 5), form(110, 3, 0, 5, 0, 0), form(111, uint32(1), 0, 5)},
	"zero":                {form(97, 0), form(98, uint32(0)), form(110, 0, 0), form(110, 1, 1, 0), form(111, uint32(0), 1)},
	"minus one":           {form(98, uint32(math.MaxUint32)), form(110, 1, 1, 1), form(111, uint32(2), 1, 1, 0)},
	"a large integer":     {form(110, 8, 0, make([]byte, 7), 128), form(110, 9, 0, make([]byte, 7), 128, 0), form(111, uint32(8), 0, make([]byte, 7), 128)},
	"1":                   {one, form(98, uint32(1)), form(110, 1, 0, 1)},
	"1.0":                 {onePtO, floatText("1.00000000000000000000e+00")},
	"0.0":                 {form(70, 0.0), floatText("0.00000000000000000000e+00")},
	"-0.0":                {form(70, math.Copysign(0, -1)), floatText("-0.00000000000000000000e+00")},
	"a":                   {atomA, form(118, 0, 1, "a"), form(100, 0, 1, "a"), form(115, 1, "a")},
	"é":                   {form(119, 2, "é"), form(118, 0, 2, "é"), form(100, 0, 1, 0xe9), form(115, 1, 0xe9)},
	"true":                {form(119, 4, "true"), form(100, 0, 4, "true"), form(115, 4, "true")},
	"the empty atom":      {form(119, 0), form(100, 0, 0), form(118, 0, 0), form(115, 0)},
	"<<\"a\">>":           {form(109, uint32(1), "a"), form(77, uint32(1), 8, "a")},
	"\"a\"":               {form(107, 0, 1, "a"), form(108, uint32(1), 97, "a", 106), form(108, uint32(1), 98, uint32('a'), 106)},
	"{a}":                 {form(104, 1, atomA), form(105, uint32(1), form(100, 0, 1, "a"))},
	"{}":                  {form(104, 0), form(105, uint32(0))},
	"[]":                  {form(106), form(107, 0, 0), form(108, uint32(0), 106)},
	"[1, 2]":              {form(107, 0, 2, 1, 2), form(108, uint32(2), one, two, 106), form(108, uint32(1), one, 107, 0, 1, 2), form(108, uint32(1), one, 108, uint32(1), two, 106)},
	"[1 | 2]":             {form(108, uint32(1), one, two), form(108, uint32(1), form(98, uint32(1)), two)},
	"[1, 2 | a]":          {form(108, uint32(2), one, two, atomA), form(108, uint32(1), one, 108, uint32(1), two, atomA)},
	"[1, a]":              {form(108, uint32(2), one, atomA, 106), form(108, uint32(1), one, 108, uint32(1), atomA, 106)},
	"#{1 => a, 1.0 => a}": {form(116, uint32(2), one, atomA, onePtO, atomA), form(116, uint32(2), onePtO, form(115, 1, "a"), one, atomA)},
	"#{1 => a}":           {form(116, uint32(1), one, atomA), form(116, uint32(1), form(110, 1, 0, 1), form(100, 0, 1, "a"))},
	"#{1.0 => a}":         {form(116, uint32(1), onePtO, atomA), form(116, uint32(1), floatText("1.0"), atomA)},
	"a pid":               {form(88, host1, uint32(7), uint32(8), uint32(3)), form(88, latin1, uint32(7), uint32(8), uint32(3)), form(103, host1, uint32(7), uint32(8), 3)},
	"a port":              {form(89, host1, uint32(9), uint32(3)), form(102, latin1, uint32(9), 3), form(120, host1, uint32(0), uint32(9), uint32(3))},
	"a reference":         {form(90, 0, 3, host1, uint32(3), uint32(1), uint32(2), uint32(4)), form(114, 0, 3, latin1, 3, uint32(1), uint32(2), uint32(4)), form(90, 0, 5, host1, uint32(3), uint32(1), uint32(2), uint32(4), uint32(0), uint32(0))},
	"a short reference":   {form(90, 0, 1, host1, uint32(3), uint32(1)), form(101, latin1, uint32(1), 3), form(114, 0, 1, host1, 3, uint32(1)), form(90, 0, 3, host1, uint32(3), uint32(1), uint32(0), uint32(0))},
	"fun a:a/1":           {form(113, atomA, atomA, one), form(113, form(100, 0, 1, "a"), form(115, 1, "a"), one)},
	"a closure":           {closure(host1, 1), closure(latin1, 2)},
}

// A key is the same however a peer has encoded it, and the first value for it
// stays; keys that are not =:= do not meet.
func TestSameKeyByOtherEncodings(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 3, cluster.Setup{})
	c := &caller{t: t, home: nodes[1], pid: spawn(t, nodes[1]), node: nodes[0].Name}
	for name, forms := range encodings {
		require.Equal(t, ok(name), c.ask(proposer, putRequest(forms[0], name)), name)
		for _, f := range forms {
			require.Equal(t, ok(name), c.ask(proposer, putRequest(f, "another")), "%s as %v", name, []byte(f))
			require.Equal(t, ok(name), c.ask(learner, readRequest("get", f)), "%s as %v", name, []byte(f))
			holds(t, nodes[2:], f, cluster.Result{Result: paxoskv.Result{Value: name, Rev: rev(t, nodes[2], forms[0])}})

			// Inside of a term it is the same too.
			inside := etf.Tuple{atom("in"), etf.List{f}, term.Map{{Key: f, Value: f}}}
			require.Equal(t, ok(name), c.ask(proposer, putRequest(inside, name)), "%s as %v", name, []byte(f))
		}
	}
}

func rev(t *testing.T, n *cluster.Node, key any) paxoskv.Rev {
	t.Helper()
	r, err := n.Get(key)
	require.NoError(t, err)
	return r.Rev
}
