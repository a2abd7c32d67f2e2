package tests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/tests/beam"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// erlangClient is the folder of the application paxos_kv.
const erlangClient = "../clients/erlang"

// buildErlangClient compiles a copy of the application, as its documentation says
// for those without other tools, and returns where it is.
func buildErlangClient(t *testing.T, o beam.OTP) string {
	t.Helper()
	dir := o.Dir(t, erlangClient) + "/erlang"
	out, err := o.Command(dir, 0, "env", "--chdir="+dir, "sh", "-c",
		"mkdir -p ebin && erlc -Werror -o ebin src/*.erl && cp src/paxos_kv.app.src ebin/paxos_kv.app").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return dir
}

// startErlangClient starts a node with the application, which is told of some
// nodes of the cluster.
func startErlangClient(t *testing.T, o beam.OTP, name string, n beam.Network, nodes ...*cluster.Node) *beam.Node {
	t.Helper()
	e := beam.StartErlang(t, o, name, n, "-pa", buildErlangClient(t, o)+"/ebin", "-paxos_kv", "nodes", erlangList(nodes),
		"-kernel", "logger_level", "none")
	require.Equal(t, "{ok,[paxos_kv]}", e.Eval("application:ensure_all_started(paxos_kv)"))
	return e
}

// erlangList is the list of the names of nodes.
func erlangList(nodes []*cluster.Node) string {
	var names []string
	for _, n := range nodes {
		names = append(names, "'"+n.Name+"'")
	}
	return "[" + strings.Join(names, ",") + "]"
}

// struck kills or pauses one of three nodes; undo has it run again, and waits until
// all of them have their seats.
func struck(t *testing.T, nodes []*cluster.Node, n *cluster.Node, strike string) (undo func()) {
	t.Helper()
	if strike == "kill" {
		n.Kill()
	} else {
		require.NoError(t, n.Pause())
	}
	return func() {
		if strike == "kill" {
			nodes[n.Number-1] = n.Restart()
		} else {
			require.NoError(t, n.Continue())
		}
		for _, n := range nodes {
			n.WaitSeats(3, 3)
		}
	}
}

// used is the node that the client asks.
func used(t *testing.T, e *beam.Node, nodes []*cluster.Node) *cluster.Node {
	t.Helper()
	name := e.Eval("element(2, paxos_kv_finder:find(undefined, retry, 30000))")
	for _, n := range nodes {
		if "'"+n.Name+"'" == name {
			return n
		}
	}
	t.Fatalf("%s asks %s", e.Name, name)
	return nil
}

// evals runs expressions, each with its value.
func evals(t *testing.T, e *beam.Node, rows [][2]string) {
	t.Helper()
	for _, r := range rows {
		require.Equal(t, r[1], e.Eval("%s", r[0]), r[0])
	}
}

// eventually waits until an expression has a value.
func eventually(t *testing.T, e *beam.Node, expression, want string) {
	t.Helper()
	cluster.Eventually(t, expression+" is "+want, func() (bool, any) {
		got := e.Eval("%s", expression)
		return got == want, got
	})
}

