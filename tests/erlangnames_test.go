package tests

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/tests/beam"
)

// namingNodes are nodes of two OTPs, with the client and servers to be named.
func namingNodes(t *testing.T) (a, b *beam.Node) {
	t.Helper()
	_, nodes, network := mapped(t)
	var es []*beam.Node
	for _, o := range beam.All() {
		e := startErlangClient(t, o, "names"+o.Release+"@127.0.0.1", network, nodes[0])
		e.LoadErlang("testdata/named.erl")
		es = append(es, e)
	}
	return es[0], es[1]
}

// A server is started under a name that one of another node has: it is told who
// has it. After the end of that one, however it ends, it may have the name.
func TestErlangNames(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	a, b := namingNodes(t)
	for name, end := range map[string]string{
		"stops":  "gen_server:call({via, paxos_kv_names, stops}, stop)",
		"fails":  "gen_server:cast({via, paxos_kv_names, fails}, stop)",
		"killed": "true = exit(paxos_kv_names:whereis_name(killed), kill), ok",
		"given":  "paxos_kv_names:unregister_name(given)",
		"sent":   "is_pid(paxos_kv_names:send(sent, {'$gen_cast', stop})), ok",
	} {
		require.Equal(t, "ok", a.Eval("element(1, named:start(%s))", name), name)
		for _, e := range []*beam.Node{a, b} {
			require.Equal(t, "'"+a.Name+"'", e.Eval("named:who(%s)", name), name)
			require.Equal(t, "{error,already_started,'"+a.Name+"'}",
				e.Eval("(fun({error, {What, Pid}}) -> {error, What, node(Pid)} end)(named:start(%s))", name), name)
		}
		require.Equal(t, "ok", b.Eval("%s", end), name)
		eventually(t, b, "element(1, named:start("+name+"))", "ok")
		for _, e := range []*beam.Node{a, b} {
			require.Equal(t, "'"+b.Name+"'", e.Eval("named:who(%s)", name), name)
		}
	}
	// A server that does not start leaves its name free.
	require.Equal(t, "{error,asked}", a.Eval("named:start({fails, 1})"))
	require.Equal(t, "undefined", b.Eval("paxos_kv_names:whereis_name({fails, 1})"))
	require.Equal(t, "yes", b.Eval("paxos_kv_names:register_name({fails, 1}, self())"))
	// What a supervisor does: the name of a server that has just ended is free.
	require.Equal(t, "[ok]", b.Eval("lists:usort([element(1, named:restart(given)) || _ <- lists:seq(1, 50)])"))
	require.Equal(t, "{badarg,{nobody,hello}}", b.Eval("try paxos_kv_names:send(nobody, hello) catch exit:R -> R end"))
	// The names of a node go with it.
	b.Kill()
	eventually(t, a, "element(1, named:start(given))", "ok")
}

// Two nodes start servers under the same names at the same time: each name is had
// by one.
func TestErlangNamesAreHadByOne(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	a, b := namingNodes(t)
	const count = 50
	starts := fmt.Sprintf("{Won, Lost} = lists:partition(fun(Name) -> ok =:= element(1, named:start(Name)) end, lists:seq(1, %d)), ok", count)
	together(func() { a.Eval("%s", starts) }, func() { b.Eval("%s", starts) })
	require.Equal(t, a.Eval("Won"), b.Eval("Lost"))
	require.Equal(t, a.Eval("Lost"), b.Eval("Won"))
	who := fmt.Sprintf("[named:who(Name) || Name <- lists:seq(1, %d)]", count)
	require.Equal(t, a.Eval("%s", who), b.Eval("%s", who))
}
