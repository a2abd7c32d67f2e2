package paxos

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// shelf is an acceptor to be read.
type shelf struct {
	t *testing.T
	a *Acceptor
	n uint64
}

func newShelf(t *testing.T) *shelf {
	a := NewAcceptor(NodeID{"a", 1})
	a.recent = &recent{log: 7}
	return &shelf{t: t, a: a}
}

var shelfConfig = &Config{Cluster: 1, Epoch: 1, Size: 1, Seats: []Seat{{Node: NodeID{"a", 1}, Since: 1}}}

// put has a new entry accepted, erase a tombstone.
func (s *shelf) put(key Key) Rev   { return s.accept(key, false) }
func (s *shelf) erase(key Key) Rev { return s.accept(key, true) }

func (s *shelf) accept(key Key, tombstone bool) Rev {
	s.n++
	b := Ballot{Counter: s.n, Proposer: NodeID{"a", 1}}
	var out Output
	s.a.Step(0, shelfConfig, NodeID{"a", 1}, Accept{key, b, &Entry{Rev: b, Tombstone: tombstone}}, &out)
	require.IsType(s.t, Accepted{}, out.Messages[0].Body)
	return b
}

// read reads from a cursor to the end.
func (s *shelf) read(prefix Key, c Cursor, only ...Key) (held []HeldRev, next Cursor, answers int) {
	for {
		ans := s.a.Inventory(InventoryRequest{Round: 5, Prefix: prefix, Only: only, From: c})
		require.Equal(s.t, c, ans.From)
		require.EqualValues(s.t, 5, ans.Round)
		held, answers = append(held, ans.Held...), answers+1
		require.Less(s.t, answers, 10000)
		if c = ans.Next; ans.End {
			return held, c, answers
		}
	}
}

// A reader gets all keys of its prefix once, and then what changes.
func TestInventory(t *testing.T) {
	s := newShelf(t)
	want := map[Key]Rev{}
	for i := range 5000 {
		key := Key(fmt.Sprint("x/", i))
		want[key] = s.put(key)
		s.put(Key(fmt.Sprint("y/", i)))
	}
	want["x/7"] = s.erase("x/7")
	held, c, answers := s.read("x/", Cursor{})
	require.Greater(t, answers, 3, "in pages")
	require.Len(t, held, len(want))
	for _, h := range held {
		require.Equal(t, want[h.Key], h.Rev)
		require.Equal(t, h.Key == "x/7", h.Tombstone)
		delete(want, h.Key)
	}
	held, c, answers = s.read("x/", c)
	require.Empty(t, held)
	require.Equal(t, 1, answers, "nothing new costs one answer")

	first, stone := s.put("x/new"), s.erase("x/8")
	s.put("y/new")
	second := s.put("x/new")
	changes := []HeldRev{{"x/new", first, false}, {"x/8", stone, true}, {"x/new", second, false}}
	held, _, _ = s.read("x/", c)
	require.Equal(t, changes, held)
	held, c, _ = s.read("x/", c, "x/8", "x/9")
	require.Equal(t, changes[1:2], held)

	var out Output
	s.a.Step(0, shelfConfig, NodeID{"a", 1}, Collect{"x/8", stone}, &out)
	require.True(t, out.Learned[0].Collected, "a tombstone that is collected was chosen")
	require.Equal(t, stone, out.Learned[0].Entry.Rev)
	held, c, _ = s.read("x/", c)
	require.Equal(t, []HeldRev{{Key: "x/8"}}, held)

	// The same entry again is no change, nor is a promise.
	e := &Entry{Rev: second}
	s.n++
	again := Ballot{Counter: s.n, Proposer: NodeID{"a", 1}}
	s.a.Step(0, shelfConfig, NodeID{"a", 1}, Accept{"x/new", again, e}, &out)
	s.a.Step(0, shelfConfig, NodeID{"a", 1}, Prepare{"x/new", Ballot{Counter: 1 << 40}}, &out)
	held, _, _ = s.read("x/", c)
	require.Empty(t, held)
}

