package wire

import (
	"fmt"
	"sync"

	"github.com/paxoskv/paxoskv/paxos"
)

// What a node keeps on disk has the form that it has in a frame, each value with
// identities of its own. A change of these forms needs another format of the
// files (package storage), as one of the messages needs another Version.

// AppendBallot appends a ballot to dst.
func AppendBallot(dst []byte, b paxos.Ballot) ([]byte, error) {
	return value(dst, func(e *encoder) { e.ballot(b) })
}

// ReadBallot reads what AppendBallot wrote.
func ReadBallot(b []byte) (x paxos.Ballot, err error) {
	return x, read(b, func(d *Decoder) { x = d.ballot() })
}

// AppendHeld appends to dst what an acceptor accepted.
func AppendHeld(dst []byte, h paxos.Held) ([]byte, error) {
	return value(dst, func(e *encoder) { e.held(&h) })
}

// ReadHeld reads what AppendHeld wrote.
func ReadHeld(b []byte) (x paxos.Held, err error) {
	return x, read(b, func(d *Decoder) { x = d.held() })
}

// AppendSlot appends the floor and what was collected of a slot to dst.
func AppendSlot(dst []byte, floor, collected paxos.Ballot) ([]byte, error) {
	return value(dst, func(e *encoder) {
		e.ballot(floor)
		e.ballot(collected)
	})
}

// ReadSlot reads what AppendSlot wrote.
func ReadSlot(b []byte) (floor, collected paxos.Ballot, err error) {
	return floor, collected, read(b, func(d *Decoder) { floor, collected = d.ballot(), d.ballot() })
}

// AppendMember appends the state of a member to dst.
func AppendMember(dst []byte, s *paxos.MemberState) ([]byte, error) {
	return value(dst, func(e *encoder) {
		e.maybeConfig(s.Config)
		e.uvarint(uint64(s.Done))
		for _, b := range []*paxos.BallotBox{&s.Next, &s.Founding} {
			e.ballot(b.Promised)
			e.configVote(&b.Vote)
		}
	})
}

// ReadMember reads what AppendMember wrote.
func ReadMember(b []byte) (s paxos.MemberState, err error) {
	return s, read(b, func(d *Decoder) {
		s.Config, s.Done = d.maybeConfig(), d.epoch()
		for _, b := range []*paxos.BallotBox{&s.Next, &s.Founding} {
			*b = paxos.BallotBox{Promised: d.ballot(), Vote: d.configVote()}
		}
	})
}

func value(dst []byte, write func(*encoder)) ([]byte, error) {
	e := encoders.Get().(*encoder)
	defer e.release()
	e.buf = dst
	write(e)
	if e.err != nil {
		return dst, e.err
	}
	return e.buf, nil
}

// readers spares the names of nodes, which are few and in every value.
var readers = sync.Pool{New: func() any { return new(Decoder) }}

func read(b []byte, into func(*Decoder)) error {
	d := readers.Get().(*Decoder)
	defer readers.Put(d)
	d.reset()
	d.reader = reader{buf: b}
	into(d)
	err, left := d.err, d.left()
	d.reader = reader{}
	switch {
	case err != nil:
		return err
	case left > 0:
		return fmt.Errorf("%w: %d bytes too many", ErrMalformed, left)
	}
	return nil
}
