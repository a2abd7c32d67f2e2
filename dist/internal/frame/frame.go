// Package frame cuts the byte stream of a link into frames: a length of four
// bytes, big-endian, and that many bytes. A length of 0 is a tick.
package frame

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// bufferSize is the read buffer of a Scanner; frames that fit are not copied.
const bufferSize = 64 << 10

// growth is the most that is allocated ahead of what has really arrived.
const growth = 1 << 20

// ErrTooLarge says that a frame is longer than the limit. Nothing of it is read.
var ErrTooLarge = errors.New("frame: too large")

// Scanner reads frames. It belongs to one goroutine.
type Scanner struct {
	r       *bufio.Reader
	max     int
	discard int
}

// NewScanner returns a scanner that refuses frames of more than max bytes.
func NewScanner(r io.Reader, max int) *Scanner {
	return &Scanner{r: bufio.NewReaderSize(r, bufferSize), max: max}
}

// Next returns the next frame without its length; it is empty for a tick. If
// owned is false the bytes are valid only until the following Next.
func (s *Scanner) Next() (b []byte, owned bool, err error) {
	s.r.Discard(s.discard)
	s.discard = 0
	head, err := s.r.Peek(4)
	if err != nil {
		return nil, false, err
	}
	length := int64(binary.BigEndian.Uint32(head))
	if length > int64(s.max) {
		return nil, false, fmt.Errorf("%w: %d bytes", ErrTooLarge, length)
	}
	s.r.Discard(4)
	n := int(length)
	if n > bufferSize {
		b, err = s.long(n)
		return b, true, err
	}
	b, err = s.r.Peek(n)
	s.discard = len(b)
	return b, false, err
}

// long reads a frame into memory of its own, which grows only as bytes arrive:
// a length that is not followed by bytes costs its sender more than it costs us.
func (s *Scanner) long(n int) ([]byte, error) {
	b := make([]byte, 0, min(n, growth))
	for len(b) < n {
		if len(b) == cap(b) {
			grown := make([]byte, len(b), min(n, 2*cap(b)))
			copy(grown, b)
			b = grown
		}
		step := b[len(b):cap(b)]
		if _, err := io.ReadFull(s.r, step); err != nil {
			return nil, err
		}
		b = b[:cap(b)]
	}
	return b, nil
}
