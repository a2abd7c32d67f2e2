package wire

import (
	"fmt"
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

var (
	ann = paxos.NodeID{Name: "ann@127.0.0.1", Incarnation: 3}
	ben = paxos.NodeID{Name: "ben@127.0.0.1", Incarnation: 4}
)

func frameOf(t *testing.T, bodies ...paxos.Body) []byte {
	var envs []paxos.Envelope
	for _, b := range bodies {
		envs = append(envs, paxos.Envelope{From: ann, To: ben, Body: b})
	}
	frame, err := AppendFrame(nil, ann, ben, envs)
	require.NoError(t, err)
	return frame
}

// TestNothingOfTheFrameIsKept writes over the frame once it is read.
func TestNothingOfTheFrameIsKept(t *testing.T) {
	sent := paxos.Accept{
		Key:    "the key",
		Ballot: paxos.Ballot{Counter: 1, Proposer: ann},
		Entry: &paxos.Entry{Value: "the value", Guards: []paxos.Guard{
			{Kind: paxos.GuardPID, Subject: "the pid", Node: "cid@127.0.0.1"}}},
	}
	frame := frameOf(t, sent)
	var d Decoder
	from, to, envs, err := d.Decode(frame)
	require.NoError(t, err)
	for i := range frame {
		frame[i] = 0xff
	}
	require.Equal(t, ann, from)
	require.Equal(t, ben, to)
	require.Equal(t, sent, envs[0].Body)
	require.Nil(t, d.buf)
}

// TestBodiesOutliveTheNextFrame: only the slice of envelopes is used again.
func TestBodiesOutliveTheNextFrame(t *testing.T) {
	var d Decoder
	_, _, envs, err := d.Decode(frameOf(t, paxos.Query{Key: "one", Round: 1}))
	require.NoError(t, err)
	body := envs[0].Body
	_, _, _, err = d.Decode(frameOf(t, paxos.Query{Key: "two", Round: 2}))
	require.NoError(t, err)
	require.Equal(t, paxos.Query{Key: "one", Round: 1}, body)
}

func TestNamesAreSharedBetweenFrames(t *testing.T) {
	var d Decoder
	var at []*byte
	for range 2 {
		from, _, _, err := d.Decode(frameOf(t))
		require.NoError(t, err)
		at = append(at, unsafe.StringData(from.Name))
	}
	require.Same(t, at[0], at[1])
}

// TestMadeUpNamesDoNotPileUp feeds more names than are kept.
func TestMadeUpNamesDoNotPileUp(t *testing.T) {
	var d Decoder
	for i := range 3 * maxNames {
		p := paxos.NodeID{Name: fmt.Sprintf("made%d@up", i), Incarnation: 1}
		_, _, envs, err := d.Decode(frameOf(t, paxos.ConfigAccepted{Ballot: paxos.Ballot{Counter: 1, Proposer: p}}))
		require.NoError(t, err)
		require.Equal(t, p, envs[0].Body.(paxos.ConfigAccepted).Ballot.Proposer)
		require.LessOrEqual(t, len(d.names), maxNames)
	}
}

// TestHugeFrameIsForgotten: the tables of one huge frame go with the next.
func TestHugeFrameIsForgotten(t *testing.T) {
	var many []paxos.Body
	for i := range 4 * keep {
		p := paxos.NodeID{Name: "n", Incarnation: uint64(i)}
		many = append(many, paxos.ConfigAccepted{Ballot: paxos.Ballot{Counter: 1, Proposer: p}})
	}
	var d Decoder
	_, _, envs, err := d.Decode(frameOf(t, many...))
	require.NoError(t, err)
	require.Len(t, envs, len(many))
	_, _, _, err = d.Decode(frameOf(t, paxos.ConfigRequest{}))
	require.NoError(t, err)
	require.LessOrEqual(t, cap(d.envs), keep)
	require.LessOrEqual(t, cap(d.ids), keep)
}

// TestLongFrameIsForgotten: the slice that is used again holds on to no body of
// a longer frame before.
func TestLongFrameIsForgotten(t *testing.T) {
	var d Decoder
	_, _, _, err := d.Decode(frameOf(t, paxos.Query{Key: "a"}, paxos.Query{Key: "b"}, paxos.Query{Key: "c"}))
	require.NoError(t, err)
	_, _, envs, err := d.Decode(frameOf(t, paxos.ConfigRequest{}))
	require.NoError(t, err)
	for _, env := range envs[:cap(envs)][1:] {
		require.Zero(t, env)
	}
}

// TestWrittenIsForgotten: what the pool keeps of a writer holds no identity,
// and is small.
func TestWrittenIsForgotten(t *testing.T) {
	for _, n := range []int{1, few + 1, keep, keep + 1} {
		var w written
		for i := range n {
			w.number(paxos.NodeID{Name: "n", Incarnation: uint64(i)})
		}
		w.reset()
		require.Empty(t, w.index)
		require.LessOrEqual(t, cap(w.ids), 2*keep)
		require.Equal(t, n > keep, w.ids == nil)
		for _, id := range w.ids[:cap(w.ids)] {
			require.Zero(t, id)
		}
	}
}

// TestAnnouncedListCostsNothing: the length that a frame claims for a list must
// not be allocated unless the bytes for it are there.
func TestAnnouncedListCostsNothing(t *testing.T) {
	frame := frameOf(t, paxos.Inspect{Key: "k"})
	frame = append(frame[:len(frame)-1], 0xff, 0xff, 0xff, 0xff, 0x7f) // 2^35-1 guards
	var d Decoder
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, _, err := d.Decode(frame)
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, ErrTruncated)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}

// TestSteadyAllocations: a node at work allocates what the messages hold, and
// nothing for frames: the key and the body of each Prepare when it is read.
func TestSteadyAllocations(t *testing.T) {
	var bodies []paxos.Body
	for range 64 {
		bodies = append(bodies, paxos.Prepare{Key: "key", Ballot: paxos.Ballot{Counter: 1, Proposer: ann}})
	}
	frame := frameOf(t, bodies...)
	var d Decoder
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { _, _, _, _ = d.Decode(frame) }), 128.0)
}
