package dist_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// nextNodeEvent is an Erlang expression for the next message about a node.
const nextNodeEvent = "receive {What, N, Info} when What =:= nodeup; What =:= nodedown -> " +
	"{What, N, proplists:get_value(node_type, Info)}; {nodedown, N} -> {nodedown, N} after 10000 -> nothing end"

// nodeEvent returns what the Erlang node is told next about a node.
func (e *erlang) nodeEvent() string {
	e.t.Helper()
	return e.eval("(fun() -> %s end)()", nextNodeEvent)
}

// TestErlangHearsOfNodes has Erlang watch a Go node by its own means, and part
// from it by its own means.
func TestErlangHearsOfNodes(t *testing.T) {
	eachOTP(t, func(t *testing.T, o otp) {
		port := mapper(t)
		e := startErlang(t, o, "e@127.0.0.1", port)
		g := startChild(t, childConfig{Name: "g@127.0.0.1", EPMD: port})
		up, down := "{nodeup,'g@127.0.0.1',hidden}", "{nodedown,'g@127.0.0.1',hidden}"
		e.eval("net_kernel:monitor_nodes(true, [{node_type, all}])")

		// Nobody asked the Go node for a link: what Erlang ends stays ended.
		require.Equal(t, "pong", e.eval("net_adm:ping('%s')", g.name))
		require.Equal(t, up, e.nodeEvent())
		e.eval("monitor_node('%s', true)", g.name)
		require.Equal(t, "true", e.eval("erlang:disconnect_node('%s')", g.name))
		require.ElementsMatch(t, []string{down, "{nodedown,'g@127.0.0.1'}"}, []string{e.nodeEvent(), e.nodeEvent()})
		eventually(t, "the Go node to be alone", g.alone)
		require.Equal(t, "pong", e.eval("net_adm:ping('%s')", g.name))
		require.Equal(t, up, e.nodeEvent())

		// The Go node parts.
		g.do(nil, "disconnect", e.name)
		require.Equal(t, down, e.nodeEvent())

		// Where the Go node was asked for the link, it comes back.
		g.do(nil, "connect", e.name)
		require.Equal(t, up, e.nodeEvent())
		require.Equal(t, "true", e.eval("erlang:disconnect_node('%s')", g.name))
		require.Equal(t, down, e.nodeEvent())
		require.Equal(t, up, e.nodeEvent())
		require.Equal(t, "x", e.eval("gen_server:call({agent, '%s'}, x)", g.name))
		g.kill()
		require.Equal(t, down, e.nodeEvent())
		require.Equal(t, "pang", e.eval("net_adm:ping('%s')", g.name))
	})
}

// TestErlangKeepsTheOldLink starts a Go node anew whose end Erlang has not noticed:
// Erlang still has its link to the earlier life, and has to give it up at once.
func TestErlangKeepsTheOldLink(t *testing.T) {
	eachOTP(t, func(t *testing.T, o otp) {
		port := mapper(t)
		e := startErlang(t, o, "e@127.0.0.1", port)
		p := startProxy(t, erlangAddress(t, port, e))
		start := func() *child {
			g := startChild(t, childConfig{Name: "g@127.0.0.1", Silence: time.Second})
			g.do(nil, "address", e.name, p.address())
			return g
		}
		g := start()
		g.do(nil, "connect", e.name)
		g.do(nil, "wait", e.name)
		e.eval("net_kernel:monitor_nodes(true, [{node_type, all}]), G = gen_server:call({agent, '%s'}, {wish, self, []}), monitor(process, G)", g.name)
		p.pass(false, false)
		g.kill()
		require.Equal(t, "['g@127.0.0.1']", e.eval("nodes(hidden)"), "Erlang knows of nothing")
		g = start()
		p.pass(true, true)
		g.do(nil, "connect", e.name)
		within(t, 5*time.Second, "link of the new life", func() bool { return hasPeer(g, e.name) })
		require.Equal(t, "{nodedown,'g@127.0.0.1',hidden}", e.nodeEvent())
		require.Equal(t, "{nodeup,'g@127.0.0.1',hidden}", e.nodeEvent())
		require.Equal(t, "noconnection", e.eval("receive {'DOWN', _, process, G, R} -> R after 10000 -> none end"))
		require.Equal(t, "new", e.eval("gen_server:call({agent, '%s'}, new)", g.name))
		require.Equal(t, "noproc", e.eval("begin monitor(process, G), receive {'DOWN', _, process, G, S} -> S after 10000 -> none end end"))
	})
}

// TestErlangMeshStays has three Erlang nodes in a full mesh, with global preventing
// overlapping partitions as it does by default, and a Go node of which one of
// them loses the link: none of the links between the Erlang nodes may go with it.
func TestErlangMeshStays(t *testing.T) {
	eachOTP(t, func(t *testing.T, o otp) {
		port := mapper(t)
		g := startChild(t, childConfig{Name: "g@127.0.0.1", EPMD: port})
		var mesh []*erlang
		for _, name := range []string{"a@127.0.0.1", "b@127.0.0.1", "c@127.0.0.1"} {
			e := startErlang(t, o, name, port, "-kernel", "connect_all", "true", "prevent_overlapping_partitions", "true")
			if len(mesh) > 0 {
				require.Equal(t, "pong", e.eval("net_adm:ping('a@127.0.0.1')"))
			}
			require.Equal(t, "pong", e.eval("net_adm:ping('%s')", g.name))
			mesh = append(mesh, e)
		}
		whole := func() {
			for _, e := range mesh {
				require.Equal(t, "ok", e.eval("global:sync()"))
				eventually(t, e.name+" to see the others", func() bool { return e.eval("length(nodes())") == "2" })
			}
		}
		whole()
		for _, e := range mesh {
			e.eval("net_kernel:monitor_nodes(true)")
		}
		require.Equal(t, "true", mesh[0].eval("erlang:disconnect_node('%s')", g.name))
		eventually(t, "the Go node to be apart from one", func() bool { return !hasPeer(g, "a@127.0.0.1") })
		require.Equal(t, "yes", mesh[0].eval("global:register_name(still, self())"))
		whole()
		g.kill()
		for _, e := range mesh {
			eventually(t, "Erlang to miss the Go node", func() bool { return e.eval("nodes(hidden)") == "[]" })
		}
		require.Equal(t, "yes", mesh[1].eval("global:register_name(yet, self())"))
		whole()
		for _, e := range mesh {
			require.Equal(t, "none", e.eval("receive {nodedown, _} = X -> X after 0 -> none end"), "%s", e.name)
		}
		// That global does prevent them: a link between two of theirs takes others with it.
		e := mesh[2]
		require.Equal(t, "true", mesh[0].eval("erlang:disconnect_node('b@127.0.0.1')"))
		require.NotEqual(t, "none", e.eval("receive {nodedown, Y} -> Y after 10000 -> none end"))
	})
}
