package tests

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/dist/epmd"
	"github.com/paxoskv/paxoskv/tests/beam"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// tied puts two keys that hang on a node of Erlang: one on a process, one on the
// node.
func tied(t *testing.T, e *beam.Node, nodes []*cluster.Node, life any) map[etf.Atom]cluster.Result {
	t.Helper()
	old := make(map[etf.Atom]cluster.Result)
	for i, on := range []string{"pid", "node"} {
		key := atom("%s %s %v", e.Name, on, life)
		option := map[string]string{"pid": "{pid, ties:start()}", "node": "{node, node()}"}[on]
		e.Eval("{ok, 1} = ties:put(%s, '%s', 1, [%s])", server(nodes[i]), key, option)
		r, err := nodes[2].Get(key)
		require.NoError(t, err)
		name, err := nodes[1].NodeOf(key)
		require.NoError(t, err)
		require.Equal(t, e.Name, name)
		old[key] = r
	}
	return old
}

func allGone(t *testing.T, nodes []*cluster.Node, old map[etf.Atom]cluster.Result) {
	t.Helper()
	for key, r := range old {
		gone(t, nodes, key)
		again(t, nodes, key, r)
	}
}

// Keys go with the Erlang node that they are tied to, and with the node of their
// process: when it stops in order, when it is killed, and when it is back before
// anybody misses it, under its name.
func TestKeysGoWithTheirErlangNode(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	_, nodes, network := mapped(t)
	beam.Each(t, func(t *testing.T, o beam.OTP) {
		name := "node" + o.Release + "@127.0.0.1"
		for life, end := range []string{"stop", "kill", "kill and restart"} {
			e := startTies(t, o, name, nodes, network)
			old := tied(t, e, nodes, life)
			if end == "stop" {
				e.Eval("init:stop()")
				e.Ended()
			} else {
				e.Kill()
			}
			unmapped(t, network, name)
			if end == "kill and restart" {
				e = startTies(t, o, name, nodes, network)
				again := tied(t, e, nodes, "again")
				allGone(t, nodes, old)
				for key, r := range again {
					holds(t, nodes, key, r) // its new life guards
				}
				e.Kill()
				unmapped(t, network, name)
				allGone(t, nodes, again)
				continue
			}
			allGone(t, nodes, old)
		}
		nothingLeft(t, nodes)
	})
}

// unmapped waits until the port mapper does not know a node that has ended: then
// another may have its name.
func unmapped(t *testing.T, n beam.Network, name string) {
	t.Helper()
	alive, _, _ := strings.Cut(name, "@")
	cluster.Eventually(t, "the port mapper has dropped "+alive, func() (bool, any) {
		_, err := epmd.Lookup(context.Background(), fmt.Sprintf("127.0.0.1:%d", n.Mapper), alive)
		return errors.Is(err, epmd.ErrUnknownNode), err
	})
}

// linked waits until all of the nodes have a link to another, or none has, and their
// stores know.
func linked(t *testing.T, nodes []*cluster.Node, name string, want bool) {
	t.Helper()
	for _, n := range nodes {
		cluster.Eventually(t, fmt.Sprintf("%s is linked with %s: %v", n.Name, name, want), func() (bool, any) {
			peers, err := n.Peers()
			require.NoError(t, err)
			known, err := n.Creation(name)
			require.NoError(t, err)
			return slices.Contains(peers, name) == want && (known != 0) == want, fmt.Sprint(known, peers)
		})
	}
}

// dialTime is how long a put waits for members that dial the node of its tie.
const dialTime = 700 * time.Millisecond

// dialled runs a put that has members dial, until it goes well. It may be refused
// where the machine was so busy that the time was over before they were linked.
func dialled(t *testing.T, key any, put func() error) {
	t.Helper()
	cluster.Eventually(t, fmt.Sprintf("the members dial in time for %v", key), func() (bool, any) {
		began := time.Now()
		err := put()
		if took := time.Since(began); took >= dialTime && errors.Is(err, paxoskv.ErrInvalidValue) {
			return false, fmt.Sprintf("%v after %v", err, took)
		}
		require.NoError(t, err)
		return true, nil
	})
}

