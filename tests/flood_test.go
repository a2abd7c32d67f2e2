package tests

import (
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/beam"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// floodMost is the memory that a node may take in a flood: what may be under way,
// as the limits count it, what waits for two peers, as much garbage, and what the
// node takes anyway.
func floodMost(l host.Limits) uint64 { return uint64(2*(l.UnderWay+2*l.Outbox) + 256<<20) }

// serves demands that every node puts and gets, linked to the others.
func serves(t *testing.T, nodes []*cluster.Node, when string) {
	t.Helper()
	for i, n := range nodes {
		r := put(t, n, atom("%s, node %d", when, i), i)
		holds(t, nodes, atom("%s, node %d", when, i), r)
		require.NotContains(t, n.Log(), "does not read", "no peer was cut off")
	}
}

// More requests at once than a node takes on, of short and of long values: each
// gets its answer or ErrBusy, the memory stays bounded, no peer is cut off, and the
// cluster serves on.
func TestFlood(t *testing.T) {
	t.Parallel()
	short := host.DefaultLimits
	short.UnderWay = cluster.Fewer(short.UnderWay)
	for name, c := range map[string]struct {
		limits host.Limits
		flood  agent.Flood
	}{
		"short": {short, agent.Flood{Requests: cluster.Fewer(200_000), Value: 10}},
		"long":  {host.Limits{UnderWay: 32 << 20, Outbox: 8 << 20}, agent.Flood{Requests: 200, Value: 1<<20 - 100}},
	} {
		t.Run(name, func(t *testing.T) {
			cl := cluster.New(t, cluster.Setup{})
			var nodes []*cluster.Node
			for i := range 3 {
				nodes = append(nodes, cl.StartNode(i+1, func(a *agent.Config) { a.Limits = c.limits }))
			}
			cl.WaitReady(nodes...)
			c.flood.Timeout = 4 * cluster.Patience
			done, err := nodes[0].Flood(c.flood)
			require.NoError(t, err)
			t.Logf("%d answered, %d busy, %d MiB, %v", done.OK, done.Busy, done.Peak>>20, done.Took)
			require.Empty(t, done.Others)
			require.Equal(t, c.flood.Requests, done.OK+done.Busy)
			require.Positive(t, done.Busy)
			require.GreaterOrEqual(t, done.OK, c.limits.UnderWay/(c.flood.Value+8<<10), "those that were let in")
			require.Less(t, done.Peak, floodMost(c.limits)+uint64(done.OK*(c.flood.Value+1<<10)))
			serves(t, nodes, name)
		})
	}
}

// The same by calls of Erlang processes: none is left without an answer.
func TestFloodOfErlangCalls(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	_, nodes, network := mapped(t)
	o := beam.All()[0]
	network.Passive = true
	e := beam.StartErlang(t, o, "flood@127.0.0.1", network)
	e.LoadErlang("testdata/flood.erl")
	for _, n := range nodes {
		link(t, n, e)
	}
	const calls = 50_000
	stop, watched := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		for {
			select {
			case <-stop:
				watched <- most
				return
			case <-time.After(20 * time.Millisecond):
			}
			if m, err := nodes[0].Memory(); err == nil {
				most = max(most, m)
			}
		}
	}()
	answer := e.Eval("maps:to_list(flood:puts(%d, %s, a))", calls, server(nodes[0]))
	close(stop)
	peak := <-watched
	t.Log(answer, peak>>20, "MiB")
	ended := 0
	for _, how := range []string{"ok", "busy"} {
		if m := regexp.MustCompile(`\{` + how + `,(\d+)\}`).FindStringSubmatch(answer); m != nil {
			n, err := strconv.Atoi(m[1])
			require.NoError(t, err)
			ended += n
		}
	}
	require.Equal(t, calls, ended, answer)
	require.Less(t, peak, floodMost(host.DefaultLimits))
	serves(t, nodes, "erlang")
}
