package wire

import (
	"fmt"

	"github.com/paxoskv/paxoskv/paxos"
)

// Decoder reads frames, one after the other. The zero Decoder is ready. It
// keeps the names of nodes from frame to frame, at most so many, and is not for
// several goroutines at once.
type Decoder struct {
	reader
	names names
	ids   []paxos.NodeID
	envs  []paxos.Envelope
}

// Decode reads one frame. The slice of envelopes is used again by the next
// Decode; what the envelopes hold is not, and may be kept. Nothing of the frame
// is kept. On an error no envelope is returned: ErrVersion, ErrTruncated,
// ErrMalformed or ErrTooLarge.
func (d *Decoder) Decode(frame []byte) (from, to paxos.NodeID, envs []paxos.Envelope, err error) {
	d.reset()
	switch {
	case len(frame) == 0:
		return from, to, nil, fmt.Errorf("%w: no bytes at all", ErrTruncated)
	case frame[0] != Version:
		return from, to, nil, fmt.Errorf("%w: frame of version %d, this node reads version %d",
			ErrVersion, frame[0], Version)
	case len(frame) > MaxFrame:
		return from, to, nil, fmt.Errorf("%w: a frame of %d bytes", ErrTooLarge, len(frame))
	}
	d.reader = reader{buf: frame, pos: 1}
	from, to, err = d.frame()
	d.reader = reader{}
	if err != nil {
		d.reset()
		return paxos.NodeID{}, paxos.NodeID{}, nil, err
	}
	return from, to, d.envs, nil
}

// reset lets go of the frame before.
func (d *Decoder) reset() {
	if cap(d.ids) > keep {
		d.ids = nil
	}
	if cap(d.envs) > keep {
		d.envs = nil
	}
	clear(d.envs)
	d.ids, d.envs = d.ids[:0], d.envs[:0]
}

func (d *Decoder) frame() (from, to paxos.NodeID, err error) {
	from, to = d.id(), d.id()
	n := d.count(1)
	if d.err != nil {
		return from, to, d.err
	}
	if n > MaxMessages {
		return from, to, fmt.Errorf("%w: %d messages in a frame", ErrTooLarge, n)
	}
	env := paxos.Envelope{From: from, To: to}
	for i := range n {
		t := tag(d.byte())
		if t&withContext != 0 {
			env.Cluster = d.cluster()
			env.Epoch = d.epoch()
		}
		env.Body = d.body(t &^ withContext)
		if d.err != nil {
			return from, to, fmt.Errorf("message %d, tag %d: %w", i, t&^withContext, d.err)
		}
		d.envs = append(d.envs, env)
	}
	if d.left() > 0 {
		return from, to, fmt.Errorf("%w: %d bytes after the last message", ErrMalformed, d.left())
	}
	return from, to, nil
}

// id reads an identity.
func (d *Decoder) id() paxos.NodeID {
	n := d.uvarint()
	if n-1 < uint64(len(d.ids)) { // and not 0
		return d.ids[n-1]
	}
	switch {
	case n == 0:
		return paxos.NodeID{}
	case n > uint64(len(d.ids))+1:
		d.fail(ErrMalformed, "identity %d of %d", n, len(d.ids))
		return paxos.NodeID{}
	}
	return d.newID()
}

func (d *Decoder) newID() paxos.NodeID {
	name := d.bytes()
	if len(name) > MaxName {
		d.fail(ErrTooLarge, "a node name of %d bytes", len(name))
		return paxos.NodeID{}
	}
	id := paxos.NodeID{Name: d.names.intern(name), Incarnation: d.uvarint()}
	d.ids = append(d.ids, id)
	return id
}
