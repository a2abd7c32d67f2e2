package paxos

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A clock that is set back, or forward, changes no pause: a seat is taken over as
// soon as with a steady clock, and no sooner.
func TestClockJumpsChangeNoPause(t *testing.T) {
	for name, jump := range map[string]time.Duration{"back": -time.Hour, "forward": time.Hour} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, 3, "a", "b", "c", "d")
			l.run(1000)
			gone := l.nodes["a"].r.Member.Config().Members()[2].Name
			l.stop(gone)
			l.run(DefaultTiming.Replace / 2)
			l.now += jump.Milliseconds()
			l.run(DefaultTiming.Replace / 4)
			require.True(t, l.seated(gone), "its time is not over")
			l.run(DefaultTiming.Replace/2 + 2000)
			require.False(t, l.seated(gone), "its time is over")
		})
	}
}

// seated says whether a node of the name has a seat, as another one knows.
func (l *lab) seated(name string) bool {
	for _, n := range l.nodes {
		for _, s := range n.r.Member.Config().Seats {
			if s.Node.Name == name {
				return true
			}
		}
	}
	return false
}
