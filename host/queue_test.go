package host

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

// Of more calls than run at once the others wait, in their order. One that is
// given up meanwhile has proposed nothing, and leaves nothing behind.
func TestCallsWaitForTheirTurn(t *testing.T) {
	h, _, _ := fakeHost(t, 3)
	b := openAll(h, "B")
	cfg := &paxos.Config{Cluster: 1, Epoch: 1, Size: 3, Seats: []paxos.Seat{
		{Node: paxos.NodeID{Name: "x@host", Incarnation: 1}}, {Node: paxos.NodeID{Name: "y@host", Incarnation: 1}}}}
	h.do(func(t *task) {
		t.proposer(b, func(p *paxos.Proposer, out *paxos.Output) { p.Adopt(now(), cfg, out) })
	})
	const more = 50
	cancels := make([]context.CancelCauseFunc, atOnce+more)
	ends := make([]*ending, atOnce+more)
	for i := range ends {
		ctx, cancel := context.WithCancelCause(context.Background())
		cancels[i], ends[i] = cancel, newEnding()
		b.Put(ctx, Query{Key: i, Value: i}, ends[i].end)
	}
	running := func() (active, queued int) {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.proposer.Active(), b.queue.Len()
	}
	requireRunning := func(active, queued int) {
		t.Helper()
		a, q := running()
		require.Equal(t, []int{active, queued}, []int{a, q})
	}
	requireRunning(atOnce, more)
	cancels[atOnce+1](errGone)
	require.Equal(t, errGone, receive(t, "the end of one that waits", ends[atOnce+1].done))
	requireRunning(atOnce, more-1)
	cancels[0](errGone)
	require.Equal(t, errGone, receive(t, "the end of one that runs", ends[0].done))
	requireRunning(atOnce, more-2)
	require.Nil(t, b.calls[paxos.OpID(atOnce+1)].place, "the first that waited goes first")
	require.NotNil(t, b.calls[paxos.OpID(atOnce+3)].place)
	begun := b.proposer.Counter()
	b.Close(Proposer)
	for i, e := range ends {
		if i != 0 && i != atOnce+1 {
			require.Equal(t, ErrClosed, receive(t, "the end of the rest", e.done))
		}
	}
	require.Equal(t, begun, b.proposer.Counter(), "none of those that waited has begun")
	requireRunning(0, 0)
	require.Empty(t, b.calls)
	require.Zero(t, h.underWay.Load())
}
