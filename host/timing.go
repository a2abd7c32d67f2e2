package host

import (
	"math/rand/v2"
	"time"

	"github.com/paxoskv/paxoskv/paxos"
)

// Pauses of the protocol's timers. They are chosen for links with a round trip
// far below the first resend; a longer one costs double messages, no more.
const (
	resendFirst  = 60 * time.Millisecond
	resendMost   = time.Second
	backoffFirst = 2 * time.Millisecond
	backoffMost  = 500 * time.Millisecond
	turnLength   = 500 * time.Millisecond
	eraseLater   = 150 * time.Millisecond
	// collectLater leaves the time to put a key anew that was just erased, as those do
	// who take over from another: a put that races with the collecting may not learn
	// what became of it, and one after it names no entry before it.
	collectLater = time.Second
	collectAgain = 3 * time.Second
)

// pause is how long a timer runs; draw is a random number in [0, 1).
func pause(t paxos.Timer, draw float64) time.Duration {
	doubled := func(first, most time.Duration) time.Duration {
		return min(first<<min(t.Attempt-1, 16), most)
	}
	spread := func(d time.Duration) time.Duration {
		return time.Duration(float64(d) * (0.75 + draw/2))
	}
	switch t.Kind {
	case paxos.TimerBackoff:
		return time.Duration(draw * float64(doubled(2*backoffFirst, backoffMost)))
	case paxos.TimerTurn:
		return turnLength
	case paxos.TimerErase:
		return spread(eraseLater)
	case paxos.TimerCollect:
		if t.Attempt > 1 {
			return spread(collectAgain)
		}
		return spread(collectLater)
	}
	return spread(doubled(resendFirst, resendMost))
}

func draw() float64 { return rand.Float64() }
