package tests

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/tests/beam"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// watcherEval starts a process of Erlang that watches a bucket with the client, and
// keeps what holds as it is told; View(Pid) is {Current, Keys, Events}.
const watcherEval = `
Take = fun({chosen, K, R, V, _}, {C, M, Es}) -> {C, M#{K => {R, V}}, [chosen | Es]};
          ({erased, K, _}, {C, M, Es}) -> {C, maps:remove(K, M), [erased | Es]};
          ({missed, K}, {C, M, Es}) -> {C, maps:remove(K, M), Es};
          (missed, {_, _, Es}) -> {false, #{}, [missed | Es]};
          (behind, {_, M, Es}) -> {false, M, [behind | Es]};
          (current, {_, M, Es}) -> {true, M, [current | Es]} end,
Loop = fun L(W, S) -> receive {paxos_kv, W, E} -> L(W, Take(E, S)); {view, P} -> P ! {view, S}, L(W, S) end end,
View = fun(P) -> P ! {view, self()}, receive {view, S} -> S end end,
Me = self(),
Viewer = spawn(fun() -> {ok, W} = paxos_kv:watch_all(), Me ! started, Loop(W, {false, #{}, []}) end),
receive started -> ok end`

// A process of Erlang watches through the kill and the pause of the node that tells
// it: it knows in the end what holds, and is told that it may have missed something.
func TestErlangWatchMovesOn(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	for _, o := range beam.All() {
		t.Run("OTP"+o.Release, func(t *testing.T) {
			t.Parallel()
			c, nodes := cluster.Start(t, 3, cluster.Setup{Mapper: true})
			network := beam.Network{Cookie: c.Cookie(), Mapper: c.Mapper()}
			e := startErlangClient(t, o, "watches@127.0.0.1", network, nodes[0])
			eventually(t, e, "length(nodes(connected))", "3")
			require.Equal(t, "ok", e.Eval("%s", watcherEval))
			for _, strike := range []string{"kill", "pause"} {
				e.Eval("Owner_%[1]s = spawn(fun() -> receive stop -> ok end end), "+
					"{ok, v} = paxos_kv:put({%[1]s, stays}, v), "+
					"{ok, v, Rev_%[1]s} = paxos_kv:put({%[1]s, goes}, v, [rev, {pid, Owner_%[1]s}]), ok", strike)
				eventually(t, e, fmt.Sprintf("(fun({C, M, _}) -> {C, maps:get({%[1]s, goes}, M, none) =:= {Rev_%[1]s, v}} end)(View(Viewer))", strike),
					"{true,true}")
				first := used(t, e, nodes)
				undo := struck(t, nodes, first, strike)
				e.Eval("Owner_%s ! stop, ok", strike)
				require.Equal(t, "{ok,w}", e.Eval("paxos_kv:put({%s, late}, w)", strike))
				eventually(t, e, fmt.Sprintf("(fun({C, M, _}) -> {C, lists:sort([K || {%[1]s, K} <- maps:keys(M)])} end)(View(Viewer))", strike),
					"{true,[late,stays]}")
				require.Equal(t, "true", e.Eval("lists:member(missed, element(3, View(Viewer)))"))
				undo()
			}
		})
	}
}

