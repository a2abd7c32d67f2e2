package tests

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/tests/beam"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// A node of Erlang is cut off without a word: from one member, and its keys stay;
// from all, and they go, as soon as the silence is noticed. After the heal it
// guards again.
func TestErlangNodeIsCutOff(t *testing.T) {
	needNetwork(t)
	beam.Need(t, beam.Erlang)
	t.Parallel()
	const silence = time.Second
	n := startNetwork(t, 5, silence)
	nodes := n.nodes
	var both []*beam.Node
	for i, o := range beam.All() {
		both = append(both, n.erlang(3+i, o, "cut"))
	}
	alone := func(cut bool, from ...int) {
		n.alone(3, cut, from...)
		n.alone(4, cut, from...)
	}
	var names []string
	for _, e := range both {
		names = append(names, e.Name)
		for _, of := range []string{"dies", "stays"} {
			e.Eval("%[1]s = ties:start(), {ok, 1} = ties:put(%[2]s, '%[3]s', 1, [{pid, %[1]s}, {node, node()}])",
				variable(of), server(nodes[0]), keyOf(e, of))
		}
	}
	read := func(e *beam.Node, what string) cluster.Result {
		r, err := nodes[1].Get(keyOf(e, what))
		require.NoError(t, err)
		return r
	}

	alone(true, 0)
	joined(t, silence+slack, "one member notices", nodes[:1], false, names...)
	swept(t, nodes)
	for _, e := range both {
		holds(t, nodes, keyOf(e, "stays"), read(e, "stays"))
		holds(t, nodes, keyOf(e, "dies"), read(e, "dies"))
		e.Eval("exit(%s, bye)", variable("dies"))
		gone(t, nodes, keyOf(e, "dies"))
	}
	alone(false, 0)
	joined(t, 5*time.Second, "it is linked again", nodes, true, names...)
	for _, e := range both {
		e.Eval("exit(%s, bye)", variable("stays"))
		gone(t, nodes, keyOf(e, "stays"))
	}

	held := make(map[*beam.Node]cluster.Result)
	for _, e := range both {
		e.Eval("{ok, 1} = ties:put(%s, '%s', 1, [{pid, self()}])", server(nodes[0]), keyOf(e, "all"))
		held[e] = read(e, "all")
	}
	alone(true, 0, 1, 2)
	joined(t, silence+slack, "all members notice", nodes, false, names...)
	for _, e := range both {
		gone(t, nodes, keyOf(e, "all"))
		again(t, nodes, keyOf(e, "all"), held[e])
	}
	alone(false, 0, 1, 2)
	for _, e := range both {
		within(t, 5*time.Second, "its puts work again", func() (bool, any) {
			answer := e.Eval("try ties:put(%s, '%s', 1, [{pid, self()}]) catch _:Why -> Why end", server(nodes[2]), keyOf(e, "healed"))
			return answer == "{ok,1}", answer
		})
		joined(t, 5*time.Second, "it is linked with all", nodes, true, e.Name)
		holds(t, nodes, keyOf(e, "healed"), read(e, "healed"))
	}
}

// variable is one of Erlang.
func variable(of string) string { return "P_" + of }

// A node of Erlang that is stopped with SIGSTOP is as good as cut off.
func TestErlangNodeIsFrozen(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	const silence = time.Second
	c, nodes := cluster.Start(t, 3, cluster.Setup{Mapper: true, Silence: silence})
	both := startBoth(t, "frozen", nodes, beam.Network{Cookie: c.Cookie(), Mapper: c.Mapper()})
	for _, e := range both {
		e.Eval("{ok, 1} = ties:put(%s, '%s', 1, [{pid, self()}])", server(nodes[0]), keyOf(e, "k"))
		r, err := nodes[1].Get(keyOf(e, "k"))
		require.NoError(t, err)
		e.Pause()
		began := time.Now()
		gone(t, nodes, keyOf(e, "k"))
		require.Less(t, time.Since(began), silence+2*slack)
		again(t, nodes, keyOf(e, "k"), r)
		e.Continue()
		for _, n := range nodes {
			tell(t, n, e)
		}
		e.Eval("{ok, 1} = ties:put(%s, '%s', 1, [{pid, self()}])", server(nodes[0]), keyOf(e, "thawed"))
	}
}