// Every function of the client, on a node that is told of one node of three.
func TestErlangClient(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	_, nodes, network := mapped(t)
	for _, n := range nodes {
		_, err := n.Supervise("", bucket("other"))
		require.NoError(t, err)
		require.NoError(t, n.WaitForBucket("other", cluster.Patience))
	}
	beam.Each(t, func(t *testing.T, o beam.OTP) {
		e := startErlangClient(t, o, "client"+o.Release+"@127.0.0.1", network, nodes[0])
		all := erlangList(nodes)
		e.Eval("K = fun(Key) -> {%s, Key} end, Holder = spawn(fun() -> receive stop -> ok end end), ok", o.Release)
		evals(t, e, [][2]string{
			{"paxos_kv:wait_for_quorum()", "ok"},
		})
		eventually(t, e, "lists:sort(nodes(connected))", all) // they are waited for, but not for long
		evals(t, e, [][2]string{
			{"paxos_kv:get(K(k))", "{error,not_found}"},
			{"paxos_kv:get(K(k), [{default, d}])", "{ok,d}"},
			{"paxos_kv:put(K(k), #{a => [1|2]})", "{ok,#{a => [1|2]}}"},
			{"paxos_kv:put(K(k), w, [])", "{ok,#{a => [1|2]}}"},
			{"paxos_kv:put(K(k), w, #{}, infinity)", "{ok,#{a => [1|2]}}"},
			{"paxos_kv:get(K(k), #{stale => true}, 30000)", "{ok,#{a => [1|2]}}"},
			{"[paxos_kv:get(K(k), [{at, N}]) || N <- " + all + "]", "[{ok,#{a => [1|2]}},{ok,#{a => [1|2]}},{ok,#{a => [1|2]}}]"},
			{"{ok, #{a := [1|2]}, {C, N, I} = Rev} = paxos_kv:get(K(k), [rev]), is_integer(C) andalso is_binary(N) andalso is_integer(I)", "true"},
			{"{ok, #{a => [1|2]}, Rev} =:= paxos_kv:put(K(k), w, #{rev => true})", "true"},
			// A busy machine may let the time pass before the put is through: then it is put anew.
			{"First = (fun Anew() -> Until = os:system_time(millisecond) + 3000, " +
				"case {paxos_kv:put(K(r), a, [rev, {until, Until}]), os:system_time(millisecond) >= Until} of " +
				"{{ok, a, R}, _} -> R; {{error, _}, true} -> Anew() end end)(), ok", "ok"},
			{"paxos_kv:pid(K(k))", "{error,not_found}"},
			{"paxos_kv:node(K(k), [{default, none}], 30000)", "{ok,none}"},
			{"paxos_kv:put(K(p), 1, [{pid, Holder}])", "{ok,1}"},
			{"paxos_kv:put(K(m), 1, #{pid => Holder, node => node(), key => K(p)})", "{ok,1}"},
			{"{ok, Holder} =:= paxos_kv:pid(K(p))", "true"},
			{"paxos_kv:node(K(m))", "{ok,'" + e.Name + "'}"},
			{"M = monitor(process, Holder), Holder ! stop, receive {'DOWN', M, _, _, _} -> stopped end", "stopped"},
			// A put waits a second for word of the process, and goes on without.
			{"(fun Again() -> Began = erlang:monotonic_time(millisecond), Answer = paxos_kv:put(K(d), 1, [{pid, Holder}]), " +
				"case Answer =:= {ok, 1} andalso erlang:monotonic_time(millisecond) - Began >= 1000 of " +
				"true -> Again(); false -> Answer end end)()", "{error,invalid_value}"},
			{"paxos_kv:put(K(d), 1, [{node, nobody@nowhere}])", "{error,invalid_value}"},
			{"paxos_kv:put(K(d), 1, [{until, 1}])", "{error,invalid_value}"},
			{"paxos_kv:put(K(b), 1, [{bucket, other}])", "{ok,1}"},
			{"paxos_kv:get(K(b), #{bucket => <<\"other\">>})", "{ok,1}"},
			{"paxos_kv:get(K(b))", "{error,not_found}"},
			{"paxos_kv:get(K(b), [{bucket, nobucket}])", "{error,unknown_bucket}"},
			{"element(1, element(2, paxos_kv:get(K(b), [strange])))", "bad_request"},
			{"paxos_kv:cluster_size()", "{ok,3}"},
			{"paxos_kv:nodes()", "{ok," + all + "}"},
			{"paxos_kv:nodes_and_cluster_size()", "{ok,{" + all + ",3}}"},
			{"paxos_kv:quorum()", "{ok,true}"},
			{"paxos_kv:quorum(#{at => nobody@nowhere, timeout => 100})", "{error,no_node}"},
			{"paxos_kv:put(k, v, #{at => nobody@nowhere, timeout => 300})", "{error,no_node}"},
			{"paxos_kv:put(k, v, #{at => node(), timeout => 300})", "{error,no_node}"}, // there is no store
			{"paxos_kv:ping()", "pong"},
			{"paxos_kv:resize_cluster(3)", "ok"},
			{"paxos_kv:resize_cluster(2)", "{error,refused}"},
			{"element(1, element(2, paxos_kv:resize_cluster(many)))", "bad_request"},
			{"paxos_kv:subscribe()", "ok"},
			{"receive Any -> Any after 10000 -> nothing end", "quorum_reached"},
			{"paxos_kv:unsubscribe()", "ok"},
		})
		eventually(t, e, "[paxos_kv:get(K(Key)) || Key <- [p, m, r]]", "[{error,not_found},{error,not_found},{error,not_found}]")
		// A put that meets the collecting of the tombstone may not learn what became of it.
		require.Equal(t, "true", e.Eval("(fun Anew() -> case paxos_kv:put(K(r), b, [rev]) of "+
			"{ok, b, Second} -> Second > First; {error, indeterminate} -> Anew() end end)()"), "a fencing token")
	})
}

// The servers of the store answer plain calls, from nodes that know nothing of
// the client, by their names and by these with Elixir's prefix.
func TestPlainErlangCalls(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	_, nodes, network := mapped(t)
	beam.Each(t, func(t *testing.T, o beam.OTP) {
		e := beam.StartErlang(t, o, "plain"+o.Release+"@127.0.0.1", network)
		for _, prefix := range []string{"", "Elixir."} {
			evals(t, e, [][2]string{
				{fmt.Sprintf("gen_server:call({'%sPaxosKV.Proposer', '%s'}, {put, {k, %s}, v, []})", prefix, nodes[0].Name, o.Release), "{ok,v}"},
				{fmt.Sprintf("gen_server:call({'%sPaxosKV.Learner', '%s'}, {get, {k, %s}, []})", prefix, nodes[1].Name, o.Release), "{ok,v}"},
				{fmt.Sprintf("gen_server:call({'%sPaxosKV.Cluster', '%s'}, cluster_size)", prefix, nodes[2].Name), "3"},
			})
		}
	})
}

// The unit tests of the client.
func TestErlangClientUnits(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	mapper := cluster.New(t, cluster.Setup{Mapper: true}).Mapper()
	for _, o := range beam.All() {
		t.Run("OTP"+o.Release, func(t *testing.T) {
			t.Parallel()
			dir := buildErlangClient(t, o)
			out, err := o.Command(dir, mapper, "env", "--chdir="+dir, "sh", "-c", "mkdir -p ebin/test && erlc -Werror -o ebin/test test/*.erl && "+
				"erl -noshell -name units"+o.Release+"@127.0.0.1 -setcookie units -start_epmd false -kernel logger_level none -pa ebin ebin/test "+
				`-eval 'halt(case eunit:test({dir, "ebin/test"}) of ok -> 0; _ -> 1 end).'`).CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.Regexp(t, `All [0-9]+ tests passed`, string(out))
		})
	}
}