// One slot with more keys than fit an answer is read in pieces.
func TestInventoryOfACrowdedSlot(t *testing.T) {
	s := newShelf(t)
	n := 0
	for i := 0; n < 3000; i++ {
		if key := Key(fmt.Sprint(i)); SlotOf(key) == Slots-1 {
			s.put(key)
			n++
		}
	}
	held, c, answers := s.read("", Cursor{})
	require.Len(t, held, n)
	require.Greater(t, answers, 1)
	require.Equal(t, Cursor{Log: 7, Seq: 0, Slot: Slots}, c)
}

// A reader that is too far behind, or of another run of changes, starts again.
func TestInventoryStartsAgain(t *testing.T) {
	s := newShelf(t)
	_, c, _ := s.read("", Cursor{})
	for i := range recentMost {
		s.put(Key(fmt.Sprint(i % 100)))
	}
	held, _, _ := s.read("", c)
	require.Len(t, held, recentMost, "all of them are remembered")
	s.put("one more")
	held, _, _ = s.read("", c)
	require.Len(t, held, 101, "a new list")

	_, c, _ = s.read("", Cursor{})
	s.a.Wipe(&Output{})
	s.put("k")
	held, next, _ := s.read("", c)
	require.Len(t, held, 1)
	require.NotEqual(t, c.Log, next.Log)
}

// Only a member that may vote answers: it has merged what was chosen before.
func TestInventoryOfOneThatMayNotVote(t *testing.T) {
	l := newLab(t, 1, "a")
	l.run(3000)
	a := l.nodes["a"].r
	ask := func(epoch Epoch) int {
		var out Output
		a.Step(0, Envelope{From: NodeID{"b", 1}, To: a.self, Cluster: a.Member.cfg.Cluster, Epoch: epoch,
			Body: InventoryRequest{}}, &out)
		n := 0
		for _, m := range out.Messages {
			if _, ok := m.Body.(Inventory); ok {
				n++
			}
		}
		return n
	}
	require.Equal(t, 1, ask(1))
	require.Zero(t, ask(0), "nor to one of another epoch")
	cfg := a.Member.cfg.Clone()
	cfg.Reset.Epoch = cfg.Epoch
	a.Member.cfg, a.Member.done = &cfg, 0
	require.Zero(t, ask(1))
}

// What a get that found nothing says of what was there before.
func TestNotFoundTellsOfThePast(t *testing.T) {
	l := newLab(t, 3, "a", "b", "c")
	l.run(1000)
	g := Guard{Kind: GuardTime, Deadline: l.now + 10}
	put := l.op("a", Request{Kind: Put, Key: "k", Value: "v", Guards: []Guard{g}})
	require.True(t, put.Mine)
	l.run(1000)
	res := l.op("b", Request{Kind: Get, Key: "k"})
	require.Equal(t, NotFound, res.Kind)
	require.True(t, res.Entry.Tombstone)
	require.Equal(t, put.Entry.Rev, res.Entry.Prev)
	stone := res.Entry
	again := l.op("c", Request{Kind: Get, Key: "k"}) // by a query
	require.Equal(t, NotFound, again.Kind)
	require.Equal(t, stone, again.Entry)

	l.do(l.nodes["a"], func(out *Output) { l.nodes["a"].p.Start(l.now, 1<<62, Request{Kind: CollectTombstone, Key: "k"}, out) })
	l.run(1000)
	for _, n := range l.nodes {
		require.Zero(t, n.r.Acceptor.Len())
	}
	res = l.op("b", Request{Kind: Get, Key: "k"})
	require.Equal(t, NotFound, res.Kind)
	require.Nil(t, res.Entry)
	require.False(t, res.Floor.Less(stone.Rev))

	// Promises alone do not hide it.
	l.do(l.nodes["a"], func(out *Output) {
		b := Ballot{Counter: 1 << 30, Proposer: NodeID{"a", 1}}
		for _, n := range l.nodes {
			out.Messages = append(out.Messages, Envelope{From: NodeID{"a", 1}, To: n.id, Cluster: n.r.Member.cfg.Cluster,
				Epoch: n.r.Member.cfg.Epoch, Body: Prepare{"k", b}})
		}
	})
	l.run(100)
	res = l.op("c", Request{Kind: Get, Key: "k"})
	require.Equal(t, NotFound, res.Kind)
	require.False(t, res.Floor.Less(stone.Rev))
}
