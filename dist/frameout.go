package dist

import (
	"encoding/binary"
	"errors"
	"sync"

	"github.com/paxoskv/paxoskv/dist/internal/control"

	"github.com/ergo-services/ergo/lib"
)

// passThrough marks a frame without a distribution header.
const passThrough = 112

// keepMax is the largest buffer that goes back to the pool.
const keepMax = chunkSize

// outFrame is one frame being built: four bytes for the length, passThrough, the
// control tuple and maybe a payload.
type outFrame struct{ control.Builder }

var frames = sync.Pool{New: func() any {
	return &outFrame{control.Builder{B: make([]byte, 0, 1024)}}
}}

func newFrame() *outFrame {
	f := frames.Get().(*outFrame)
	f.B = append(f.B[:0], 0, 0, 0, 0, passThrough)
	f.Err = nil
	return f
}

// post enqueues a finished frame of a caller that may hold locks.
func (l *link) post(f *outFrame) error { return l.postAs(f, false) }

// postAs enqueues a finished frame and gives its memory back. An encoding error is
// the message's; a full queue is the peer's, which is cut off. eager is for callers
// that hold no lock: a lone frame may be written on the spot.
func (l *link) postAs(f *outFrame, eager bool) error {
	err := l.enqueue(f, eager)
	if f.B != nil && cap(f.B) <= keepMax {
		frames.Put(f)
	}
	return err
}

func (l *link) enqueue(f *outFrame, eager bool) error {
	if f.Err != nil {
		l.wire.stats.encodeErrors.Add(1)
		return f.Err
	}
	size := len(f.B) - 4
	if size > l.wire.opts.MaxFrame {
		l.wire.stats.encodeErrors.Add(1)
		return ErrTooLarge
	}
	binary.BigEndian.PutUint32(f.B, uint32(size))
	taken, err := l.queue.push(f.B, eager)
	switch {
	case err == nil:
		l.messagesOut.Add(1)
	case errors.Is(err, errQueueFull):
		l.close(ErrStalled)
		err = lib.ErrNoRoute
	default:
		err = lib.ErrNoRoute
	}
	if taken {
		f.B = nil
	}
	return err
}
