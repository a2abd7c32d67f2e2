package paxos

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The tests in this file are each a fault that the simulator found.

// Three calls wait in line for one key: the first answer serves the second,
// which serves the third; each gets one result.
func TestServedCallsGetOneResultEach(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(1000)
	n := l.nodes["a"]
	var got []Result
	l.do(n, func(out *Output) {
		for id := OpID(100); id < 104; id++ {
			n.p.Start(l.now, id, Request{Kind: Put, Key: "k", Value: "v"}, out)
		}
	})
	for len(l.queue) > 0 {
		e := l.queue[0]
		l.queue = l.queue[1:]
		to := l.nodes[e.To.Name]
		l.do(to, func(out *Output) {
			if _, ok := ForProposer(e.Body); ok {
				to.p.Step(l.now, e, out)
			} else {
				to.r.Step(l.now, e, out)
			}
			got = append(got, out.Results...)
		})
	}
	require.Len(t, got, 4)
}

// Every Hello that a change of connections brought is lost: the nodes greet
// again by themselves, and found their cluster.
func TestLostHellosAreMadeGood(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.queue = nil
	l.run(5000)
	for _, n := range l.nodes {
		require.True(t, n.r.Member.Quorum(), "%s sees no quorum", n.id)
	}
}

// All members restart, but not at once, so that the new lives know the
// configuration from the old ones: a new cluster starts.
func TestAllMembersLoseTheirMemory(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(3000)
	for i, name := range []string{"a", "b", "c"} {
		l.stop(name)
		l.start(name, uint64(10+i), 3)
		l.run(100)
	}
	l.run(20000)
	require.True(t, l.op("b", Request{Kind: Put, Key: "k", Value: "v"}).Mine)
}
