package dist

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"
)

// inboundMax bounds the inbound handshakes that run at once. One more turns the
// oldest out: an honest handshake takes milliseconds, a silent one its deadline.
const inboundMax = 256

var errCrowded = fmt.Errorf("%w: too many at once", ErrHandshake)

// doors are the inbound handshakes that run.
type doors struct {
	mu   sync.Mutex
	open list.List // of context.CancelCauseFunc, oldest first
}

func (d *doors) enter(turnOut context.CancelCauseFunc) *list.Element {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open.Len() >= inboundMax {
		oldest := d.open.Front()
		oldest.Value.(context.CancelCauseFunc)(errCrowded)
		d.open.Remove(oldest)
	}
	return d.open.PushBack(turnOut)
}

func (d *doors) leave(e *list.Element) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open.Remove(e)
}

// accept takes connections from peers, each into a goroutine of its own.
func (w *Wire) accept() {
	defer w.work.Done()
	select {
	case <-w.attached:
	case <-w.ctx.Done():
		return
	}
	pause := time.Millisecond
	for {
		conn, err := w.listener.Accept()
		if w.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // most likely out of file descriptors
			w.limited.Error("accept failed", "error", err)
			time.Sleep(pause)
			pause = min(2*pause, time.Second)
			continue
		}
		pause = time.Millisecond
		w.work.Add(1)
		go w.admit(conn)
	}
}

// admit runs one inbound handshake and hands the link over.
func (w *Wire) admit(conn net.Conn) {
	defer w.work.Done()
	ctx, cancel := context.WithTimeoutCause(w.ctx, w.opts.HandshakeTimeout, errHandshakeTimeout)
	defer cancel()
	ctx, turnOut := context.WithCancelCause(ctx)
	defer turnOut(nil)
	ticket := w.doors.enter(turnOut)
	defer w.doors.leave(ticket)
	l, err := bounded(ctx, conn, func() (*link, error) { return w.receive(ctx, conn) })
	if err != nil {
		closeNow(conn)
		w.refused(conn.RemoteAddr().String(), err)
		return
	}
	w.handOver(l)
}

// refused says once, in one line, that a handshake did not lead to a link.
func (w *Wire) refused(address string, err error) {
	if w.ctx.Err() != nil || errors.Is(err, ErrCrossed) {
		return
	}
	w.stats.refused.Add(1)
	level := slog.LevelWarn
	if errors.Is(err, io.EOF) {
		level = slog.LevelDebug // the other side thought better of it: two dialled at once
	}
	w.limited.Log(context.Background(), level, "handshake refused", "address", address, "error", err)
}
