package explore

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

// The counterexamples that broke simpler rules, each played to the point where
// the simpler rule went wrong. The numbers are those that the protocol cites.

// 1. A get that meets a tombstone not known to be chosen has it accepted first.
func TestCounterexample1GetOnUnchosenTombstone(t *testing.T) {
	s := newStage(t, 3)
	p1 := s.put(1)
	s.prepare(p1, 1, 3)
	s.accept(p1, 1, 3) // L1 is chosen
	s.gone(1, 1)
	p2 := s.erase(2, 1)
	s.prepare(p2, 1, 2)
	s.asks(p2, "T2")
	s.accept(p2, 2) // on node 2 alone
	p3 := s.get(3)
	s.prepare(p3, 3, 2)
	s.asks(p3, "T2") // and not: not found, since nodes 1 and 3 still answer L1
	s.accept(p3, 2)
	s.silent(p3)
	s.accept(p3, 3)
	s.answers(p3, paxos.NotFound, "T2")
}

// 2. Members that hold the tombstone at different ballots do not collect it: a
// promise that reported the old life may be under way between the two.
func TestCounterexample2CollectAtOneBallot(t *testing.T) {
	s := newStage(t, 3)
	p1 := s.put(1)
	s.prepare(p1, 1, 3)
	s.accept(p1, 3)
	s.gone(3, 1)
	p2 := s.erase(2, 1)
	s.prepare(p2, 1, 3)
	s.accept(p2, 1, 2) // T2 is chosen, node 3 still holds L1
	s.prepare(s.get(3), 3)
	p4 := s.get(4)
	s.prepare(p4, 3, 1)
	s.accept(p4, 3) // T2@2, T2@2, T2@4
	c := s.query(paxos.CollectTombstone, 1, 2, 3)
	_, collects := c.collects()
	require.False(t, collects)
	s.prepare(c, 1, 2) // it has the tombstone accepted at one ballot first
	s.asks(c, "T2")
	s.accept(c, 1, 2)
	_, collects = c.collects()
	require.False(t, collects)
}

// 3. The same tombstone at two ballots settles no query.
func TestCounterexample3SameRevAtTwoBallots(t *testing.T) {
	s := newStage(t, 3)
	p1 := s.put(1)
	s.prepare(p1, 1, 3)
	s.accept(p1, 1, 3) // L1 is chosen
	s.gone(3, 1)
	p2 := s.erase(2, 1)
	s.prepare(p2, 2, 3)
	s.accept(p2, 3)
	p3 := s.get(3)
	s.prepare(p3, 1, 2)
	s.asks(p3, "L1")
	s.accept(p3, 2)
	p4 := s.get(4)
	s.prepare(p4, 1, 3)
	s.asks(p4, "T2")
	s.accept(p4, 1)
	q := s.query(paxos.Get, 3, 1) // T2@2 and T2@4
	s.silent(q)
	p5 := s.get(5)
	s.prepare(p5, 2, 3) // since this one, with L1@3 and T2@2 ...
	s.asks(p5, "L1")
	s.accept(p5, 2, 3)
	s.answers(p5, paxos.Found, "L1") // ... answers L1
}

// 4a. A retried put that meets nothing, where its entry may have been erased and
// collected, does not put again.
func TestCounterexample4aRetryAfterCollect(t *testing.T) {
	s := newStage(t, 3)
	p1 := s.put(1)
	s.prepare(p1, 1, 2)
	s.accept(p1, 1, 2, 3)
	s.gone(1, 1)
	p2 := s.erase(2, 1)
	s.prepare(p2, 1, 2)
	s.accept(p2, 1, 2, 3)
	c := s.query(paxos.CollectTombstone, 1, 2, 3)
	at, collects := c.collects()
	require.True(t, collects)
	require.Equal(t, ballot(2), at)
	s.collect(2, 1, 2, 3)
	p3 := s.again(3, 1)
	s.prepare(p3, 1, 3)
	s.answers(p3, paxos.Indeterminate, "nothing")
}

// 4b. A retried put that meets what replaced its entry finishes that first.
func TestCounterexample4bRetryMeetsSuccessor(t *testing.T) {
	s := newStage(t, 3)
	p1 := s.put(1)
	s.prepare(p1, 1, 3)
	s.accept(p1, 1, 3)
	s.gone(1, 1)
	p2 := s.erase(2, 1)
	s.prepare(p2, 1, 2)
	s.accept(p2, 2)
	p3 := s.again(3, 1)
	s.prepare(p3, 2, 3)
	s.asks(p3, "T2") // and not: it took effect and was erased, for a get still answers L1
	s.accept(p3, 2, 3)
	s.answers(p3, paxos.Found, "L1")
}

