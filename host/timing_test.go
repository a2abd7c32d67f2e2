package host

import (
	"math"
	"testing"
	"testing/quick"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

func TestPausesStayInBounds(t *testing.T) {
	const most = 0.9999999
	for name, c := range map[string]struct {
		timer    paxos.Timer
		min, max time.Duration
	}{
		"first resend":   {paxos.Timer{Kind: paxos.TimerResend, Attempt: 1}, 45 * time.Millisecond, 75 * time.Millisecond},
		"second resend":  {paxos.Timer{Kind: paxos.TimerResend, Attempt: 2}, 90 * time.Millisecond, 150 * time.Millisecond},
		"late resend":    {paxos.Timer{Kind: paxos.TimerResend, Attempt: math.MaxInt}, 750 * time.Millisecond, 1250 * time.Millisecond},
		"first backoff":  {paxos.Timer{Kind: paxos.TimerBackoff, Attempt: 1}, 0, 4 * time.Millisecond},
		"second backoff": {paxos.Timer{Kind: paxos.TimerBackoff, Attempt: 2}, 0, 8 * time.Millisecond},
		"late backoff":   {paxos.Timer{Kind: paxos.TimerBackoff, Attempt: 1000}, 0, 500 * time.Millisecond},
		"turn":           {paxos.Timer{Kind: paxos.TimerTurn}, turnLength, turnLength},
		"erase":          {paxos.Timer{Kind: paxos.TimerErase}, eraseLater * 3 / 4, eraseLater * 5 / 4},
		"collect":        {paxos.Timer{Kind: paxos.TimerCollect, Attempt: 1}, collectLater * 3 / 4, collectLater * 5 / 4},
		"collect again":  {paxos.Timer{Kind: paxos.TimerCollect, Attempt: 2}, collectAgain * 3 / 4, collectAgain * 5 / 4},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.min, pause(c.timer, 0))
			require.InDelta(t, float64(c.max), float64(pause(c.timer, most)), float64(time.Microsecond))
			require.NoError(t, quick.Check(func(draw float64) bool {
				draw = math.Mod(math.Abs(draw), 1)
				p := pause(c.timer, draw)
				return math.IsNaN(draw) || p >= c.min && p <= c.max
			}, nil))
		})
	}
}

// No kind and no attempt, not even one that nobody counts, gives a pause below
// zero or without end.
func TestPausesOfAnyTimer(t *testing.T) {
	for kind := range paxos.TimerKind(8) {
		for attempt := range 200 {
			p := pause(paxos.Timer{Kind: kind, Attempt: attempt + 1}, draw())
			require.GreaterOrEqual(t, p, time.Duration(0))
			require.LessOrEqual(t, p, 10*time.Second)
		}
	}
}
