package tests

import (
	"strings"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/tests/beam"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// slack is how much later than promised something may be seen on a busy machine.
const slack = 2 * time.Second

// One of the links over which puts run is cut without a word, in both directions
// or in one: no client stops, both ends notice in time, and after the heal all is
// as it was.
func TestSilentCutOfABusyLinkOfTheCluster(t *testing.T) {
	needNetwork(t)
	t.Parallel()
	type cut struct{ there, back bool }
	for silence, cuts := range map[time.Duration][]cut{
		time.Second:     {{false, false}, {false, true}, {true, false}},
		5 * time.Second: {{false, false}},
	} {
		t.Run(silence.String(), func(t *testing.T) {
			t.Parallel()
			n := startNetwork(t, 3, silence)
			a, b := n.nodes[0], n.nodes[1]
			tied := put(t, n.nodes[2], atom("tied"), 1, cluster.Options{PIDs: pids(spawn(t, a)), Nodes: []string{b.Name}})
			w := write(t, 1, none, n.nodes...)
			for _, c := range cuts {
				w.progress(5)
				n.pass(0, 1, c.there, c.back)
				began := time.Now()
				w.progress(5)
				if silence > slack {
					require.Less(t, time.Since(began), silence-slack, "nobody waits for the silence to end")
				}
				joined(t, silence+slack, "the cut is noticed", n.nodes[:1], false, b.Name)
				joined(t, silence+slack, "by the other end too", n.nodes[1:2], false, a.Name)
				w.progress(5)
				n.pass(0, 1, true, true)
				n.healed()
				holds(t, n.nodes, atom("tied"), tied)
			}
			w.progress(5)
			w.end()
			w.check(n.nodes...)
		})
	}
}

// A blip that is shorter than the silence goes unnoticed; a longer one is over
// soon after its end. Either way keys stay, for only one member sees it.
func TestBlips(t *testing.T) {
	needNetwork(t)
	t.Parallel()
	n := startNetwork(t, 3, 5*time.Second)
	pid := spawn(t, n.nodes[0])
	tied := put(t, n.nodes[1], atom("tied"), 1, cluster.Options{PIDs: pids(pid), Nodes: []string{n.nodes[0].Name}})
	w := write(t, 1, none, n.nodes...)
	links := func() []int { return []int{linksOf(t, n.nodes[0]), linksOf(t, n.nodes[2])} }
	before := links()
	for _, blip := range []time.Duration{4 * time.Millisecond, 50 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second} {
		w.progress(5)
		n.pass(0, 2, false, false)
		time.Sleep(blip) // the length of the blip is the input of the test
		n.pass(0, 2, true, true)
		w.progress(5)
		holds(t, n.nodes, atom("tied"), tied)
	}
	require.Equal(t, before, links(), "no link has fallen")

	n.pass(0, 2, false, false)
	time.Sleep(10 * time.Second)
	joined(t, slack, "the cut is noticed", []*cluster.Node{n.nodes[0], n.nodes[2]}, false, n.nodes[0].Name, n.nodes[2].Name)
	holds(t, n.nodes, atom("tied"), tied)
	n.pass(0, 2, true, true)
	n.healed()
	holds(t, n.nodes, atom("tied"), tied)
	w.progress(5)
	w.end()
	w.check(n.nodes...)
	require.NoError(t, n.nodes[0].KillPID(pid))
	gone(t, n.nodes, atom("tied"))
}

// linksOf counts the links that a node of three has ever had, by its log, when that
// tells of one to each of the others.
func linksOf(t *testing.T, n *cluster.Node) (links int) {
	t.Helper()
	cluster.Eventually(t, "the log of "+n.Name+" tells of two links", func() (bool, any) {
		log := n.Log()
		links = strings.Count(log, `msg="link up"`)
		there := links - strings.Count(log, `msg="link down"`)
		return there == 2, there
	})
	return links
}

// All links of a node fall in the same instant, with what hangs on them, again and
// again.
func TestLinksOfANodeFallTogether(t *testing.T) {
	needNetwork(t)
	beam.Need(t, beam.Erlang)
	t.Parallel()
	n := startNetwork(t, 5, time.Second)
	lone, rest := n.nodes[0], n.nodes[1:]
	var names []string
	for i, o := range beam.All() {
		names = append(names, n.erlang(3+i, o, "e").Name)
	}
	for _, m := range rest {
		names = append(names, m.Name)
	}
	for round := range 5 {
		key := func(what string, i int) any { return etf.Tuple{atom("%s", what), round, i} }
		var here, there []etf.Pid
		for i := range 20 {
			here, there = append(here, spawn(t, lone)), append(there, spawn(t, rest[i%2]))
			put(t, rest[i%2], key("here", i), 1, cluster.Options{PIDs: here[i:]})
			put(t, lone, key("there", i), 1, cluster.Options{PIDs: there[i:]})
		}
		n.alone(0, true, 1, 2, 3, 4)
		joined(t, time.Second+slack, "the cut is noticed", n.nodes[:1], false, names...)
		for i := range 20 {
			gone(t, rest, key("here", i))
			_, err := rest[0].Get(key("there", i))
			require.NoError(t, err)
		}
		n.alone(0, false, 1, 2, 3, 4)
		n.healed()
		joined(t, 5*time.Second, "with the nodes of Erlang too", n.nodes[:1], true, names...)
		for i := range 20 {
			gone(t, n.nodes[:1], key("here", i))
			require.NoError(t, rest[i%2].KillPID(there[i]))
			gone(t, n.nodes[:1], key("there", i))
		}
	}
	w := write(t, 1, none, n.nodes...)
	w.progress(5)
	w.end()
	w.check(n.nodes...)
}
