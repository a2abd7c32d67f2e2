package host

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

// While a bucket has as much of its own under way as it takes on at once, only every
// tenth sweep looks for more: else, with very many keys to erase, sweeping would be
// all that a node does. And every tenth does look, since those that it is busy with
// may not be what is down.
func TestSweepsAreSeldomWhileMuchIsErased(t *testing.T) {
	h, _, p := fakeHost(t, 3) // the only member that is up, so every key's primary
	go func() {
		for range p.out { // the questions, which nobody answers
		}
	}()
	m := &peerOfMember{h: h, bucket: openAll(h, "B"), self: paxos.NodeID{Name: "b@host", Incarnation: 1}}
	m.cfg = &paxos.Config{Cluster: 1, Epoch: 1, Size: 3,
		Seats: []paxos.Seat{{Node: h.Self(), Since: 1}, {Node: m.self, Since: 1}}}
	m.send(t, paxos.Envelope{Body: paxos.ConfigChosen{Config: m.cfg}})
	h.Tick()
	own := func() int {
		m.bucket.mu.Lock()
		defer m.bucket.mu.Unlock()
		return m.bucket.proposer.Len() - m.bucket.proposer.Active()
	}
	hold := func(from, to int) {
		var accepts []paxos.Envelope
		for i := from; i < to; i++ {
			key, err := m.bucket.key(i)
			require.NoError(t, err)
			at := paxos.Ballot{Counter: uint64(i + 1), Proposer: m.self}
			accepts = append(accepts, m.env(paxos.Accept{Key: key, Ballot: at, Entry: &paxos.Entry{Rev: at, Value: "v",
				Guards: []paxos.Guard{{Kind: paxos.GuardTime, Deadline: time.Now().Add(-time.Hour).UnixMilli()}}}}))
		}
		m.put(t, accepts)
	}
	hold(0, 10)
	h.Sweep()
	require.Equal(t, 10, own(), "all that is down")
	require.Eventually(t, func() bool { return own() == 0 }, patience, time.Millisecond, "given up, as the members are away")
	// Callers that wait for one of them on their key.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range atOnce + 1 {
		m.bucket.Put(ctx, Query{Key: "k", Value: 1}, func(Answer, error) {})
	}
	require.Equal(t, atOnce, own())
	hold(10, 20)
	for range sweepSeldom - 1 {
		h.Sweep()
	}
	require.Equal(t, atOnce, own())
	h.Sweep()
	require.Equal(t, atOnce+20, own(), "all that is down, the first ten again")
}

// A node that ends while it sweeps, because links went down at the same time, does not
// sweep for ever.
func TestSweepEndsWithTheNode(t *testing.T) {
	h, _, _ := fakeHost(t, 3)
	h.Close()
	swept := make(chan struct{})
	go func() {
		defer close(swept)
		h.sweep(math.MaxInt) // as Network does
	}()
	receive(t, "the end of the sweep", swept)
}
