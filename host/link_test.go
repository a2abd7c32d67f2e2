package host

import (
	"fmt"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

// newFakeLink is a host with a link to one peer whose first frame, the greeting,
// is on its way and taken.
func newFakeLink(t *testing.T) (*Host, *fakeProcess, paxos.NodeID) {
	t.Helper()
	h, n, p := fakeHost(t, 3)
	peer := paxos.NodeID{Name: "peer@host", Incarnation: 9}
	n.connect(h, peer.Name)
	to, envs := frame(t, receive(t, "a greeting", p.out))
	require.Equal(t, ClusterName, to)
	require.IsType(t, paxos.Hello{}, envs[0].Body)
	return h, p, peer
}

func query(i int, bucket string, from, to paxos.NodeID) paxos.Envelope {
	return paxos.Envelope{From: from, To: to,
		Body: paxos.Query{Key: makeKey(bucket, fmt.Append(nil, i)), Round: uint64(i)}}
}

// block has the link busy with a send that nobody takes, so that what follows
// gathers.
func block(t *testing.T, h *Host, p *fakeProcess, peer paxos.NodeID) {
	t.Helper()
	h.Send(peer.Name, etf.Pid{ID: 1}, etf.Atom("first"))
	h.Send(peer.Name, etf.Pid{ID: 1}, etf.Atom("second"))
	require.Equal(t, etf.Atom("first"), receive(t, "the first", p.out).message)
}

// Messages that are ready together travel in one frame to each actor, in order.
func TestMessagesTravelTogether(t *testing.T) {
	h, p, peer := newFakeLink(t)
	block(t, h, p, peer)
	framesOut, messagesOut := h.Stats.FramesOut.Load(), h.Stats.MessagesOut.Load()
	const many = 1000
	for i := range many {
		h.post(query(i, "B", h.Self(), peer))
		h.post(query(i, "C", h.Self(), peer))
	}
	var got map[string][]paxos.Envelope
	frames := 0
	for got = make(map[string][]paxos.Envelope); len(got["B.Acceptor"])+len(got["C.Acceptor"]) < 2*many; {
		s := receive(t, "a frame", p.out)
		if s.message == etf.Atom("second") {
			continue
		}
		to, envs := frame(t, s)
		got[to] = append(got[to], envs...)
		frames++
	}
	// The second atom may have left before all was posted: then there are two
	// rounds of frames, and never more.
	require.LessOrEqual(t, frames, 4)
	for _, b := range []string{"B", "C"} {
		require.Len(t, got[b+".Acceptor"], many)
		for i, env := range got[b+".Acceptor"] {
			require.EqualValues(t, i, env.Body.(paxos.Query).Round)
		}
	}
	require.Eventually(t, func() bool {
		return h.Stats.FramesOut.Load()-framesOut == uint64(frames) && h.Stats.MessagesOut.Load()-messagesOut == 2*many
	}, patience, 1)
	require.NotZero(t, h.Stats.BytesOut.Load())
}

// A message for an earlier life of the peer does not share a frame with those for
// this one.
func TestLivesDoNotShareFrames(t *testing.T) {
	h, p, peer := newFakeLink(t)
	earlier := peer
	earlier.Incarnation--
	block(t, h, p, peer)
	h.post(query(1, "B", h.Self(), peer))
	h.post(query(2, "B", h.Self(), earlier))
	rounds := map[uint64]bool{}
	for len(rounds) < 2 {
		if s := receive(t, "a frame", p.out); s.message != etf.Atom("second") {
			_, envs := frame(t, s)
			require.Len(t, envs, 1)
			rounds[envs[0].Body.(paxos.Query).Round] = true
		}
	}
}

// What a peer that does not read leaves no room for is dropped and counted.
func TestFullOutboxDrops(t *testing.T) {
	h, p, peer := newFakeLink(t)
	block(t, h, p, peer)
	before := h.Stats.Dropped.Load()
	long := query(0, "B", h.Self(), peer)
	long.Body = paxos.Accept{Entry: &paxos.Entry{Value: paxos.Value(make([]byte, DefaultLimits.Outbox/10))}}
	for range 12 {
		h.post(long)
	}
	require.EqualValues(t, 3, h.Stats.Dropped.Load()-before, "nine of a tenth and something each are all that fit")
	const many = 1 << 19
	for i := range many {
		h.post(query(i, "B", h.Self(), peer))
	}
	require.Greater(t, h.Stats.Dropped.Load()-before, uint64(many/2), "so are many short ones")

	// Once the peer reads, there is room again.
	require.Eventually(t, func() bool {
		for {
			select {
			case <-p.out:
				continue
			case <-time.After(time.Millisecond):
			}
			dropped := h.Stats.Dropped.Load()
			h.post(query(0, "B", h.Self(), peer))
			return dropped == h.Stats.Dropped.Load()
		}
	}, patience, time.Millisecond)
}

// What is for a peer without a link is dropped and counted.
func TestNoLinkDrops(t *testing.T) {
	h, _, _ := fakeHost(t, 3)
	h.post(query(1, "B", h.Self(), paxos.NodeID{Name: "nobody@host"}))
	h.Send("nobody@host", etf.Pid{}, etf.Atom("x"))
	require.EqualValues(t, 2, h.Stats.Dropped.Load())
}

// A frame that cannot be read is counted, and nothing else happens.
func TestBadFrames(t *testing.T) {
	h, _ := alone(t)
	for i, f := range [][]byte{nil, {0}, {255, 1, 2}, []byte("nonsense that is longer than a header")} {
		h.Receive(f)
		require.EqualValues(t, i+1, h.Stats.BadFrames.Load())
	}
	require.EqualValues(t, 4, h.Stats.FramesIn.Load())
}

// Processes of a node that ends are sent nothing: core takes their mailboxes away
// without a lock.
func TestANodeThatEndsTellsItsProcessesNothing(t *testing.T) {
	n := &mortalNode{fakeNode: fakeNode{name: nodeName(t)}}
	p := &fakeProcess{node: n.name, out: make(chan sent, 10)}
	h := Of(n, p)
	require.NoError(t, h.Attach(p, Options{Size: 1}, nil))
	to := etf.Pid{Node: etf.Atom(n.name), ID: 2000, Creation: 7}
	h.Send(n.name, to, "one")
	require.NoError(t, <-h.Hand(to, "two", 0))
	require.Len(t, p.out, 2)

	n.ended.Store(true)
	h.Send(n.name, to, "three")
	require.ErrorIs(t, <-h.Hand(to, "four", 0), ErrClosed)
	require.Len(t, p.out, 2)
	require.EqualValues(t, 1, h.Stats.Dropped.Load())
}
