package term

import "encoding/binary"

func appendSize(dst []byte, n int) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(n))
}

func putSize(b []byte, n int) { binary.BigEndian.PutUint32(b, uint32(n)) }

// listState is a list while it is read: where it starts in dst, how many elements
// it has so far, and whether all of them are bytes.
type listState struct {
	start, total int
	bytes        bool
}

// list reads a list whose tag is taken. A tail that is a list too continues it, in
// whatever form, so that [1|[2]] and [1,2] come out alike; and a proper list of
// bytes comes out as a string, as term_to_binary writes it.
func (c *canon) list(depth int) error {
	l := listState{start: len(c.dst), bytes: true}
	c.dst = appendListHeader(c.dst, 0)
	if err := c.elements(&l, depth); err != nil {
		return err
	}
	for c.peek() == tagList {
		c.b = c.b[1:]
		if err := c.elements(&l, depth); err != nil {
			return err
		}
	}
	end, err := c.tail(&l, depth)
	if err != nil || c.discard {
		return err
	}
	if l.total == 0 {
		c.dst = append(c.dst[:l.start], c.dst[end:]...)
		return nil
	}
	putSize(c.dst[l.start+1:], l.total)
	if c.dst[end] == tagNil && l.bytes && l.total <= maxStringLen {
		c.dst = packList(c.dst, l.start, l.total)
	}
	return nil
}

// tail reads what follows the elements of a list and returns where in dst it was
// put. The characters of a string are more elements.
func (c *canon) tail(l *listState, depth int) (end int, err error) {
	if c.peek() != tagString {
		return len(c.dst), c.term(depth + 1)
	}
	c.b = c.b[1:]
	s, err := c.str()
	if err != nil || c.discard {
		return 0, err
	}
	l.total += len(s)
	for _, b := range s {
		c.dst = append(c.dst, tagSmallInt, b)
	}
	c.dst = append(c.dst, tagNil)
	return len(c.dst) - 1, nil
}

// packList rewrites a proper list of n bytes, which fills dst from start on, as a
// string. It works in place, since a string is never longer than its list.
func packList(dst []byte, start, n int) []byte {
	const listHeader, stringHeader = 5, 3
	from, to := dst[start+listHeader:], dst[start:]
	to[0] = tagString
	binary.BigEndian.PutUint16(to[1:], uint16(n))
	for i := range n {
		to[stringHeader+i] = from[2*i+1]
	}
	return dst[:start+stringHeader+n]
}

// elements reads the count of a LIST_EXT and its elements.
func (c *canon) elements(l *listState, depth int) error {
	n, err := c.count(1)
	if err != nil {
		return err
	}
	l.total += n
	for range n {
		at := len(c.dst)
		if err := c.term(depth + 1); err != nil {
			return err
		}
		l.bytes = l.bytes && !c.discard && c.dst[at] == tagSmallInt
	}
	return nil
}