// A process or a node to which only one member has a link guards all the same:
// the others dial it, for a put and after.
func TestMembersDialTheNodeOfATie(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	_, nodes, network := mapped(t)
	few := startBoth(t, "few", nodes[:1], network)
	none := startBoth(t, "none", nil, network)
	held := make(map[*beam.Node]cluster.Result)
	for _, e := range few {
		e.Eval("P = ties:start(), ok")
		dialled(t, keyOf(e, "pid"), func() error {
			answer := e.Eval("ties:put(%s, '%s', 1, [{pid, P}])", server(nodes[0]), keyOf(e, "pid"))
			if answer == "{error,invalid_value}" {
				return paxoskv.ErrInvalidValue
			}
			require.Equal(t, "{ok,1}", answer)
			return nil
		})
		linked(t, nodes, e.Name, true)
		r, err := nodes[1].Get(keyOf(e, "pid"))
		require.NoError(t, err)
		held[e] = r
	}
	for _, e := range none {
		// Nobody is linked with it, and still one has only to name it.
		var r cluster.Result
		dialled(t, keyOf(e, "node"), func() (err error) {
			r, err = nodes[2].Put(keyOf(e, "node"), 1, cluster.Options{Nodes: []string{e.Name}})
			return err
		})
		held[e] = r
		linked(t, nodes, e.Name, true)
		// A link that is lost is made again while a key hangs on it.
		require.Equal(t, "true", e.Eval("erlang:disconnect_node('%s')", nodes[0].Name))
		linked(t, nodes, e.Name, true)
	}
	swept(t, nodes)
	for i := range few {
		holds(t, nodes, keyOf(few[i], "pid"), held[few[i]])
		holds(t, nodes, keyOf(none[i], "node"), held[none[i]])
		few[i].Eval("exit(P, bye)")
		gone(t, nodes, keyOf(few[i], "pid"))
		none[i].Kill()
		gone(t, nodes, keyOf(none[i], "node"))
	}
}

// A put is refused if too few members can be linked with the node of its tie: they
// would erase the key at once. One that is not makes no difference.
func TestTiesNeedAQuorumOfLinks(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	_, nodes, network := mapped(t)
	both := startBoth(t, "parted", nodes[:1], network)
	part := func(e *beam.Node, n *cluster.Node) {
		require.NoError(t, n.Disconnect(e.Name))
		linked(t, []*cluster.Node{n}, e.Name, false)
	}
	held := make(map[*beam.Node]cluster.Result)
	for _, e := range both {
		k := keyOf(e, "k")
		part(e, nodes[1])
		part(e, nodes[2])
		for _, option := range []string{"{pid, self()}", "{node, node()}"} {
			require.Equal(t, "{error,invalid_value}", e.Eval("ties:put(%s, '%s', 1, [%s])", server(nodes[0]), k, option))
		}
		_, err := nodes[0].Put(k, 1, cluster.Options{Nodes: []string{e.Name}})
		require.ErrorIs(t, err, paxoskv.ErrInvalidValue)
		require.ErrorContains(t, err, e.Name+" is not connected to 2 of 3 members")
		_, err = nodes[1].Put(k, 1, cluster.Options{Nodes: []string{e.Name}})
		require.ErrorIs(t, err, paxoskv.ErrInvalidValue)
		require.ErrorContains(t, err, e.Name+" is not connected")
		gone(t, nodes, k)

		tell(t, nodes[1], e)
		e.Eval("{ok, 1} = ties:put(%s, '%s', 1, [{pid, self()}, {node, node()}])", server(nodes[0]), k)
		r, err := nodes[2].Get(k)
		require.NoError(t, err)
		held[e] = r
	}
	swept(t, nodes)
	for _, e := range both {
		holds(t, nodes, keyOf(e, "k"), held[e])
		linked(t, nodes[2:], e.Name, false)
		part(e, nodes[0])
		gone(t, nodes, keyOf(e, "k"))
	}
}
