package storage

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/paxoskv/paxoskv/paxos"
)

// keyMost is the longest key that is written out in the tree: a page should hold
// several.
const keyMost = 512

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const sealLength = 4

// seal puts a checksum before a value.
func seal(key, value []byte) []byte {
	sum := crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
	return append(binary.BigEndian.AppendUint32(make([]byte, 0, sealLength+len(value)), sum), value...)
}

// unseal takes the checksum off, and says whether it is right.
func unseal(key, sealed []byte) (value []byte, ok bool) {
	if len(sealed) < sealLength {
		return nil, false
	}
	value = sealed[sealLength:]
	return value, binary.BigEndian.Uint32(sealed) == crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

// tally is what a bucket has to hold: how many values, and a digest of their
// checksums and lengths. A value can be added and taken out in any order.
type tally struct{ count, digest uint64 }

func (t *tally) add(sealed []byte) {
	t.count++
	t.digest ^= weigh(sealed)
}

func (t *tally) remove(sealed []byte) {
	t.count--
	t.digest ^= weigh(sealed)
}

// weigh is a number that changes in all its bits with each bit of the checksum
// (the finalizer of SplitMix64).
func weigh(sealed []byte) uint64 {
	x := uint64(binary.BigEndian.Uint32(sealed))<<32 | uint64(uint32(len(sealed)))
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// The kinds of what is kept in the bucket of keys.
const (
	kindSlot  = 's'
	kindKey   = 'k'
	kindLong  = 'l'
	partHeld  = 'h'
	partAbove = 'p'
)

func slotName(slot int) []byte {
	return binary.BigEndian.AppendUint16([]byte{kindSlot}, uint16(slot))
}

// recordName is where a part of the record of a key is kept. Where the name holds
// a hash of the key, the key stands before the value, as prefix says.
func recordName(k paxos.Key, part byte) (name, prefix []byte) {
	if len(k) <= keyMost {
		name = make([]byte, 0, len(k)+2)
		return append(append(append(name, kindKey), k...), part), nil
	}
	sum := sha256.Sum256([]byte(k))
	name = append(append(append(name, kindLong), sum[:]...), part)
	prefix = binary.AppendUvarint(nil, uint64(len(k)))
	return name, append(prefix, k...)
}

// splitRecord undoes recordName.
func splitRecord(name, value []byte) (k paxos.Key, part byte, rest []byte, err error) {
	if len(name) < 2 {
		return "", 0, nil, fmt.Errorf("%w: the name %x", ErrDamaged, name)
	}
	part, body := name[len(name)-1], name[1:len(name)-1]
	if name[0] == kindKey {
		return paxos.Key(body), part, value, nil
	}
	n, used := binary.Uvarint(value)
	if used <= 0 || n > uint64(len(value)-used) {
		return "", 0, nil, fmt.Errorf("%w: a long key of %d bytes", ErrDamaged, n)
	}
	key, rest := value[used:used+int(n)], value[used+int(n):]
	if sum := sha256.Sum256(key); !bytes.Equal(sum[:], body) {
		return "", 0, nil, fmt.Errorf("%w: a long key under another name", ErrDamaged)
	}
	return paxos.Key(key), part, rest, nil
}
