package watch

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

// An entry that is perhaps old is told only after a get has found it.
func TestPerhapsOld(t *testing.T) {
	b := newBench(t)
	s := b.f.Subscribe("k", 10)
	b.poll()
	b.notFound(b.get("k"), nil, 20) // a collected tombstone was at 20
	b.takes(s, "current 0")
	b.learn("k", live(15, 0))
	b.takes(s)
	b.notFound(b.get("k"), nil, 20)
	b.takes(s)
	b.learn("k", live(16, 0))
	b.found(b.get("k"), live(16, 0))
	b.takes(s, "chosen k16")
	b.learn("k", live(25, 0))
	require.Empty(t, b.gets())
}

// An entry at the very ballot of the get that found nothing is of a put that came
// after it on the same node, and no old one.
func TestAtTheFloor(t *testing.T) {
	b := newBench(t)
	s := b.watch("k")
	b.poll(paxos.HeldRev{Key: "k", Rev: rev(5)}, paxos.HeldRev{Key: "k"})
	b.notFound(b.get("k"), nil, 9)
	b.takes(s, "missed k0", "erased k0")
	b.learn("k", live(9, 0))
	b.takes(s, "chosen k9")
	b.learn("k", stone(10, 9))
	b.takes(s, "erased k9")

	b.poll(paxos.HeldRev{Key: "k", Rev: rev(11)}, paxos.HeldRev{Key: "k"})
	b.notFound(b.get("k"), nil, 14)
	b.takes(s, "missed k0", "erased k10")
	b.learn("k", live(15, 14)) // that at the floor was not told
	b.takes(s, "missed k0", "chosen k15")
}

// A list has a floor above an entry that is chosen afterwards, by members that
// have promised less: where only its end is learned, it was left out.
func TestBelowTheFloor(t *testing.T) {
	b := newBench(t)
	all := b.f.Subscribe("", 10)
	b.poll()
	b.takes(all, "current 0")
	b.poll()
	b.f.raise(paxos.SlotOf("k"), rev(9))
	b.learn("k", stone(11, 8))
	b.takes(all, "missed k0", "erased k8")
	b.learn("k", live(12, 11))
	b.takes(all, "chosen k12")
}

// An entry that comes late, after its tombstone was forgotten, is not told.
func TestOldEntryAfterItsTombstoneWasForgotten(t *testing.T) {
	b := newBench(t)
	all := b.f.Subscribe("", 10)
	b.poll()
	b.takes(all, "current 0")
	b.learn("k", live(5, 0))
	b.learn("k", stone(6, 5))
	b.takes(all, "chosen k5", "erased k5")
	for i := range stonesMost {
		b.learn(paxos.Key(fmt.Sprint("other", i)), stone(6, 5))
	}
	require.NotContains(t, b.f.known[paxos.SlotOf("k")], paxos.Key("k"), "it is forgotten")
	for range 40000 {
		b.f.Take(all, 100)
	}
	b.poll()
	b.takes(all, "current 0")
	b.learn("k", live(5, 0))
	b.takes(all)
	b.notFound(b.get("k"), nil, 6)
	b.takes(all)
	b.learn("k", live(7, 6))
	b.takes(all, "missed k0", "chosen k7") // nobody knows any more what was at 6
}

// What is in doubt is told when a member's changes decide it.
func TestCollectedInBetween(t *testing.T) {
	b := newBench(t)
	s := b.watch("k")
	b.learn("k", live(5, 0))
	b.learn("k", stone(6, 5))
	b.learn("k", live(9, 0))
	b.takes(s, "chosen k5", "erased k5", "chosen k9")
	b.poll(paxos.HeldRev{Key: "k", Rev: rev(6), Tombstone: true}, paxos.HeldRev{Key: "k", Rev: rev(7)},
		paxos.HeldRev{Key: "k", Rev: rev(8), Tombstone: true}, paxos.HeldRev{Key: "k", Rev: rev(9)})
	b.takes(s, "missed k0", "chosen k9")
	b.learn("k", stone(10, 9))
	b.learn("k", live(12, 0))
	b.takes(s, "erased k9", "chosen k12")
	b.poll(paxos.HeldRev{Key: "k", Rev: rev(10), Tombstone: true}, paxos.HeldRev{Key: "k"}, paxos.HeldRev{Key: "k", Rev: rev(12)})
	b.takes(s)
	require.Empty(t, b.f.doubts, "the doubt is over")
	require.Empty(t, b.gets())
}

// What a member cannot tell any more, because it has started again, counts as left
// out: where it was in doubt then, and where it comes to be before all that was
// chosen by then is known.
func TestCollectedUnread(t *testing.T) {
	b := newBench(t)
	s := b.watch("k")
	b.learn("k", live(5, 0))
	b.learn("k", stone(6, 5))
	b.learn("k", live(9, 0))
	b.takes(s, "chosen k5", "erased k5", "chosen k9")
	restarted := func() Refresh {
		b.f.readers[me].cursor = paxos.Cursor{}
		b.poll()
		return b.get("k")
	}
	g := restarted()
	b.takes(s, "missed k0", "chosen k9")
	require.Empty(t, b.f.doubts)
	b.found(g, live(9, 0))
	b.poll()
	b.takes(s)

	b.learn("k", stone(10, 9))
	b.takes(s, "erased k9")
	g = restarted()
	b.found(g, live(12, 0))
	b.takes(s, "missed k0", "chosen k12")
	b.poll()

	b.learn("k", stone(13, 12))
	b.learn("k", live(15, 0))
	b.takes(s, "erased k12", "chosen k15")
	b.poll()
	b.takes(s)
}