// The client tells an owner when the nodes of the store are gone, and when its entry
// is over, also after the node that it asked was killed.
func TestErlangClientTellsOwners(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	beam.Each(t, func(t *testing.T, o beam.OTP) {
		c, nodes := cluster.Start(t, 3, cluster.Setup{Mapper: true})
		e := startErlangClient(t, o, "owner"+o.Release+"@127.0.0.1", beam.Network{Cookie: c.Cookie(), Mapper: c.Mapper()}, nodes[0])
		eventually(t, e, "length(nodes(connected))", "3")
		e.Eval("Other = spawn(fun() -> receive stop -> ok end end), " +
			"{ok, v, R} = paxos_kv:put(k, v, [rev, {pid, self()}, {pid, Other}]), {ok, W} = paxos_kv:lost(k, R), ok")
		first := used(t, e, nodes)
		first.Kill()
		require.Equal(t, "{ok,v,true}", e.Eval("(fun({ok, V, Now}) -> {ok, V, Now =:= R} end)(paxos_kv:get(k, [rev]))"))
		require.Equal(t, "nothing", e.Eval("receive {paxos_kv, W, Early} -> Early after 2000 -> nothing end"))
		e.Eval("Other ! stop, ok")
		require.Equal(t, "true", e.Eval("receive {paxos_kv, W, Told} -> Told =:= {lost, k, R, erased} after 30000 -> nothing end"))
		nodes[first.Number-1] = first.Restart()
		for _, n := range nodes {
			n.WaitSeats(3, 3)
		}
		e.Eval("{ok, v, R2} = paxos_kv:put(k, v, [rev, {pid, self()}]), {ok, W2} = paxos_kv:lost(k, R2), ok")
		for _, n := range nodes {
			require.NoError(t, n.Pause())
		}
		require.Equal(t, "{true,no_node}", e.Eval("receive {paxos_kv, W2, {lost, k, R3, Why}} -> {R3 =:= R2, Why} after 30000 -> nothing end"))
		for _, n := range nodes {
			require.NoError(t, n.Continue())
		}
	})
}

// A process of Erlang that knows nothing of the client, and one of Go on another
// node, are told by the learner that they ask, in order, until they do not want it.
func TestPlainWatch(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	c, nodes := cluster.Start(t, 3, cluster.Setup{Mapper: true})
	for i, e := range startBoth(t, "plain", nodes, beam.Network{Cookie: c.Cookie(), Mapper: c.Mapper()}) {
		key, learner := atom("k%d", i), fmt.Sprintf("{'PaxosKV.Learner', '%s'}", nodes[0].Name)
		owner, listener := spawn(t, nodes[1]), spawn(t, nodes[2])
		e.Eval("Next = fun() -> receive M -> M after 30000 -> nothing end end, ok")
		evals(t, e, [][2]string{
			{fmt.Sprintf("gen_server:call(%s, {watch, self(), %s})", learner, key), "ok"},
			{"Next()", fmt.Sprintf("{paxos_kv,'PaxosKV',{current,%s}}", key)},
		})
		ok, err := nodes[2].Call(listener, "PaxosKV.Learner", nodes[0].Name, etf.Tuple{atom("watch"), listener, key}, cluster.Patience)
		require.NoError(t, err)
		require.Equal(t, atom("ok"), ok)
		mail := func(events ...string) {
			t.Helper()
			var want []string
			for _, event := range events {
				want = append(want, "^{paxos_kv,'PaxosKV',{"+event+"}}$")
			}
			cluster.Eventually(t, fmt.Sprint("the process of Go is told ", events), func() (bool, any) {
				lines, err := nodes[2].Mail(listener)
				require.NoError(t, err)
				for n, line := range lines {
					require.Less(t, n, len(want), line)
					require.Regexp(t, want[n], strings.ReplaceAll(line, " ", ""))
				}
				return len(lines) == len(want), lines
			})
		}
		mail("current,k.")
		r := put(t, nodes[1], key, atom("v"), cluster.Options{PIDs: pids(owner)})
		rev := fmt.Sprintf("{%d,<<\"%s\">>,%d}", r.Rev.Counter, r.Rev.Proposer.Name, r.Rev.Proposer.Incarnation)
		require.Regexp(t, "^{paxos_kv,'PaxosKV',{chosen,"+string(key)+","+regexp.QuoteMeta(rev)+",v,\\[{pid,<.*>}\\]}}$", e.Eval("Next()"))
		require.NoError(t, nodes[1].KillPID(owner))
		require.Equal(t, fmt.Sprintf("{paxos_kv,'PaxosKV',{erased,%s,%s}}", key, rev), e.Eval("Next()"))
		mail("current,k.", "chosen,k.,.*,v,.*", "erased,k.,.*")

		require.Equal(t, "ok", e.Eval("gen_server:call(%s, {unwatch, self(), %s})", learner, key))
		anew(t, nodes[1], key, atom("w"))
		mail("current,k.", "chosen,k.,.*,v,.*", "erased,k.,.*", "chosen,k.,.*,w,.*")
		require.Equal(t, "nothing", e.Eval("receive Late -> Late after 0 -> nothing end"))
	}
}
