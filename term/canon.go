package term

import (
	"bytes"
	"slices"
	"sync"

	"github.com/ergo-services/ergo/etf"
)

// canon reads a term of the external format and appends its canonical form to dst:
// one encoding for all terms that are =:= in OTP 27. It checks everything on the
// way, so that what it has written can be decoded without further checks.
//
// Invariants: each call of term reads exactly one term and appends exactly one, or
// nothing when discard is set; pairs is a stack on which each map being read owns
// what lies above the length that it found.
type canon struct {
	reader
	dst     []byte
	pairs   []span
	scratch []byte

	discard bool // Only check: append nothing.
	keepPid bool // Keep the pid of closures, which =:= does not look at.
}

// span is one pair of a map in dst: the key is [key, value), the value [value, end).
type span struct{ key, value, end int }

var canons = sync.Pool{New: func() any { return new(canon) }}

// maxPooled bounds the buffers that are kept for the next use.
const maxPooled = 64 << 10

func getCanon(b []byte) *canon {
	c := canons.Get().(*canon)
	c.reader = newReader(b)
	c.dst, c.pairs = c.dst[:0], c.pairs[:0]
	c.discard, c.keepPid = false, false
	return c
}

func putCanon(c *canon) {
	c.reader = reader{}
	if cap(c.dst) <= maxPooled && cap(c.scratch) <= maxPooled && cap(c.pairs) <= maxPooled/24 {
		canons.Put(c)
	}
}

// whole reads one term at the given depth, and demands that nothing follows it.
func (c *canon) whole(depth int) error {
	if err := c.term(depth); err != nil {
		return err
	}
	if len(c.b) > 0 {
		return badETF(nil, "%d bytes after the term", len(c.b))
	}
	return nil
}

// term reads one term that lies inside depth containers.
func (c *canon) term(depth int) error {
	start := len(c.dst)
	tag, err := c.u8()
	if err != nil {
		return err
	}
	switch tag {
	case tagSmallTuple, tagLargeTuple, tagMap, tagList, tagNewFun:
		err = c.container(tag, depth)
	default:
		err = c.leaf(tag)
	}
	if c.discard {
		c.dst = c.dst[:start]
	}
	return err
}

func (c *canon) container(tag, depth int) error {
	if depth >= MaxDepth {
		return badETF(ErrTooDeep, "more than %d levels", MaxDepth)
	}
	switch tag {
	case tagSmallTuple:
		n, err := c.u8()
		if err == nil {
			err = c.promise(n)
		}
		if err != nil {
			return err
		}
		return c.tuple(n, depth)
	case tagLargeTuple:
		n, err := c.count(1)
		if err != nil {
			return err
		}
		return c.tuple(n, depth)
	case tagMap:
		return c.maps(depth)
	case tagList:
		return c.list(depth)
	}
	return c.fun(depth)
}

func (c *canon) tuple(n, depth int) error {
	c.dst = appendTupleHeader(c.dst, n)
	for range n {
		if err := c.term(depth + 1); err != nil {
			return err
		}
	}
	return nil
}

// maps reads a map. Its keys are always written, even when only checking, because
// that is how a key that comes twice is found.
func (c *canon) maps(depth int) error {
	n, err := c.count(2)
	if err != nil {
		return err
	}
	c.dst = appendMapHeader(c.dst, n)
	base, start := len(c.pairs), len(c.dst)
	discard := c.discard
	for range n {
		var s span
		s.key = len(c.dst)
		c.discard = discard && n == 1
		err := c.term(depth + 1)
		c.discard = discard
		if err != nil {
			return err
		}
		s.value = len(c.dst)
		if err := c.term(depth + 1); err != nil {
			return err
		}
		s.end = len(c.dst)
		c.pairs = append(c.pairs, s)
	}
	err = c.order(base, start)
	c.pairs = c.pairs[:base]
	return err
}

// order puts the pairs above base, which fill dst from start on, into the order of
// their keys.
func (c *canon) order(base, start int) error {
	pairs := c.pairs[base:]
	key := func(s span) []byte { return c.dst[s.key:s.value] }
	byKey := func(a, b span) int { return bytes.Compare(key(a), key(b)) }
	sorted := slices.IsSortedFunc(pairs, byKey)
	if !sorted {
		slices.SortFunc(pairs, byKey)
	}
	for i := 1; i < len(pairs); i++ {
		if bytes.Equal(key(pairs[i-1]), key(pairs[i])) {
			return badETF(ErrDuplicateKey, "map of %d pairs", len(pairs))
		}
	}
	if sorted || c.discard {
		return nil
	}
	c.scratch = c.scratch[:0]
	for _, s := range pairs {
		c.scratch = append(c.scratch, c.dst[s.key:s.end]...)
	}
	copy(c.dst[start:], c.scratch)
	return nil
}

// nobody stands for the process that made a closure, which =:= does not look at.
var nobody = etf.Pid{Node: "nonode@nohost"}

// fun reads a closure. The size in its header is computed anew: OTP too ignores
// what it says.
func (c *canon) fun(depth int) error {
	start := len(c.dst) + 1
	fixed, err := c.take(4 + 1 + 16 + 4)
	if err != nil {
		return err
	}
	free, err := c.count(1)
	if err != nil {
		return err
	}
	c.dst = append(append(c.dst, tagNewFun), fixed...)
	c.dst = appendSize(c.dst, free)
	if err := c.funOrigin(); err != nil {
		return err
	}
	for range free {
		if err := c.term(depth + 1); err != nil {
			return err
		}
	}
	if !c.discard {
		putSize(c.dst[start:], len(c.dst)-start)
	}
	return nil
}

// funOrigin reads the module, old index, old uniq and pid of a closure.
func (c *canon) funOrigin() error {
	if err := c.expect("module of a fun", isAtomTag); err != nil {
		return err
	}
	for range 2 {
		if err := c.expect("integer of a fun", isIntTag); err != nil {
			return err
		}
	}
	start := len(c.dst)
	if err := c.expect("pid of a fun", isPidTag); err != nil {
		return err
	}
	if !c.keepPid && !c.discard {
		c.dst = appendPid(c.dst[:start], nobody)
	}
	return nil
}
