package paxos

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	reader   = NodeID{"r", 1}
	writer   = NodeID{"w", 1}
	pieceCfg = &Config{Cluster: 1, Epoch: 1, Size: 1, Seats: []Seat{{Node: writer, Since: 1}}}
)

// slotMates are keys of one slot.
func slotMates(n int) []Key {
	var keys []Key
	for i := 0; len(keys) < n; i++ {
		if k := Key(fmt.Sprint("k", i)); SlotOf(k) == SlotOf("k0") {
			keys = append(keys, k)
		}
	}
	return keys
}

// writtenTo is an acceptor that is written to while it is read from.
type writtenTo struct {
	*Acceptor
	r       *rand.Rand
	keys    []Key
	counter uint64
}

func newWrittenTo(seed uint64, keys []Key) *writtenTo {
	return &writtenTo{Acceptor: NewAcceptor(writer), r: rand.New(rand.NewPCG(seed, 0)), keys: keys}
}

// write does something to a key: a promise, a value, a tombstone, or the
// collecting of one.
func (a *writtenTo) write() {
	var out Output
	k := a.keys[a.r.IntN(len(a.keys))]
	a.counter++
	b := Ballot{a.counter, writer}
	e := &Entry{Rev: b, Value: Value(make([]byte, a.r.IntN(200)))}
	switch a.r.IntN(4) {
	case 0:
		a.Step(0, pieceCfg, writer, Prepare{Key: k, Ballot: b}, &out)
	case 1:
		a.Step(0, pieceCfg, writer, Accept{Key: k, Ballot: b, Entry: e}, &out)
	case 2:
		a.Step(0, pieceCfg, writer, Accept{Key: k, Ballot: b, Entry: &Entry{Rev: b, Tombstone: true}}, &out)
	case 3:
		if s, ok := a.find(k); ok {
			a.Step(0, pieceCfg, writer, Collect{Key: k, Ballot: s.Held.Ballot}, &out)
		}
	}
}

func (a *writtenTo) find(k Key) (KeyRecord, bool) {
	st := a.State(SlotOf(k))
	i := slices.IndexFunc(st.Records, func(r KeyRecord) bool { return r.Key == k })
	if i < 0 {
		return KeyRecord{Key: k, Promised: st.Floor}, false
	}
	return st.Records[i], true
}

// readAll merges all pieces of a into m, with something in between.
func readAll(t *testing.T, a *writtenTo, m *Acceptor, room int, between func()) {
	var out Output
	for from := (Place{}); from.Slot < Slots; {
		states, next := a.piece(from, Slots, room)
		require.Positive(t, next.Compare(from))
		weight, longest := 0, 0
		for _, st := range states {
			weight += st.weight()
			for _, r := range st.Records {
				longest = max(longest, r.weight())
			}
			m.Merge(1, st, &out)
		}
		require.LessOrEqual(t, weight, room+longest+leastWeight, "a piece is bounded")
		from = next
		between()
	}
}

// However small the pieces, together they are the whole, and each is bounded.
func TestPiecesMakeTheWhole(t *testing.T) {
	keys := append(slotMates(20), "a", "b", "c", "")
	for seed := range uint64(20) {
		a := newWrittenTo(seed, keys)
		for range 100 {
			a.write()
		}
		for _, room := range []int{1, 100, 333, 1000, 1 << 20} {
			m := NewAcceptor(reader)
			readAll(t, a, m, room, func() {})
			for _, k := range keys {
				requireSameSlot(t, a.State(SlotOf(k)), m.State(SlotOf(k)))
			}
			require.Equal(t, a.Len(), m.Len())
		}
	}
}

// requireSameSlot: m has what a source has, as copies. A promise may be higher: a
// floor that came with an earlier part counts for records that are made later.
func requireSameSlot(t *testing.T, source, m SlotState) {
	require.Len(t, m.Records, len(source.Records))
	for i, r := range source.Records {
		require.False(t, m.Records[i].Promised.Less(r.Promised))
		r.Held.Own, r.Promised = false, m.Records[i].Promised
		require.Equal(t, r, m.Records[i])
	}
	source.Records, m.Records = nil, nil
	require.Equal(t, source, m)
}

// A source is written to between two pieces of a slot: promises, votes,
// tombstones that are collected. What it had promised and accepted when the
// reading began is taken over of every key.
func TestPiecesReadAtDifferentMoments(t *testing.T) {
	keys := slotMates(6)
	for seed := range uint64(3000) {
		a := newWrittenTo(seed, keys)
		for range a.r.IntN(20) {
			a.write()
		}
		began := make(map[Key]KeyRecord)
		for _, k := range keys {
			began[k], _ = a.find(k)
		}
		// One that reads in the epoch of a reset holds something itself.
		m := newWrittenTo(seed+1, keys)
		for range m.r.IntN(3) * 3 {
			m.write()
		}
		readAll(t, a, m.Acceptor, 1+a.r.IntN(600), func() {
			for range a.r.IntN(4) {
				a.write()
			}
		})
		for _, was := range began {
			requireTakenOver(t, was, m, seed)
		}
	}
}

func requireTakenOver(t *testing.T, was KeyRecord, m *writtenTo, seed uint64) {
	is, found := m.find(was.Key)
	require.False(t, is.Promised.Less(was.Promised), "seed %d: of %s a promise was lost: %s below %s",
		seed, was.Key, is.Promised, was.Promised)
	if was.Held.Entry == nil || found && !is.Held.Ballot.Less(was.Held.Ballot) {
		return
	}
	// Gone meanwhile is only what was a tombstone, or was erased, and then collected.
	collected := m.State(SlotOf(was.Key)).Collected
	require.False(t, collected.Less(was.Held.Ballot), "seed %d: %s lost %s", seed, was.Key, was.Held.Entry)
	require.False(t, is.Promised.Less(was.Held.Ballot), "seed %d: %s is open below %s", seed, was.Key, was.Held.Ballot)
}

// What is read of a slot that holds far more than a piece is its smallest keys.
func TestSmallest(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		set := make(map[Key]*record)
		for range r.IntN(200) {
			set[Key(fmt.Sprint(r.IntN(300)))] = nil
		}
		from, most := Key(fmt.Sprint(r.IntN(300))), 2+r.IntN(50)
		var want []Key
		for k := range set {
			if k >= from {
				want = append(want, k)
			}
		}
		slices.Sort(want)
		want = want[:min(most, len(want))]
		require.Equal(t, want, smallest(set, from, most))
	}
}
