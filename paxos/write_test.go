package paxos

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// drawSlot draws the state of a slot as another member might have it.
func drawSlot(r *rand.Rand, keys []Key, ballot func() Ballot) SlotState {
	st := SlotState{Slot: SlotOf(keys[0]), Floor: ballot(), Collected: ballot()}
	for _, k := range keys {
		if r.IntN(2) == 0 {
			b := ballot()
			st.Records = append(st.Records, KeyRecord{Key: k, Promised: maxBallot(b, ballot()),
				Held: Held{Ballot: b, Entry: &Entry{Rev: b, Tombstone: r.IntN(2) == 0}, Epoch: 1, Own: true}})
		}
	}
	return st
}

// sameSlot finds keys of one slot.
func sameSlot(n int) []Key {
	keys := []Key{"k"}
	for i := 0; len(keys) < n; i++ {
		if k := Key(fmt.Sprint(i)); SlotOf(k) == SlotOf("k") {
			keys = append(keys, k)
		}
	}
	return keys
}

// Whatever an acceptor goes through, its writes make another one that holds the
// same, and so does its state.
func TestWritesMakeTheSameAcceptor(t *testing.T) {
	keys := sameSlot(3)
	cfg := &Config{Cluster: 1, Epoch: 1, Size: 1, Seats: []Seat{{Node: NodeID{"a", 1}, Since: 1}}}
	kinds := map[WriteKind]int{}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		ballot := func() Ballot { return Ballot{Counter: 1 + r.Uint64N(20), Proposer: NodeID{"p", 1}} }
		live := NewReplica(NodeID{"a", 1}, 1, 1, 1, DefaultTiming)
		var out Output
		for range 12 {
			key, b := keys[r.IntN(len(keys))], ballot()
			switch r.IntN(16) {
			case 0:
				live.Acceptor.Disown(&out)
			case 1:
				live.Acceptor.Wipe(&out)
			case 2, 3, 4:
				live.Acceptor.Merge(1, drawSlot(r, keys, ballot), &out)
			case 5, 6, 7:
				live.Acceptor.Step(0, cfg, NodeID{"p", 1}, Collect{Key: key, Ballot: b}, &out)
			case 8, 9, 10:
				live.Acceptor.Step(0, cfg, NodeID{"p", 1}, Prepare{Key: key, Ballot: b}, &out)
			default:
				e := &Entry{Rev: b, Tombstone: r.IntN(2) == 0}
				live.Acceptor.Step(0, cfg, NodeID{"p", 1}, Accept{Key: key, Ballot: b, Entry: e}, &out)
			}
		}
		var loaded, copied Replica
		for c, ws := range map[*Replica][]Write{&loaded: out.Writes, &copied: slices.Collect(live.State)} {
			*c = *NewReplica(NodeID{"a", 1}, 1, 1, 1, DefaultTiming)
			for _, w := range ws {
				c.Load(w)
			}
			require.Equal(t, slices.Collect(live.State), slices.Collect(c.State), "seed %d", seed)
			require.Equal(t, live.Acceptor.Len(), c.Acceptor.Len())
			require.Equal(t, live.Acceptor.Tombstones(9), c.Acceptor.Tombstones(9))
		}
		for _, w := range out.Writes {
			kinds[w.Kind]++
		}
	}
	for k := WritePromise; k < WriteMember; k++ {
		require.Positive(t, kinds[k], k)
	}
}
