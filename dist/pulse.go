package dist

import (
	"time"

	"github.com/paxoskv/paxoskv/dist/internal/control"

	"github.com/ergo-services/ergo/etf"
)

// beats is the number of beats in Options.Silence. A peer is given up after one
// beat less, since a silence may begin right after a beat.
const beats = 6

// probeName is a name that is registered nowhere. A monitor on it is answered at
// once by every node that runs, and by none that is frozen.
const probeName = etf.Atom("$dist_probe")

// vitals is what the pulse remembers from beat to beat. It counts beats instead
// of comparing clocks: a program that was itself frozen wakes up to one late
// beat, not to a long silence of its peers.
type vitals struct {
	in, out       uint64
	silent, stuck int
}

// beat takes the counters of one beat and says what to do. waiting is whether
// something waits to be written.
func (v *vitals) beat(in, out uint64, waiting bool) (probe, tick bool, verdict error) {
	heard, wrote := in != v.in, out != v.out
	v.in, v.out = in, out
	v.silent++
	if heard {
		v.silent = 0
	}
	v.stuck++
	if wrote || !waiting {
		v.stuck = 0
	}
	switch {
	case v.silent >= beats-1:
		return false, false, ErrSilent
	case v.stuck >= beats-1:
		return false, false, ErrStalled
	}
	return !heard, !wrote, nil
}

// pulse ticks, probes and gives up on a peer that is silent or does not read.
func (l *link) pulse() {
	ticker := time.NewTicker(l.wire.opts.Silence / beats)
	defer ticker.Stop()
	var v vitals
	for {
		select {
		case <-ticker.C:
		case <-l.closed:
			return
		}
		probe, tick, verdict := v.beat(l.bytesIn.Load(), l.bytesOut.Load(), l.queue.waiting() > 0)
		switch {
		case verdict != nil:
			l.close(verdict)
			return
		case probe:
			l.probe()
		case tick:
			l.queue.push(tickFrame, false)
		}
	}
}

// tickFrame is a frame of no bytes.
var tickFrame = []byte{0, 0, 0, 0}

// probe asks for a sign of life.
func (l *link) probe() {
	f := newFrame()
	f.Monitor(l.wire.probePid(), control.Who{Name: probeName}, l.wire.wireRef(0))
	l.post(f)
}
