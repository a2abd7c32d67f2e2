package storage

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/wire"
)

// transaction is a batch of writes on its way.
type transaction struct {
	tx          *bbolt.Tx
	about, keys *bbolt.Bucket
	sums        struct{ about, keys tally }
}

// Append makes writes durable: one transaction, which bbolt syncs to the disk
// before it returns.
func (s *disk) Append(ws []paxos.Write) error {
	switch {
	case s.db == nil:
		return ErrClosed
	case s.failed != nil:
		return fmt.Errorf("%w: %w", ErrFailed, s.failed)
	}
	err := s.update(func(t *transaction) error {
		for i := range ws {
			if err := t.write(&ws[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.failed = explain(s.path, err)
	}
	return s.failed
}

// update carries out a transaction, which ends with the sum.
func (s *disk) update(f func(*transaction) error) error {
	t := &transaction{}
	err := guarded(func() error {
		return s.db.Update(func(tx *bbolt.Tx) (err error) {
			t.tx, t.sums.about, t.sums.keys = tx, s.about, s.keys
			if t.about, err = tx.CreateBucketIfNotExists(aboutBucket); err != nil {
				return err
			}
			if t.keys, err = tx.CreateBucketIfNotExists(keysBucket); err != nil {
				return err
			}
			if err := f(t); err != nil {
				return err
			}
			return t.putSum()
		})
	})
	if err == nil {
		s.about, s.keys = t.sums.about, t.sums.keys
	}
	return err
}

func (t *transaction) write(w *paxos.Write) error {
	switch w.Kind {
	case paxos.WritePromise:
		return t.putPromise(w.Record.Key, w.Record.Promised)
	case paxos.WriteRecord:
		return t.putRecord(&w.Record)
	case paxos.WriteDrop:
		return t.drop(w.Record.Key)
	case paxos.WriteSlot:
		v, err := wire.AppendSlot(nil, w.Slot.Floor, w.Slot.Collected)
		if err != nil {
			return err
		}
		return t.put(t.keys, &t.sums.keys, slotName(w.Slot.Slot), v)
	case paxos.WriteMember:
		v, err := wire.AppendMember(nil, w.Member)
		if err != nil {
			return err
		}
		return t.put(t.about, &t.sums.about, memberName, v)
	case paxos.WriteDisown:
		return t.disown()
	case paxos.WriteWipe:
		return t.wipe()
	}
	return fmt.Errorf("%w: a write of kind %d", ErrFormat, w.Kind)
}

// put keeps a value in place of the one before it.
func (t *transaction) put(b *bbolt.Bucket, sum *tally, name, value []byte) error {
	if err := forget(b, sum, name); err != nil {
		return err
	}
	sealed := seal(name, value)
	sum.add(sealed)
	return b.Put(name, sealed)
}

// remove keeps nothing under a name any more.
func (t *transaction) remove(name []byte) error {
	if t.keys.Get(name) == nil {
		return nil
	}
	if err := forget(t.keys, &t.sums.keys, name); err != nil {
		return err
	}
	return t.keys.Delete(name)
}

// forget takes what is under a name out of the sum, if it is intact.
func forget(b *bbolt.Bucket, sum *tally, name []byte) error {
	old := b.Get(name)
	if old == nil {
		return nil
	}
	if _, ok := unseal(name, old); !ok {
		return fmt.Errorf("%w: the value of %q", ErrDamaged, name)
	}
	sum.remove(old)
	return nil
}

// putPromise keeps a promise apart from what was accepted, so that one on a long
// value does not write the value again.
func (t *transaction) putPromise(k paxos.Key, b paxos.Ballot) error {
	name, value := recordName(k, partAbove)
	value, err := wire.AppendBallot(value, b)
	if err != nil {
		return err
	}
	return t.put(t.keys, &t.sums.keys, name, value)
}

// putRecord keeps what was accepted, and the promise only where it is above that.
func (t *transaction) putRecord(r *paxos.KeyRecord) error {
	if r.Held.Entry == nil || r.Promised != r.Held.Ballot {
		if err := t.putPromise(r.Key, r.Promised); err != nil {
			return err
		}
	} else {
		above, _ := recordName(r.Key, partAbove)
		if err := t.remove(above); err != nil {
			return err
		}
	}
	name, value := recordName(r.Key, partHeld)
	if r.Held.Entry == nil {
		return t.remove(name)
	}
	value, err := wire.AppendHeld(value, r.Held)
	if err != nil {
		return err
	}
	return t.put(t.keys, &t.sums.keys, name, value)
}

func (t *transaction) drop(k paxos.Key) error {
	for _, part := range []byte{partHeld, partAbove} {
		name, _ := recordName(k, part)
		if err := t.remove(name); err != nil {
			return err
		}
	}
	return nil
}

// disown takes the own marks off all that is held.
func (t *transaction) disown() error {
	var changed []paxos.KeyRecord
	c := t.keys.Cursor()
	for name, sealed := c.First(); name != nil; name, sealed = c.Next() {
		w, err := readKey(name, sealed)
		if err != nil {
			return err
		}
		if w.Kind == paxos.WriteRecord && w.Record.Held.Own {
			w.Record.Held.Own = false
			changed = append(changed, w.Record)
		}
	}
	for _, r := range changed {
		name, value := recordName(r.Key, partHeld)
		value, err := wire.AppendHeld(value, r.Held)
		if err != nil {
			return err
		}
		if err := t.put(t.keys, &t.sums.keys, name, value); err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) wipe() (err error) {
	if err = t.tx.DeleteBucket(keysBucket); err != nil {
		return err
	}
	t.sums.keys = tally{}
	t.keys, err = t.tx.CreateBucket(keysBucket)
	return err
}

func (t *transaction) putNode(self paxos.NodeID, life uint64) error {
	v := append(binary.AppendUvarint(nil, uint64(len(self.Name))), self.Name...)
	v = binary.BigEndian.AppendUint64(v, self.Incarnation)
	return t.put(t.about, &t.sums.about, nodeName, binary.BigEndian.AppendUint64(v, life))
}

// putSum keeps what the buckets hold after this transaction.
func (t *transaction) putSum() error {
	var v []byte
	for _, n := range []uint64{uint64(t.tx.ID()), t.sums.about.count, t.sums.about.digest, t.sums.keys.count, t.sums.keys.digest} {
		v = binary.BigEndian.AppendUint64(v, n)
	}
	return t.about.Put(sumName, seal(sumName, v))
}
