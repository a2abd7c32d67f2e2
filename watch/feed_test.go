package watch

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

var (
	me     = paxos.NodeID{Name: "me", Incarnation: 1}
	alone  = config(1, me)
	always = []paxos.NodeID{me}
)

func config(cluster paxos.ClusterID, members ...paxos.NodeID) *paxos.Config {
	c := &paxos.Config{Cluster: cluster, Epoch: 1, Size: len(members)}
	for _, m := range members {
		c.Seats = append(c.Seats, paxos.Seat{Node: m, Since: 1})
	}
	return c
}

func rev(n uint64) paxos.Rev { return paxos.Rev{Counter: n} }

func live(n, prev uint64) *paxos.Entry { return &paxos.Entry{Rev: rev(n), Prev: rev(prev), Value: "v"} }

func stone(n, of uint64) *paxos.Entry {
	return &paxos.Entry{Rev: rev(n), Prev: rev(of), Tombstone: true}
}

// bench is a feed in the hands of a test, which answers for the one member.
type bench struct {
	t   *testing.T
	f   *Feed
	out Output
	now int64
	seq uint64
	// final are the entries without guards.
	final map[paxos.Key]*paxos.Entry
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, final: map[paxos.Key]*paxos.Entry{}}
	b.f = New(me, "b/", func(k paxos.Key) *paxos.Entry { return b.final[k] })
	b.f.Adopt(alone)
	return b
}

func (b *bench) learn(key paxos.Key, e *paxos.Entry) {
	b.f.Learn(paxos.Learned{Cluster: b.f.cfg.Cluster, Key: key, Entry: e}, &b.out)
}

// gets are the keys to be read by now.
func (b *bench) gets() (gs []Refresh) {
	gs, b.out.Refresh = b.out.Refresh, nil
	return gs
}

func (b *bench) get(key paxos.Key) Refresh {
	b.t.Helper()
	gs := b.gets()
	require.Len(b.t, gs, 1)
	require.Equal(b.t, key, gs[0].Key)
	return gs[0]
}

func (b *bench) found(g Refresh, e *paxos.Entry) {
	b.f.Refreshed(g, paxos.Result{Kind: paxos.Found, Entry: e}, true, &b.out)
}

func (b *bench) notFound(g Refresh, e *paxos.Entry, floor uint64) {
	b.f.Refreshed(g, paxos.Result{Kind: paxos.NotFound, Entry: e, Floor: rev(floor)}, true, &b.out)
}

// poll has the member answer every question with what it holds, and with what is
// new in the last answer.
func (b *bench) poll(held ...paxos.HeldRev) {
	b.now += 10_000
	b.f.Tick(b.now, always, &b.out)
	for len(b.out.Messages) > 0 {
		m := b.out.Messages[0]
		b.out.Messages = b.out.Messages[1:]
		q := m.Body.(paxos.InventoryRequest)
		inv := paxos.Inventory{Round: q.Round, Prefix: q.Prefix, From: q.From, Next: q.From}
		switch {
		case q.From.Log == 0:
			inv.Next = paxos.Cursor{Log: 1, Seq: b.seq}
		case q.From.Slot < paxos.Slots:
			inv.Next.Slot = paxos.Slots
			inv.Held, held = held, nil
		default:
			b.seq += uint64(len(held))
			inv.Held, held, inv.Next.Seq, inv.End = held, nil, b.seq, true
		}
		b.f.Read(b.now, paxos.Envelope{From: me, To: me, Cluster: m.Cluster, Epoch: m.Epoch, Body: inv}, &b.out)
	}
}

// takes requires what a subscriber is told by now.
func (b *bench) takes(s *Subscriber, want ...string) {
	b.t.Helper()
	got := []string{}
	for {
		events := b.f.Take(s, 2)
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			got = append(got, fmt.Sprintf("%v %s%d", e.Kind, e.Key, e.Rev.Counter))
		}
	}
	if want == nil {
		want = []string{}
	}
	require.Equal(b.t, want, got)
}

// watch subscribes to a key that holds nothing, or to all where none does, and is
// current.
func (b *bench) watch(key paxos.Key) *Subscriber {
	s := b.f.Subscribe(key, 10)
	for range 2 {
		b.poll()
		for _, g := range b.gets() {
			b.notFound(g, nil, 1)
		}
	}
	b.takes(s, "current 0")
	return s
}

