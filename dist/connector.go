package dist

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"time"

	"github.com/paxoskv/paxoskv/dist/internal/shake"
)

// dialTimeout bounds one TCP connect. A peer behind a silent cut is tried anew
// within this time and RedialMax of the heal.
const dialTimeout = 2 * time.Second

// settled is how long a link must have stood for the next attempt to be quick.
const settled = 2 * time.Second

// dialer is the goroutine that keeps one peer connected.
type dialer struct{ cancel context.CancelFunc }

// Connect asks for a link to a node and keeps it up: dialled at once, and again
// with growing, jittered pauses whenever it is down, until Disconnect. It does
// not wait; see Wait. Before Attach the request is only noted.
func (w *Wire) Connect(name string) error {
	return w.ask(name, func(s *slot) { s.wanted, s.parted = true, false })
}

// Allow says that a node may be dialled when a process here sends to it: the
// message that finds no link is refused as ever, but a dial begins behind it.
func (w *Wire) Allow(name string) error {
	return w.ask(name, func(s *slot) { s.allowed, s.parted = true, false })
}

func (w *Wire) ask(name string, f func(*slot)) error {
	if !shake.ValidName(name) || name == w.name {
		return fmt.Errorf("%w: %q", ErrName, name)
	}
	w.table.change(name, func(s *slot) {
		f(s)
		if s.wanted {
			w.startDialer(name, s)
		}
	})
	return nil
}

// Disconnect takes Connect and Allow back and closes the link, if there is one.
// Nobody here opens one again before the next Connect or Allow. The peer may;
// Options.AllowNodes is against that.
func (w *Wire) Disconnect(name string) {
	w.table.change(name, func(s *slot) {
		s.wanted, s.allowed, s.parted = false, false, true
		if s.dialer != nil {
			s.dialer.cancel()
		}
	})
	if l := w.table.link(name); l != nil {
		l.close(ErrDisconnected)
	}
}

// Wait waits until the link to a node is live, or ctx ends.
func (w *Wire) Wait(ctx context.Context, name string) error {
	events := w.Subscribe()
	defer events.Close()
	for {
		select {
		case e := <-events.C:
			if e.Up && e.Peer.Name == name {
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// demand is called when core finds no link to a node. It does not wait.
func (w *Wire) demand(name string) {
	if w.running() != nil {
		return
	}
	w.table.mu.Lock()
	defer w.table.mu.Unlock()
	if s := w.table.slots[name]; s != nil && s.allowed && s.link == nil {
		w.startDialer(name, s)
	}
}

// startDialer starts the goroutine of a slot unless it runs. The table's mutex
// must be held.
func (w *Wire) startDialer(name string, s *slot) {
	if s.dialer != nil || w.ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithCancel(w.ctx)
	d := &dialer{cancel}
	s.dialer = d
	w.work.Add(1)
	go func() {
		defer w.work.Done()
		defer cancel()
		w.keepConnected(ctx, name)
		w.table.change(name, func(s *slot) {
			if s.dialer == d {
				s.dialer = nil
			}
			if s.wanted { // asked for again while this one was ending
				w.startDialer(name, s)
			}
		})
	}()
}

// keepConnected dials as long as the node is wanted; once, if it is only allowed.
func (w *Wire) keepConnected(ctx context.Context, name string) {
	select {
	case <-w.attached:
	case <-ctx.Done():
		return
	}
	pause := backoff{min: 20 * time.Millisecond, max: w.opts.RedialMax}
	said := "" // the failure logged last: the same one again is no news
	for ctx.Err() == nil {
		l, err := w.table.link(name), error(nil)
		if l == nil {
			l, err = w.reach(ctx, name)
		}
		if err != nil {
			said = w.unreached(name, err, said)
		} else {
			said = ""
			w.standBy(ctx, l, &pause)
		}
		if !w.wants(name) || !sleep(ctx, pause.next(rand.Float64())) {
			return
		}
	}
}

// standBy waits until a link is gone.
func (w *Wire) standBy(ctx context.Context, l *link, pause *backoff) {
	start := time.Now()
	select {
	case <-l.gone:
	case <-ctx.Done():
	}
	if time.Since(start) > settled {
		pause.reset()
	}
}

func (w *Wire) wants(name string) bool {
	w.table.mu.Lock()
	defer w.table.mu.Unlock()
	s := w.table.slots[name]
	return s != nil && s.wanted
}

// asked says whether Connect or Allow was called for a node.
func (w *Wire) asked(name string) bool {
	w.table.mu.Lock()
	defer w.table.mu.Unlock()
	s := w.table.slots[name]
	return s != nil && (s.wanted || s.allowed)
}

// unreached notes an attempt that failed, and returns what was said last. A node
// that is not there yet is no cause for a warning; one that refuses is.
func (w *Wire) unreached(name string, err error, said string) string {
	if w.ctx.Err() != nil || errors.Is(err, ErrCrossed) || w.table.link(name) != nil {
		return said // the peer's own attempt came first
	}
	w.stats.failedDials.Add(1)
	w.table.change(name, func(s *slot) { s.failed = err })
	level := slog.LevelWarn
	var absent *net.OpError
	switch {
	case errors.Is(err, ErrCookie):
	case errors.As(err, &absent), errors.Is(err, ErrNoAddress), hungUp(err):
		level = slog.LevelInfo
	}
	if said == err.Error() || level == slog.LevelInfo && !w.asked(name) {
		level = slog.LevelDebug // who called Dial is told
	}
	w.limited.Log(context.Background(), level, "no link to peer", "peer", name, "error", err)
	return err.Error()
}

// reach makes one attempt.
func (w *Wire) reach(ctx context.Context, name string) (*link, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, w.opts.HandshakeTimeout, errHandshakeTimeout)
	defer cancel()
	address, err := w.resolve(ctx, name)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: min(dialTimeout, w.opts.HandshakeTimeout)}
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	l, err := w.call(ctx, conn, name)
	if err != nil {
		closeNow(conn)
		return nil, err
	}
	return l, w.handOver(l)
}

// backoff is a sequence of growing pauses.
type backoff struct{ min, max, last time.Duration }

// next returns the next pause: the step, which doubles from min to max, less up
// to half of it by chance. draw is from [0, 1).
func (b *backoff) next(draw float64) time.Duration {
	b.last = max(b.min, min(2*b.last, b.max))
	return b.last - time.Duration(draw*float64(b.last)/2)
}

func (b *backoff) reset() { b.last = 0 }

// sleep waits, or says false if ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
