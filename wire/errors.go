package wire

import "errors"

// Version is the version of the form written here, and the only one read.
const Version = 1

// Limits of a frame, the same for writing and for reading. They bound what a
// frame of a broken peer can make a node allocate.
const (
	// MaxFrame is the length of the longest frame, in bytes.
	MaxFrame = 64 << 20
	// MaxMessages is how many messages a frame carries at most.
	MaxMessages = 1 << 16
	// MaxName is the length of the longest name of a node, in bytes: that of an
	// atom of 255 characters.
	MaxName = 4 * 255
)

// The errors of this package, for errors.Is; the text says more. A frame that
// gets one of them was refused whole. The caller can only drop it: the protocol
// bears lost messages.
var (
	// ErrVersion: the frame is of a version that this node does not read. The
	// text names both versions. The sender runs another release.
	ErrVersion = errors.New("wire: unknown version")
	// ErrTruncated: the frame ends before what it announces.
	ErrTruncated = errors.New("wire: truncated frame")
	// ErrMalformed: the frame, or the message to be written, holds something
	// that has no meaning.
	ErrMalformed = errors.New("wire: malformed")
	// ErrTooLarge: one of the limits above is passed. A writer may try again
	// with fewer messages in a frame.
	ErrTooLarge = errors.New("wire: too large")
)
