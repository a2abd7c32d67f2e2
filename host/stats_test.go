package host

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

// A prepare that came twice is refused by the promise that it got itself. That is a
// slow answer, no lost round.
func TestNacksAreOfOtherBallots(t *testing.T) {
	h, b := alone(t)
	key, err := b.key("k")
	require.NoError(t, err)
	nack := func(asked, promised uint64) {
		ballot := func(n uint64) paxos.Ballot { return paxos.Ballot{Counter: n, Proposer: h.life()} }
		h.do(func(t *task) {
			t.step(paxos.Envelope{From: h.Self(), To: h.life(),
				Body: paxos.Nack{Key: key, Ballot: ballot(asked), Promised: ballot(promised)}})
		})
	}
	nack(5, 5)
	require.Zero(t, h.Stats.Nacks.Load())
	nack(5, 6)
	require.EqualValues(t, 1, h.Stats.Nacks.Load())
}
