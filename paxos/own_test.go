package paxos

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// eraser is a proposer of a cluster of three, and its answers to itself.
func eraser(primary bool) *Proposer {
	self, other := NodeID{"a", 1}, NodeID{"b", 1}
	p := NewProposer(self, 0)
	var out Output
	p.Adopt(0, &Config{Cluster: 1, Epoch: 1, Size: 3, Seats: []Seat{{Node: self, Since: 1}, {Node: other, Since: 1}, {Node: NodeID{"c", 1}, Since: 1}}}, &out)
	if primary {
		p.SetUp([]NodeID{self})
	} else {
		p.SetUp([]NodeID{other})
	}
	return p
}

func erasures(n int) (es []Erasure) {
	for i := range n {
		es = append(es, Erasure{Key: Key(fmt.Sprint("k", i)), Rev: Rev{Counter: 1, Proposer: NodeID{"a", 1}}})
	}
	return es
}

// Of very many entries that fall at once only so many are asked about at a time;
// as one is done the next begins, and each is asked about once.
func TestErasuresAreBounded(t *testing.T) {
	const n = 10 * ownMost
	p := eraser(true)
	var out Output
	for range 3 { // sweeps find them again while they are under way, or wait
		for _, e := range erasures(n) {
			p.Erase(0, e, &out)
		}
	}
	asked := map[Key]int{}
	most := 0
	for len(out.Messages) > 0 {
		most = max(most, p.Len())
		queries := out.Messages
		out = Output{}
		for _, env := range queries {
			q := env.Body.(Query)
			asked[q.Key]++
			p.Step(0, Envelope{From: env.To, To: env.From, Cluster: 1, Epoch: 1, Body: Answer{Key: q.Key, Round: q.Round}}, &out)
		}
	}
	require.Equal(t, ownMost, most)
	require.Len(t, asked, n)
	for k, times := range asked {
		require.Equal(t, 3, times, k)
	}
	require.Zero(t, p.Len())
	require.Empty(t, p.own.known)
	require.Empty(t, p.own.waiting)
}

// One that gets no answers gives up, and lets the next begin: none is stuck
// behind it.
func TestErasuresWithoutAnswersGiveWay(t *testing.T) {
	const n = 2*ownMost + 1
	p := eraser(true)
	var out Output
	for _, e := range erasures(n) {
		p.Erase(0, e, &out)
	}
	asked := map[Key]bool{}
	for len(out.Timers) > 0 {
		for _, env := range out.Messages {
			asked[env.Body.(Query).Key] = true
		}
		timers := out.Timers
		out = Output{}
		for _, timer := range timers {
			p.Fire(0, timer, &out)
		}
	}
	require.Len(t, asked, n)
	require.Zero(t, p.Len())
}

// Where another node is the primary, an erasure waits; sweeps that find it in
// the meantime change nothing.
func TestErasuresWaitForThePrimaryOnce(t *testing.T) {
	p := eraser(false)
	var out Output
	for range 3 {
		for _, e := range erasures(10) {
			p.Erase(0, e, &out)
		}
	}
	require.Len(t, out.Timers, 10)
	require.Empty(t, out.Messages)
	timers := out.Timers
	out = Output{}
	for i, timer := range timers {
		require.Equal(t, TimerErase, timer.Kind)
		if i == 0 {
			p.Forget(timer) // the primary has done it
			continue
		}
		p.Fire(0, timer, &out)
	}
	require.Len(t, out.Messages, 27)
	require.Equal(t, 9, p.Len())
	p.Erase(0, erasures(1)[0], &out)
	require.Len(t, out.Timers, 10, "it may fall once more")
}