// What a subscriber to a key is told of entries that are learned in an order.
func TestEventsOfAKey(t *testing.T) {
	for name, c := range map[string]struct {
		entries []*paxos.Entry
		want    []string
	}{
		"a life":           {[]*paxos.Entry{live(5, 0), stone(6, 5), live(7, 6)}, []string{"chosen k5", "erased k5", "chosen k7"}},
		"twice":            {[]*paxos.Entry{live(5, 0), live(5, 0), stone(6, 5), stone(6, 5)}, []string{"chosen k5", "erased k5"}},
		"replaced":         {[]*paxos.Entry{live(5, 0), live(7, 5)}, []string{"chosen k5", "chosen k7"}},
		"late":             {[]*paxos.Entry{live(7, 0), stone(8, 7), live(5, 0), stone(6, 5)}, []string{"chosen k7", "erased k7"}},
		"one left out":     {[]*paxos.Entry{live(5, 0), live(9, 7)}, []string{"chosen k5", "missed k0", "chosen k9"}},
		"its end left out": {[]*paxos.Entry{live(5, 0), live(9, 6)}, []string{"chosen k5", "missed k0", "chosen k9"}},
		"its life left out": {[]*paxos.Entry{live(5, 0), stone(6, 5), stone(9, 8)},
			[]string{"chosen k5", "erased k5", "missed k0", "erased k8"}},
		"another's end":        {[]*paxos.Entry{live(5, 0), stone(9, 8)}, []string{"chosen k5", "missed k0", "erased k8"}},
		"after one unknown":    {[]*paxos.Entry{live(5, 0), stone(6, 5), live(9, 8)}, []string{"chosen k5", "erased k5", "missed k0", "chosen k9"}},
		"after a collected":    {[]*paxos.Entry{live(5, 0), stone(6, 5), live(9, 0)}, []string{"chosen k5", "erased k5", "chosen k9"}},
		"of nothing, too late": {[]*paxos.Entry{live(5, 0), stone(6, 5), stone(7, 5)}, []string{"chosen k5", "erased k5"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			s := b.watch("k")
			all := b.f.Subscribe("", 10)
			b.poll()
			b.takes(all, "current 0")
			b.poll() // what it read before it began to list is of no concern now
			for _, e := range c.entries {
				b.learn("k", e)
			}
			b.takes(s, c.want...)
			b.takes(all, c.want...)
		})
	}
}

// Hints have keys read: again where they come during a get, and not where what
// they tell was learned meanwhile.
func TestHints(t *testing.T) {
	b := newBench(t)
	s := b.watch("k")
	b.poll(paxos.HeldRev{Key: "k", Rev: rev(5)}, paxos.HeldRev{Key: "other", Rev: rev(5)})
	g := b.get("k")
	b.poll(paxos.HeldRev{Key: "k", Rev: rev(6), Tombstone: true})
	require.Empty(t, b.gets(), "one at a time")
	b.found(g, live(5, 0))
	g = b.get("k")
	b.takes(s, "chosen k5")
	b.notFound(g, stone(6, 5), 0)
	b.takes(s, "erased k5")
	require.Empty(t, b.gets())

	// It came and went while nobody looked.
	b.poll(paxos.HeldRev{Key: "k", Rev: rev(7)}, paxos.HeldRev{Key: "k"})
	b.notFound(b.get("k"), nil, 9)
	b.takes(s, "missed k0", "erased k6")

	// A get that began before something was learned says nothing of that.
	b.poll(paxos.HeldRev{Key: "k", Rev: rev(11)})
	g = b.get("k")
	b.learn("k", live(12, 0))
	b.notFound(g, nil, 9)
	b.takes(s, "missed k0", "chosen k12")

	b.f.running = refreshMost
	b.poll(paxos.HeldRev{Key: "k", Rev: rev(13)})
	b.learn("k", live(13, 12))
	b.f.running = 0
	b.poll()
	require.Empty(t, b.gets(), "learned meanwhile")
	b.takes(s, "chosen k13")

	b.poll(paxos.HeldRev{Key: "k", Rev: rev(14)})
	b.f.Refreshed(b.get("k"), paxos.Result{}, false, &b.out)
	require.Empty(t, b.gets())
	b.poll()
	b.found(b.get("k"), live(14, 13))
	b.takes(s, "chosen k14")
}

// A list that does not name a key that was told has it read.
func TestListed(t *testing.T) {
	b := newBench(t)
	b.final["final"] = live(3, 0)
	all := b.f.Subscribe("", 10)
	b.poll(paxos.HeldRev{Key: "k", Rev: rev(5)}, paxos.HeldRev{Key: "final", Rev: rev(3)})
	b.takes(all)
	b.found(b.get("k"), live(5, 0))
	events := b.f.Take(all, 100)
	require.Len(t, events, 3, "%v", events)
	require.Equal(t, Current, events[2].Kind)

	b.f.readers[me].cursor = paxos.Cursor{} // it has started again
	b.poll(paxos.HeldRev{Key: "final", Rev: rev(3)})
	b.notFound(b.get("k"), stone(6, 5), 0)
	b.takes(all, "erased k5")
}

