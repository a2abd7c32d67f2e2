package dist

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/paxoskv/paxoskv/dist/internal/control"
	"github.com/paxoskv/paxoskv/dist/internal/ext"
	"github.com/paxoskv/paxoskv/dist/internal/frame"

	"github.com/ergo-services/ergo/node"
)

// serve runs the link until it closes. It is core's Serve: when it returns core
// forgets the link and tells every process that waits for node down.
func (l *link) serve(router node.CoreRouter) {
	l.serving.Store(true)
	l.router = router
	if !l.isClosed() {
		l.wire.log.Info("link up", "peer", l.peer.Name, "address", l.peer.Address, "dialed", l.peer.Dialed)
		l.announced = true
		l.wire.events.up(l.peer)
		go l.write()
		go l.pulse()
		l.close(l.guardedRead())
		l.wire.log.Info("link down", "peer", l.peer.Name, "reason", l.reason)
	}
	l.tearDown()
}

// terminated ends the link for good: core has forgotten it.
func (l *link) terminated() {
	if l.announced {
		l.wire.events.down(l.peer, l.reason)
	}
	l.markGone()
}

// guardedRead turns a panic below it into the end of this link alone.
func (l *link) guardedRead() (reason error) {
	defer func() {
		if r := recover(); r != nil {
			l.wire.stats.panics.Add(1)
			l.wire.log.Error("panic while serving a peer", "peer", l.peer.Name, "panic", r, "stack", string(debug.Stack()))
			reason = fmt.Errorf("dist: panic: %v", r)
		}
	}()
	return l.read()
}

// read takes frames from the socket, one after the other, and hands each to core
// before it looks at the next: so order is kept.
func (l *link) read() error {
	scanner := frame.NewScanner(meter{l.conn, &l.bytesIn}, l.wire.opts.MaxFrame)
	for {
		b, owned, err := scanner.Next()
		switch {
		case errors.Is(err, io.EOF):
			return ErrPeerClosed
		case errors.Is(err, frame.ErrTooLarge):
			l.wire.stats.garbled.Add(1)
			return fmt.Errorf("%w: %v", ErrGarbled, err)
		case err != nil:
			return err
		case len(b) == 0:
			continue
		}
		if err := l.handle(b, owned); err != nil {
			l.wire.stats.garbled.Add(1)
			return fmt.Errorf("%w: %v", ErrGarbled, err)
		}
	}
}

// handle serves one frame. An error means that the peer cannot be followed any
// further; everything less costs only the message.
func (l *link) handle(b []byte, owned bool) error {
	if len(b) < 2 || b[0] != passThrough || b[1] != ext.Version {
		return fmt.Errorf("frame starts with % x", b[:min(len(b), 4)])
	}
	m, rest, err := control.Parse(b[2:], &l.intern)
	if errors.Is(err, control.ErrUnknownOp) {
		l.wire.stats.unknownOps.Add(1)
		l.wire.limited.Warn("unknown operation", "peer", l.peer.Name, "error", err)
		return nil
	}
	if err != nil {
		return err
	}
	l.messagesIn.Add(1)
	p := payload{b: rest, owned: owned}
	if m.Payload && !m.IsMessage() {
		reason, err := reasonIn(rest)
		if err != nil {
			l.badPayload(err)
			return nil
		}
		m.Reason = reason
	}
	l.dispatch(m, p)
	return nil
}

// reasonIn returns the term of a payload without its 131.
func reasonIn(b []byte) ([]byte, error) {
	if err := ext.One(b); err != nil {
		return nil, err
	}
	return b[1:], nil
}

// badPayload counts a message that could not be decoded and was dropped.
func (l *link) badPayload(err error) {
	l.wire.stats.badPayloads.Add(1)
	l.wire.limited.Warn("message dropped", "peer", l.peer.Name, "error", err)
}
