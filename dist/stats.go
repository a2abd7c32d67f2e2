package dist

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Stats are counts since the start of the Wire.
type Stats struct {
	Refused      uint64 // inbound handshakes that led to no link
	FailedDials  uint64 // own attempts that led to no link
	Garbled      uint64 // links cut for a frame that is no message
	BadPayloads  uint64 // messages dropped because they could not be decoded
	UnknownOps   uint64 // messages skipped because their operation is unknown
	EncodeErrors uint64 // messages not sent because they could not be encoded
	Undelivered  uint64 // messages of peers for processes that are not there
	Parked       uint64 // messages that had to wait for a full mailbox
	Dropped      uint64 // messages dropped because too much was parked
	Panics       uint64 // panics caught while serving a peer
}

type counters struct {
	refused, failedDials, garbled, badPayloads, unknownOps atomic.Uint64
	encodeErrors, undelivered, parked, dropped, panics     atomic.Uint64
}

// Stats returns the counts of now.
func (w *Wire) Stats() Stats {
	c := &w.stats
	return Stats{
		Refused:      c.refused.Load(),
		FailedDials:  c.failedDials.Load(),
		Garbled:      c.garbled.Load(),
		BadPayloads:  c.badPayloads.Load(),
		UnknownOps:   c.unknownOps.Load(),
		EncodeErrors: c.encodeErrors.Load(),
		Undelivered:  c.undelivered.Load(),
		Parked:       c.parked.Load(),
		Dropped:      c.dropped.Load(),
		Panics:       c.panics.Load(),
	}
}

// linesPerSecond bounds the log lines that peers can cause at will.
const linesPerSecond = 10

// limiter passes so many log lines in each second and drops the rest.
type limiter struct {
	slog.Handler
	budget *budget
}

type budget struct {
	mu     sync.Mutex
	second int64
	left   int
}

func limit(h slog.Handler) slog.Handler { return limiter{h, &budget{}} }

// Handle implements slog.Handler.
func (l limiter) Handle(ctx context.Context, r slog.Record) error {
	if !l.budget.spend(r.Time) {
		return nil
	}
	return l.Handler.Handle(ctx, r)
}

// spend takes one line from the budget of a second.
func (b *budget) spend(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if second := now.Unix(); second != b.second {
		b.second, b.left = second, linesPerSecond
	}
	if b.left == 0 {
		return false
	}
	b.left--
	return true
}
