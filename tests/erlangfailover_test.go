package tests

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/tests/beam"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// The node that is asked is killed while puts run, and paused after that: each put
// goes well by its deadline, at another node.
func TestErlangClientMovesOn(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	for _, o := range beam.All() {
		t.Run("OTP"+o.Release, func(t *testing.T) {
			t.Parallel()
			_, nodes, network := mapped(t)
			e := startErlangClient(t, o, "moves@127.0.0.1", network, nodes[0])
			eventually(t, e, "length(nodes(connected))", "3")
			e.LoadErlang("testdata/stream.erl")
			for _, strike := range []string{"kill", "pause"} {
				e.Eval("stream:start(%s)", strike)
				first := used(t, e, nodes)
				undo := struck(t, nodes, first, strike)
				cluster.Eventually(t, "another node is asked", func() (bool, any) {
					now := used(t, e, nodes)
					return now.Name != first.Name, now.Name
				})
				require.Equal(t, "{ok,done}", e.Eval("paxos_kv:put({%s, moved}, done)", strike))
				require.Regexp(t, `^{[1-9][0-9]*,\[\],\[\]}$`, e.Eval("stream:stop(%s)", strike), strike)
				undo()
			}
		})
	}
}

// Without a quorum, and without any node, every call ends with an error in its
// time, and what comes back is found.
func TestErlangClientWithoutAQuorum(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	for _, o := range beam.All() {
		t.Run("OTP"+o.Release, func(t *testing.T) {
			t.Parallel()
			_, nodes, network := mapped(t)
			e := startErlangClient(t, o, "alone@127.0.0.1", network, nodes...)
			e.LoadErlang("testdata/named.erl")
			e.Eval(`Within = fun(Ms, Call) -> {Micro, Result} = timer:tc(Call), case Micro < 1000 * (Ms + 2000) of true -> Result; false -> {late, Micro, Result} end end,
				Told = fun() -> receive What when is_atom(What) -> What after 30000 -> nothing end end, ok`)
			evals(t, e, [][2]string{
				{"paxos_kv:put(k, v)", "{ok,v}"},
				{"paxos_kv:get(k, [{at, '" + nodes[2].Name + "'}])", "{ok,v}"}, // so it has learned that
				{"paxos_kv:subscribe()", "ok"},
				{"Told()", "quorum_reached"},
			})
			nodes[0].Kill()
			nodes[1].Kill()
			require.Equal(t, "quorum_lost", e.Eval("Told()"))
			// On a loaded machine an answer may come too late, to the client or to the test:
			// then the call is made again.
			for _, call := range []string{
				"Within(5000, fun() -> paxos_kv:put(k2, v) end)",
				"Within(500, fun() -> paxos_kv:put(k2, v, [], 500) end)",
				"Within(500, fun() -> paxos_kv:get(k2, [], 500) end)",
				"Within(3000, fun() -> paxos_kv_names:register(name, self(), 3000) end)",
			} {
				eventually(t, e, call, "{error,no_quorum}")
			}
			eventually(t, e, "named:start(name)", "{error,{paxos_kv,no_quorum}}")
			eventually(t, e, "Within(0, fun() -> paxos_kv:pid(k2, [{no_quorum, return}]) end)", "{error,no_quorum}")
			evals(t, e, [][2]string{
				{"catch paxos_kv:node(k2, [{no_quorum, fail}])", "{'EXIT',no_quorum}"},
				{"paxos_kv:get(k, [stale])", "{ok,v}"},
				{"paxos_kv:quorum()", "{ok,false}"},
				{"paxos_kv:wait_for_quorum(300)", "{error,no_quorum}"},
				{"paxos_kv_names:whereis_name(name)", "undefined"},
			})
			nodes[2].Kill()
			eventually(t, e, "paxos_kv:ping(#{timeout => 100})", "pang")
			eventually(t, e, "Within(1000, fun() -> paxos_kv:put(k2, v, [], 1000) end)", "{error,no_node}")
			eventually(t, e, "Within(0, fun() -> paxos_kv:get(k2, [], 0) end)", "{error,no_node}")
			evals(t, e, [][2]string{
				{"Waiting = spawn_monitor(fun() -> exit(paxos_kv:put(later, v, [], infinity)) end), ok", "ok"},
			})
			for i := range nodes {
				nodes[i] = nodes[i].Restart()
			}
			evals(t, e, [][2]string{
				{"Told()", "quorum_reached"},
				{"receive {'DOWN', _, process, _, {ok, v}} -> ok after 60000 -> nothing end", "ok"},
				{"element(1, named:start(name))", "ok"},
				{"paxos_kv:wait_for_quorum(infinity)", "ok"},
			})
		})
	}
}
