package storage

import (
	"errors"

	"github.com/paxoskv/paxoskv/paxos"
)

// Store keeps what a node must not forget. It is used by one goroutine at a time.
type Store interface {
	// Self is the node as a member.
	Self() paxos.NodeID
	// Life is the incarnation of the node's present life. It is above those of all
	// lives before, and kept itself: no later life has it again.
	Life() uint64
	// Load gives all that is kept, as writes that make it.
	Load(f func(paxos.Write)) error
	// Append makes writes durable before it returns: all of them or, on an error,
	// nobody knows which. After an error the store takes nothing more.
	Append(ws []paxos.Write) error
	Close() error
}

// The errors of this package; the text names the file and says more.
var (
	// ErrDamaged: the file does not hold what was written to it. Delete the
	// directory, and the node joins again and merges the state of the others.
	ErrDamaged = errors.New("storage: damaged")
	// ErrForeign: the file is no file of this package.
	ErrForeign = errors.New("storage: not a file of this store")
	// ErrFormat: another release wrote the file, in a format that this one does
	// not know.
	ErrFormat = errors.New("storage: unknown format")
	// ErrOtherNode: the file is of a node of another name.
	ErrOtherNode = errors.New("storage: of another node")
	// ErrLocked: another process has the file, or another node of this one.
	ErrLocked = errors.New("storage: in use")
	// ErrNotWritable: the directory or the file cannot be written to.
	ErrNotWritable = errors.New("storage: not writable")
	// ErrFailed: a write has failed before, and what is kept is not known.
	ErrFailed = errors.New("storage: failed")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("storage: closed")
)
