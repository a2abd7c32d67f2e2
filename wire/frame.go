package wire

import (
	"fmt"
	"sync"

	"github.com/paxoskv/paxoskv/paxos"
)

// AppendFrame appends to dst one frame that carries envs from one node to
// another, and returns the longer slice. Every envelope must be from and to
// these two. On an error dst comes back as it was: ErrTooLarge when a limit is
// passed, ErrMalformed when an envelope holds what the form cannot carry.
func AppendFrame(dst []byte, from, to paxos.NodeID, envs []paxos.Envelope) ([]byte, error) {
	if len(envs) > MaxMessages {
		return dst, fmt.Errorf("%w: %d messages in a frame", ErrTooLarge, len(envs))
	}
	e := encoders.Get().(*encoder)
	defer e.release()
	e.buf = append(dst, Version)
	e.id(from)
	e.id(to)
	e.uvarint(uint64(len(envs)))
	if err := e.messages(from, to, envs); err != nil {
		return dst, err
	}
	if e.err != nil { // from or to
		return dst, e.err
	}
	if n := len(e.buf) - len(dst); n > MaxFrame {
		return dst, fmt.Errorf("%w: a frame of %d bytes", ErrTooLarge, n)
	}
	return e.buf, nil
}

func (e *encoder) messages(from, to paxos.NodeID, envs []paxos.Envelope) error {
	var last context
	for i := range envs {
		env := &envs[i]
		if env.From != from || env.To != to {
			return fmt.Errorf("%w: message %d goes from %s to %s in a frame from %s to %s",
				ErrMalformed, i, env.From, env.To, from, to)
		}
		at := len(e.buf)
		e.next = context{env.Cluster, env.Epoch}
		e.changed = e.next != last
		last = e.next
		e.body(env.Body)
		if e.err != nil {
			return fmt.Errorf("message %d, %T: %w", i, env.Body, e.err)
		}
		if len(e.buf)-at > MaxFrame {
			return fmt.Errorf("%w: message %d, %T, of %d bytes", ErrTooLarge, i, env.Body, len(e.buf)-at)
		}
	}
	return nil
}

// context is what an envelope shares with most of its neighbours.
type context struct {
	cluster paxos.ClusterID
	epoch   paxos.Epoch
}

// encoders spares the tables of identities from one frame to the next.
var encoders = sync.Pool{New: func() any { return new(encoder) }}
