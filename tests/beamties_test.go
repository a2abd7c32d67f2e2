package tests

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/tests/beam"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// server is a proposer as Erlang names it.
func server(n *cluster.Node) string { return fmt.Sprintf("{'%s', '%s'}", proposer, n.Name) }

func servers(nodes []*cluster.Node) string {
	var all []string
	for _, n := range nodes {
		all = append(all, server(n))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// startTies starts an Erlang node with the module of testdata, which the nodes of
// the cluster dial.
func startTies(t *testing.T, o beam.OTP, name string, nodes []*cluster.Node, n beam.Network) *beam.Node {
	t.Helper()
	n.Passive = true
	e := beam.StartErlang(t, o, name, n)
	e.LoadErlang("testdata/ties.erl")
	for _, g := range nodes {
		tell(t, g, e)
	}
	return e
}

// tell links a node of the cluster with one of Erlang, and waits until its store knows
// of this life of that: one that was killed just before may have had the name.
func tell(t *testing.T, n *cluster.Node, e *beam.Node) {
	t.Helper()
	link(t, n, e)
	life := e.Eval("erlang:system_info(creation)")
	cluster.Eventually(t, fmt.Sprintf("%s knows of life %s of %s", n.Name, life, e.Name), func() (bool, any) {
		known, err := n.Creation(e.Name)
		require.NoError(t, err)
		return fmt.Sprint(known) == life, known
	})
}

// A key goes with the Erlang process that it is tied to, whatever the process
// ends with.
func TestKeyGoesWithItsErlangProcess(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	_, nodes, network := mapped(t)
	beam.Each(t, func(t *testing.T, o beam.OTP) {
		e := startTies(t, o, "ends"+o.Release+"@127.0.0.1", nodes, network)
		for i, end := range []string{
			"$P ! {stop, normal}", "$P ! {stop, shutdown}", "$P ! {stop, {shutdown, [a, {b, 2}]}}",
			"$P ! {stop, {self(), make_ref(), #{<<\"k\">> => [1|2]}, fun() -> ok end}}",
			"$P ! {stop, lists:duplicate(100000, {big, <<0:1000>>})}", "$P ! {stop, <<\"text\">>}", "$P ! {stop, [[]]}",
			"$P ! {stop, noconnection}", "$P ! {stop, noproc}", "$P ! {stop, unsupported}", "$P ! {stop, incarnation}",
			"exit($P, kill)", "exit($P, {killed, by, self()})",
			"begin $P ! hibernate, exit($P, gone) end",
		} {
			key := etf.Tuple{atom("%s", o.Release), i}
			g := nodes[i%len(nodes)]
			p := fmt.Sprintf("P%d", i)
			e.Eval("begin %[1]s = ties:start(), {ok, 1} = ties:put_from(%[1]s, %[2]s, {'%[3]s', %[4]d}, [{pid, %[1]s}]) end",
				p, server(g), o.Release, i)
			r, err := nodes[(i+1)%len(nodes)].Get(key)
			require.NoError(t, err, end)
			pid, err := nodes[(i+2)%len(nodes)].PID(key)
			require.NoError(t, err, end)
			require.Equal(t, e.Name, string(pid.Node))
			e.Eval("begin %s, ok end", strings.ReplaceAll(end, "$P", p))
			gone(t, nodes, key)
			again(t, nodes, key, r)
		}
	})
}

// startBoth starts a node of each OTP.
func startBoth(t *testing.T, name string, nodes []*cluster.Node, n beam.Network) (both []*beam.Node) {
	t.Helper()
	for _, o := range beam.All() {
		both = append(both, startTies(t, o, name+o.Release+"@127.0.0.1", nodes, n))
	}
	return both
}

// keyOf is a key of one of them.
func keyOf(e *beam.Node, text string) etf.Atom { return atom("%s of %s", text, e.Name) }

// A process that is suspended is there, and so is its key. It can be killed all
// the same.
func TestSuspendedErlangProcessKeepsItsKey(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	_, nodes, network := mapped(t)
	both := startBoth(t, "suspended", nodes, network)
	held := make(map[*beam.Node]cluster.Result)
	for _, e := range both {
		e.Eval("begin P = ties:start(), true = erlang:suspend_process(P), {ok, 1} = ties:put(%s, '%s', 1, [{pid, P}]) end",
			server(nodes[0]), keyOf(e, "k"))
		r, err := nodes[1].Get(keyOf(e, "k"))
		require.NoError(t, err)
		held[e] = r
	}
	swept(t, nodes)
	for _, e := range both {
		holds(t, nodes, keyOf(e, "k"), held[e])
		e.Eval("exit(P, kill)")
		gone(t, nodes, keyOf(e, "k"))
	}
}

// swept waits until each of the nodes has looked again at what it watches.
func swept(t *testing.T, nodes []*cluster.Node) {
	t.Helper()
	for _, n := range nodes {
		before, err := n.Held()
		require.NoError(t, err)
		cluster.Eventually(t, "two sweeps of "+n.Name, func() (bool, any) {
			now, err := n.Held()
			require.NoError(t, err)
			return now.Sweeps >= before.Sweeps+2, now
		})
	}
}

// Processes that end as soon as their put is answered, or while it is under way,
// leave nothing.
func TestErlangProcessesThatEndRightAfterThePut(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	_, nodes, network := mapped(t)
	beam.Each(t, func(t *testing.T, o beam.OTP) {
		e := startTies(t, o, "quick"+o.Release+"@127.0.0.1", nodes, network)
		const n = 300
		require.Equal(t, "[]", e.Eval("ties:quick(%d, %s, exit%s, {bye, []})", n, servers(nodes), o.Release))
		e.Eval("[exit(P, kill) || P <- [begin P = ties:start(), P ! {put, self(), lists:nth(I rem 3 + 1, %s), "+
			"{kill%s, I}, [{pid, P}]}, P end || I <- lists:seq(1, %d)]], ok", servers(nodes), o.Release, n)
		nothingLeft(t, nodes)
		for i := range n {
			for _, tag := range []string{"exit", "kill"} {
				gone(t, nodes[i%len(nodes):][:1], etf.Tuple{atom("%s%s", tag, o.Release), i + 1})
			}
		}
	})
}

// nothingLeft waits until no node holds on to anything that a key was tied to.
func nothingLeft(t *testing.T, nodes []*cluster.Node) {
	t.Helper()
	began := time.Now()
	for _, n := range nodes {
		cluster.Eventually(t, n.Name+" holds on to nothing", func() (bool, any) {
			held, err := n.Held()
			require.NoError(t, err)
			return held.Guards == 0 && held.Watched == 0 && held.Monitors == 0 && held.Core == 0 && held.Stones == 0, held
		})
	}
	t.Logf("nothing is left after %v", time.Since(began).Round(time.Millisecond))
}
