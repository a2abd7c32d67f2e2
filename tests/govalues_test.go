package tests

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/tests/beam"
)

type lease struct {
	Owner etf.Atom `etf:"owner"`
	Until int      `etf:"until"`
}

// goValues are values as Go programs write them, each with the Erlang term that
// it is.
var goValues = []struct {
	value  any
	erlang string
}{
	{nil, "[]"},
	{true, "true"},
	{false, "false"},
	{0, "0"},
	{-1, "-1"},
	{uint8(255), "255"},
	{int64(math.MinInt64), "-(1 bsl 63)"},
	{uint64(math.MaxUint64), "(1 bsl 64) - 1"},
	{new(big.Int).Lsh(big.NewInt(-1), 2047), "-(1 bsl 2047)"},
	{float32(0.5), "0.5"},
	{1.0, "1.0"},
	{math.SmallestNonzeroFloat64, "5.0e-324"},
	{"text", `"text"`},
	{"", "[]"},
	{strings.Repeat("s", 70000), "lists:duplicate(70000, $s)"},
	{etf.Charlist("é€"), "[16#E9, 16#20AC]"},
	{[]byte("bytes"), `<<"bytes">>`},
	{[]byte{}, "<<>>"},
	{etf.String("été"), `<<"été"/utf8>>`},
	{etf.Atom("été"), "'été'"},
	{etf.Atom(""), "''"},
	{etf.Atom(strings.Repeat("€", 255)), "list_to_atom(lists:duplicate(255, 16#20AC))"},
	{etf.Tuple{}, "{}"},
	{etf.Tuple{etf.Atom("node"), 1}, "{node, 1}"},
	{etf.List{1, 300, etf.Atom("a")}, "[1, 300, a]"},
	{[]int{1, 2, 300}, "[1, 2, 300]"},
	{[]string{"a", "b"}, `["a", "b"]`},
	{etf.ListImproper{etf.Atom("a"), etf.Atom("b")}, "[a | b]"},
	{etf.Map{etf.Atom("a"): 1}, "#{a => 1}"},
	{map[string]int{"k": 1}, `#{"k" => 1}`},
	{term.Map{{Key: []byte("k"), Value: etf.List{}}, {Key: etf.List{1.5}, Value: term.Map{}}}, `#{<<"k">> => [], [1.5] => #{}}`},
	{lease{Owner: "me", Until: 7}, "#{owner => me, until => 7}"},
	{&lease{}, "#{owner => '', until => 0}"},
	{term.Bitstring{Bytes: []byte{1, 0xa0}, Bits: 3}, "<<1, 5:3>>"},
	{term.Export{Module: "lists", Function: "map", Arity: 2}, "fun lists:map/2"},
	{etf.Pid{Node: "n@h", ID: 7<<32 | 8, Creation: 3}, "binary_to_term(<<131, 88, 119, 3, \"n@h\", 8:32, 7:32, 3:32>>)"},
	{etf.Ref{Node: "n@h", Creation: 3, ID: [5]uint32{1, 2, 3}}, "binary_to_term(<<131, 90, 3:16, 119, 3, \"n@h\", 3:32, 1:32, 2:32, 3:32>>)"},
	{term.Port{Node: "n@h", Creation: 3, ID: 9}, "binary_to_term(<<131, 89, 119, 3, \"n@h\", 9:32, 3:32>>)"},
}

// What the Go API has put, as key and value, Erlang reads as the term that it is;
// and what Erlang has put is found and read by the Go API.
func TestGoValuesAndErlang(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	_, nodes, network := mapped(t)
	for _, o := range beam.All() {
		e := beam.StartErlang(t, o, "go"+o.Release+"@127.0.0.1", network)
		for i, v := range goValues {
			what := fmt.Sprintf("OTP %s, row %d: %.100s", o.Release, i, v.erlang)
			here := etf.Tuple{atom("%s", o.Release), v.value}
			_, err := nodes[0].Put(here, v.value)
			require.NoError(t, err, what)
			require.Equal(t, "true", e.Eval("(fun(T) -> gen_server:call({'%s', '%s'}, {get, {'%s', T}, []}) =:= {ok, T} end)(%s)",
				learner, nodes[2].Name, o.Release, v.erlang), what)

			require.Equal(t, "true", e.Eval("(fun(T) -> gen_server:call({'%s', '%s'}, {put, {T, '%s'}, {value, T}, []}) =:= {ok, {value, T}} end)(%s)",
				proposer, nodes[1].Name, o.Release, v.erlang), what)
			got, err := nodes[2].Get(etf.Tuple{v.value, here[0]})
			require.NoError(t, err, what)
			require.Equal(t, plain(t, etf.Tuple{atom("value"), v.value}), got.Value, what)
		}
		// A process of a Go node is told by its pid, and a call reaches it.
		pid := spawn(t, nodes[0])
		put(t, nodes[0], atom("pid%s", o.Release), pid)
		require.Equal(t, "probe", e.Eval("{ok, P%s} = gen_server:call({'%s', '%s'}, {get, pid%[1]s, []}), gen_server:call(P%[1]s, hello)",
			o.Release, learner, nodes[0].Name))
	}
}

// plain is what the API returns for a value.
func plain(t *testing.T, v any) any {
	t.Helper()
	raw, err := term.Encode(v)
	require.NoError(t, err)
	p, err := term.Decode(raw)
	require.NoError(t, err)
	return p
}
