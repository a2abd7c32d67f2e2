package tests

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// The store runs on ergo's own wire as well: keys go with processes and nodes that
// run the store. Of other nodes it knows nothing there, so nothing is tied to them.
func TestOnErgosOwnWire(t *testing.T) {
	t.Parallel()
	c := cluster.New(t, cluster.Setup{})
	var nodes []*cluster.Node
	start := func(number int) *cluster.Node {
		return c.StartNode(number, func(a *agent.Config) { a.Stock = true })
	}
	for i := range 3 {
		nodes = append(nodes, start(i+1))
	}
	c.WaitReady(nodes...)
	for _, from := range nodes {
		for _, home := range nodes {
			key := atom("%s from %s", home.Name, from.Name)
			pid := spawn(t, home)
			r := put(t, from, key, 1, cluster.Options{PIDs: pids(pid)})
			holds(t, nodes, key, r)
			require.NoError(t, home.Exit(pid, "bye"))
			gone(t, nodes, key)
			// That wire keeps no order, so what is asked about a process before the put
			// may be answered too late; its key goes then.
			if _, _, err := settle(from, key, 1, cluster.Options{PIDs: pids(pid)}); err != nil {
				require.ErrorIs(t, err, paxoskv.ErrInvalidValue)
			}
			gone(t, nodes, key)
			again(t, nodes, key, r)
		}
	}
	tied := put(t, nodes[0], atom("node"), 1, cluster.Options{Nodes: []string{nodes[2].Name}})
	_, err := nodes[0].Put(atom("none"), 1, cluster.Options{Nodes: []string{cluster.Name(4)}})
	require.ErrorIs(t, err, paxoskv.ErrInvalidValue)
	nodes[2].Kill()
	gone(t, nodes[:2], atom("node"))
	nodes[2] = start(3)
	c.WaitReady(nodes...)
	again(t, nodes, atom("node"), tied)
}