// A subscriber that is too slow is told so, and then how things stand; what waits
// for it is bounded.
func TestSlow(t *testing.T) {
	b := newBench(t)
	s, all := b.watch("k"), b.f.Subscribe("", 10)
	b.poll()
	b.takes(all, "current 0")
	for i := range uint64(1000) {
		b.learn("k", live(i+5, i+4))
		b.learn(paxos.Key(fmt.Sprint("other", i)), live(i+5, 0))
		require.LessOrEqual(t, len(s.queue), 10)
		require.LessOrEqual(t, len(all.queue), 10)
	}
	b.takes(s, "missed 0")
	b.takes(all, "missed 0")
	b.poll()
	b.found(b.get("k"), live(1004, 1003))
	b.takes(s, "chosen k1004", "current 0")
	var told []Event
	for {
		events := b.f.Take(all, 5)
		if told = append(told, events...); len(events) == 0 {
			break
		}
	}
	require.Len(t, told, 1002)
	require.Equal(t, Current, told[1001].Kind)
}

// What waits for a subscriber is bounded in bytes too.
func TestSlowWithLongValues(t *testing.T) {
	b := newBench(t)
	s := b.watch("k")
	long := paxos.Value(make([]byte, queueBytes/3))
	for i := range uint64(5) {
		e := live(i+5, i+4)
		e.Value = long
		b.learn("k", e)
		require.LessOrEqual(t, len(s.queue), 4)
	}
	b.takes(s, "missed 0")
	b.poll()
	b.found(b.get("k"), live(9, 8))
	b.takes(s, "chosen k9", "current 0")
	require.Zero(t, s.bytes)
}

// Whoever subscribes is told no less than was known, and Current only after a
// look that began later.
func TestSubscribe(t *testing.T) {
	b := newBench(t)
	s := b.watch("k")
	b.learn("k", live(5, 0))
	b.poll()
	again := b.f.Subscribe("k", 10)
	b.takes(again)
	b.poll()
	b.found(b.get("k"), live(5, 0))
	b.takes(again, "chosen k5", "current 0")
	b.takes(s, "chosen k5")

	// One without guards needs no quorum.
	b.final["final"] = live(3, 0)
	f := New(me, "b/", func(k paxos.Key) *paxos.Entry { return b.final[k] })
	final := f.Subscribe("final", 10)
	b.f = f
	b.takes(final, "chosen final3", "current 0")
	require.False(t, f.Unsubscribe(final))
}

// A lost member, and another cluster.
func TestBehindAndMissed(t *testing.T) {
	b := newBench(t)
	s, all := b.watch("k"), b.f.Subscribe("", 10)
	b.poll()
	b.takes(all, "current 0")
	b.learn("k", live(5, 0))
	b.f.Lost("somebody")
	b.f.Lost("me")
	b.f.Lost("me")
	b.takes(s, "chosen k5", "behind 0")
	b.poll()
	b.takes(s)
	b.found(b.get("k"), live(5, 0))
	b.takes(s, "current 0")
	b.takes(all, "chosen k5", "behind 0", "current 0")

	b.f.Adopt(config(2, me))
	b.takes(s, "missed 0")
	b.learn("k", live(2, 0)) // revs begin anew
	b.poll(paxos.HeldRev{Key: "k", Rev: rev(2)})
	for _, g := range b.gets() {
		b.found(g, live(2, 0))
	}
	b.takes(s, "chosen k2", "current 0")
	b.takes(all, "missed 0", "chosen k2", "current 0")
	b.f.Learn(paxos.Learned{Cluster: 1, Key: "k", Entry: live(9, 0)}, &b.out)
	b.takes(s)
}

// A get that began before one waits to be current says nothing of what was chosen
// by then, nor does the round: a member told of the entry before.
func TestChosenAfterTheGet(t *testing.T) {
	for _, key := range []paxos.Key{"", "k"} {
		b := newBench(t)
		s := b.watch(key)
		b.poll(paxos.HeldRev{Key: "k", Rev: rev(5)})
		b.notFound(b.get("k"), nil, 2) // others have not accepted it
		b.takes(s, "missed k0", "erased k0")
		b.poll()
		require.Empty(t, b.gets())
		b.f.Lost("me") // and then they have
		b.takes(s, "behind 0")
		b.poll()
		b.takes(s)
		b.found(b.get("k"), live(5, 0))
		b.takes(s, "chosen k5", "current 0")
		b.f.Lost("me")
		b.poll()
		for _, g := range b.gets() {
			require.NotEmpty(t, key, "it was told")
			b.found(g, live(5, 0))
		}
		b.takes(s, "behind 0", "current 0")
	}
}

// What nobody watches any more is forgotten.
func TestUnsubscribe(t *testing.T) {
	b := newBench(t)
	s, all := b.watch("k"), b.f.Subscribe("", 10)
	b.poll()
	b.learn("k", live(5, 0))
	b.learn("other", live(5, 0))
	require.True(t, b.f.Unsubscribe(all))
	require.NotContains(t, b.f.known[paxos.SlotOf("other")], paxos.Key("other"))
	require.Contains(t, b.f.known[paxos.SlotOf("k")], paxos.Key("k"))
	b.learn("other", live(6, 5))
	b.takes(s, "chosen k5")
	require.False(t, b.f.Unsubscribe(s))
	require.False(t, b.f.Unsubscribe(s))
}
