package storage

import (
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/wire"
)

// Load gives all that is kept: the member first, then slots and records. Where it
// returns an error, what it gave so far is worth nothing.
func (s *disk) Load(f func(paxos.Write)) error {
	if s.db == nil {
		return ErrClosed
	}
	err := s.view(func(tx *bbolt.Tx) error {
		if err := s.loadAbout(tx.Bucket(aboutBucket), f); err != nil {
			return err
		}
		var sum tally
		c := tx.Bucket(keysBucket).Cursor()
		for name, sealed := c.First(); name != nil; name, sealed = c.Next() {
			w, err := readKey(name, sealed)
			if err != nil {
				return err
			}
			sum.add(sealed)
			f(w)
		}
		return sum.compare(s.keys, keysBucket)
	})
	if err != nil {
		s.failed = explain(s.path, err)
	}
	return s.failed
}

func (s *disk) loadAbout(b *bbolt.Bucket, f func(paxos.Write)) error {
	var sum tally
	c := b.Cursor()
	for name, sealed := c.First(); name != nil; name, sealed = c.Next() {
		v, ok := unseal(name, sealed)
		if !ok {
			return fmt.Errorf("%w: the value of %q", ErrDamaged, name)
		}
		switch string(name) {
		case string(sumName):
			continue
		case string(memberName):
			m, err := wire.ReadMember(v)
			if err != nil {
				return fmt.Errorf("%w: the member: %w", ErrDamaged, err)
			}
			f(paxos.Write{Kind: paxos.WriteMember, Member: &m})
		}
		sum.add(sealed)
	}
	return sum.compare(s.about, aboutBucket)
}

func (t tally) compare(want tally, bucket []byte) error {
	if t != want {
		return fmt.Errorf("%w: %s holds %d values with the digest %x, and should hold %d with %x",
			ErrDamaged, bucket, t.count, t.digest, want.count, want.digest)
	}
	return nil
}

// readKey reads a value of the bucket of keys. What was accepted is its own
// promise; a higher one follows it, as its name is the later one.
func readKey(name, sealed []byte) (w paxos.Write, err error) {
	value, ok := unseal(name, sealed)
	if !ok {
		return w, fmt.Errorf("%w: the value of %q", ErrDamaged, name)
	}
	if name[0] == kindSlot {
		return readSlot(name, value)
	}
	key, part, rest, err := splitRecord(name, value)
	if err != nil {
		return w, err
	}
	w.Record.Key = key
	switch part {
	case partHeld:
		w.Kind = paxos.WriteRecord
		w.Record.Held, err = wire.ReadHeld(rest)
		w.Record.Promised = w.Record.Held.Ballot
	case partAbove:
		w.Kind = paxos.WritePromise
		w.Record.Promised, err = wire.ReadBallot(rest)
	default:
		err = fmt.Errorf("the part %q", part)
	}
	if err != nil {
		return w, fmt.Errorf("%w: the record of %q: %w", ErrDamaged, key, err)
	}
	return w, nil
}

func readSlot(name, value []byte) (w paxos.Write, err error) {
	s := paxos.SlotState{}
	if s.Floor, s.Collected, err = wire.ReadSlot(value); err != nil || len(name) != 3 {
		return w, fmt.Errorf("%w: the slot %x: %w", ErrDamaged, name, err)
	}
	if s.Slot = int(name[1])<<8 | int(name[2]); s.Slot >= paxos.Slots {
		return w, fmt.Errorf("%w: the slot %d", ErrDamaged, s.Slot)
	}
	return paxos.Write{Kind: paxos.WriteSlot, Slot: &s}, nil
}
