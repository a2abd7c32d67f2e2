package linkset_test

import (
	"math/rand/v2"
	"testing"

	"github.com/paxoskv/paxoskv/dist/internal/linkset"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"
)

var pair = linkset.Pair{Local: etf.Pid{Node: "a", ID: 1}, Remote: etf.Pid{Node: "b", ID: 2}}

func TestLinkOnce(t *testing.T) {
	var s linkset.Set
	require.True(t, s.Link(pair))
	require.False(t, s.Link(pair))
	require.False(t, s.Linked(pair))
	require.True(t, s.End(pair))
	require.False(t, s.End(pair))
	require.True(t, s.Linked(pair))
}

func TestWhatIsOlderThanAnUnlinkIsIgnored(t *testing.T) {
	var s linkset.Set
	s.Link(pair)
	id, send := s.Unlink(pair)
	require.True(t, send)
	require.NotZero(t, id)
	require.False(t, s.Linked(pair), "the peer sent its LINK before it knew")
	require.False(t, s.End(pair), "and its EXIT too")
	s.Acked(pair, id+1)
	require.False(t, s.Linked(pair), "that was an acknowledgement of something else")
	s.Acked(pair, id)
	require.True(t, s.Linked(pair))
}

func TestLinkAgainBeforeTheAcknowledgement(t *testing.T) {
	var s linkset.Set
	s.Link(pair)
	first, _ := s.Unlink(pair)
	require.True(t, s.Link(pair))
	s.Acked(pair, first)
	require.True(t, s.Active(pair), "the late acknowledgement does not end the new link")
	second, send := s.Unlink(pair)
	require.True(t, send)
	require.NotEqual(t, first, second)
}

func TestUnlinkedByThePeer(t *testing.T) {
	var s linkset.Set
	require.False(t, s.Unlinked(pair))
	s.Link(pair)
	require.True(t, s.Unlinked(pair))
	require.Zero(t, s.Len())
	s.Link(pair)
	id, _ := s.Unlink(pair)
	require.False(t, s.Unlinked(pair), "both at once: ours still waits for its answer")
	s.Acked(pair, id)
	require.Zero(t, s.Len())
}

func TestUnlinkOfNothing(t *testing.T) {
	var s linkset.Set
	_, send := s.Unlink(pair)
	require.False(t, send)
	s.Acked(pair, 1)
	require.Empty(t, s.Drain())
}

// TestTwoSidesAgree lets two sets talk over two ordered channels with whatever
// delay, and finds them agreed when all has arrived.
func TestTwoSidesAgree(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := newWorld()
		for range 40 {
			w.step(r)
		}
		w.deliverAll()
		require.Equal(t, w.sides[0].Active(w.pair(0)), w.sides[1].Active(w.pair(1)), "seed %d", seed)
		for i := range w.sides {
			if !w.sides[i].Active(w.pair(i)) {
				require.Zero(t, w.sides[i].Len(), "seed %d: nothing is left behind", seed)
			}
		}
	}
}

type signal struct {
	kind string
	id   uint64
}

// world is two sides of one pair of processes. wires[i] leads to side i.
type world struct {
	sides [2]*linkset.Set
	wires [2][]signal
}

func newWorld() *world { return &world{sides: [2]*linkset.Set{{}, {}}} }

func (w *world) pair(side int) linkset.Pair {
	if side == 0 {
		return pair
	}
	return linkset.Pair{Local: pair.Remote, Remote: pair.Local}
}

func (w *world) step(r *rand.Rand) {
	side := r.IntN(2)
	switch r.IntN(4) {
	case 0:
		if w.sides[side].Link(w.pair(side)) {
			w.send(1-side, signal{"link", 0})
		}
	case 1:
		if id, send := w.sides[side].Unlink(w.pair(side)); send {
			w.send(1-side, signal{"unlink", id})
		}
	default:
		w.deliver(side)
	}
}

func (w *world) send(to int, s signal) { w.wires[to] = append(w.wires[to], s) }

func (w *world) deliver(side int) {
	if len(w.wires[side]) == 0 {
		return
	}
	s := w.wires[side][0]
	w.wires[side] = w.wires[side][1:]
	switch s.kind {
	case "link":
		w.sides[side].Linked(w.pair(side))
	case "unlink":
		w.sides[side].Unlinked(w.pair(side))
		w.send(1-side, signal{"ack", s.id})
	case "ack":
		w.sides[side].Acked(w.pair(side), s.id)
	}
}

func (w *world) deliverAll() {
	for len(w.wires[0])+len(w.wires[1]) > 0 {
		w.deliver(0)
		w.deliver(1)
	}
}