// 5. After a change of size nobody votes before the members that had the old
// quorum are merged.
func TestCounterexample5ShrinkGrowAdd(t *testing.T) {
	s := newStage(t, 3)
	p1 := s.put(1)
	s.prepare(p1, 1, 3)
	s.accept(p1, 1, 3) // L1 is chosen on 1 and 3
	s.change(s.cfg.Shrink(id(3)))
	s.adopt(2)
	require.Equal(t, "silence", s.votes(2))
	s.merge(2, 1)
	require.Equal(t, "silence", s.votes(2), "node 1 had not adopted the epoch")
	s.adopt(1)
	s.merge(2, 1)
	require.Equal(t, "L1@1 (copy)", s.votes(2))
	s.merge(1, 2)
	require.Equal(t, "L1@1 (copy)", s.votes(1), "a vote from before a change of size")
	s.change(s.cfg.Grow())
	s.adopt(1, 2)
	s.merge(1, 2)
	s.merge(2, 1)
	s.change(s.cfg.Add(id(4)))
	s.adopt(1, 2, 4)
	p2 := s.put(2)
	s.prepare(p2, 2, 4) // a quorum without 1 and 3 knows of L1
	s.asks(p2, "L1")
}

// 6. A member merges only from members that may vote themselves.
func TestCounterexample6UnmergedSource(t *testing.T) {
	s := newStage(t, 3)
	p1 := s.put(1)
	s.prepare(p1, 1, 3)
	s.accept(p1, 1, 3)
	s.change(s.cfg.Replace(id(1), id(4)))
	s.change(s.cfg.Replace(id(3), id(5)))
	s.adopt(2, 4, 5)
	s.merge(4, 2, 5)
	require.Equal(t, "silence", s.votes(4), "5 may not vote")
	s.merge(5, 2, 4)
	require.Equal(t, "silence", s.votes(5), "4 may not vote")
}

// 7. Copies got by merges are not votes, however many there are.
func TestCounterexample7MergedCopies(t *testing.T) {
	s := newStage(t, 4)
	p1 := s.put(1)
	s.prepare(p1, 1, 2, 3)
	p2 := s.put(2)
	s.prepare(p2, 1, 3, 4)
	s.accept(p1, 2) // L1@1 on 2 alone
	s.accept(p2, 4) // L2@2 on 4 alone
	s.change(s.cfg.Replace(id(1), id(5)))
	s.adopt(2, 3, 4, 5)
	s.merge(5, 2, 3)
	s.change(s.cfg.Replace(id(3), id(6)))
	s.adopt(2, 4, 5, 6)
	s.merge(6, 2, 5)
	require.Equal(t, []string{"L1@1", "L1@1 (copy)", "L1@1 (copy)"}, []string{s.votes(2), s.votes(5), s.votes(6)})
	s.silent(s.query(paxos.Get, 2, 5, 6)) // three at one ballot, and L1 is not chosen
	p3 := s.get(3)
	s.prepare(p3, 2, 5, 6)
	s.asks(p3, "L1")
	p4 := s.get(4)
	s.prepare(p4, 2, 4, 5)
	s.asks(p4, "L2")
}

// 9. A source without a record for a key counts with its floor.
func TestCounterexample9MergedFloor(t *testing.T) {
	s := newStage(t, 3)
	p1 := s.put(1)
	s.prepare(p1, 1, 3)
	s.accept(p1, 3)
	t3 := &paxos.Entry{Rev: ballot(3), Tombstone: true}
	s.tell(2, proposerID(3), paxos.Accept{Key: other, Ballot: ballot(3), Entry: t3})
	s.tell(2, proposerID(3), paxos.Collect{Key: other, Ballot: ballot(3)}) // node 2 promised 3, without a record
	for _, sources := range [][]int{{2, 3}, {3, 2}} {
		n := newStage(t, 3)
		n.nodes = map[int]*paxos.Replica{2: s.nodes[2], 3: s.nodes[3]}
		n.change(n.cfg.Replace(id(1), id(4)))
		n.adopt(2, 3, 4)
		n.merge(4, sources...)
		require.Equal(t, "L1@1 (copy)", n.votes(4))
		refusal := n.tell(4, proposerID(2), paxos.Prepare{Key: key, Ballot: ballot(2)})
		require.Equal(t, paxos.Nack{Key: key, Ballot: ballot(2), Promised: ballot(3)}, refusal)
	}
}

// 10. A node that comes back to a seat starts with nothing.
func TestCounterexample10BackToASeat(t *testing.T) {
	s := newStage(t, 3)
	p1 := s.put(1)
	s.prepare(p1, 1, 2)
	s.accept(p1, 1, 2)
	s.change(s.cfg.Replace(id(2), id(4)))
	s.adopt(1, 3, 4)
	s.merge(4, 1, 3)
	s.gone(1, 1)
	p2 := s.erase(2, 1)
	s.prepare(p2, 1, 4)
	s.accept(p2, 1, 3, 4)
	s.collect(2, 1, 3, 4) // L1 is erased and collected; 2 still holds it
	s.change(s.cfg.Replace(id(3), id(2)))
	s.adopt(1, 2, 4)
	require.Zero(t, s.nodes[2].Acceptor.Len())
	s.merge(2, 1, 4)
	require.Equal(t, "nothing", s.votes(2))
	s.answers(s.query(paxos.Get, 1, 2), paxos.NotFound, "nothing")
}
