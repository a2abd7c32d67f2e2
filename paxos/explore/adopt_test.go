package explore

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

// TestBallotStaysInItsEpoch: when the epoch moves, a proposer starts again with a
// new ballot, whatever it had heard: votes of two epochs do not add up.
func TestBallotStaysInItsEpoch(t *testing.T) {
	for _, phase := range []string{"preparing", "accepting"} {
		t.Run(phase, func(t *testing.T) {
			s := newStage(t, 3)
			p := s.put(1)
			s.prepare(p, 1)
			if phase == "accepting" {
				s.prepare(p, 2)
				s.accept(p, 1)
			}
			first := s.cfg
			s.change(first.Replace(id(3), id(5)))
			p.out.Reset()
			p.cfg = s.cfg
			p.p.Adopt(0, s.cfg, &p.out)
			m, ok := last[paxos.Prepare](p)
			require.True(t, ok, "it does not start again")
			require.True(t, ballot(1).Less(m.Ballot), "it uses its ballot again")
			_, accepts := p.accept()
			require.False(t, accepts)
			for i := range 3 { // votes on the ballot of the epoch before, in both epochs
				p.deliver(i, paxos.Promise{Key: key, Ballot: ballot(1)})
				p.deliver(i, paxos.Accepted{Key: key, Ballot: ballot(1)})
			}
			s.silent(p)
			_, accepts = p.accept()
			require.False(t, accepts)
			s.adopt(1, 2, 5)
			s.prepare(p, 1, 2)
			s.accept(p, 1, 2)
			s.answers(p, paxos.Found, "L"+map[string]string{"preparing": "2", "accepting": "1"}[phase])
		})
	}
}
