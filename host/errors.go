package host

import "errors"

// The errors of the store. Errors returned wrap one of them, so test with
// errors.Is.
var (
	// ErrNoQuorum: not enough members were connected, and nothing was proposed.
	// Trying again later may help.
	ErrNoQuorum = errors.New("no quorum")
	// ErrNotFound: the key holds no value.
	ErrNotFound = errors.New("not found")
	// ErrInvalidValue: what the key would be tied to is not there: the process or
	// the node is not alive, the guarding key holds nothing, the time has passed,
	// or too few of the members are connected to the node.
	ErrInvalidValue = errors.New("invalid value")
	// ErrErased: the entry that was asked about is over: erased, or replaced.
	ErrErased = errors.New("erased")
	// ErrIndeterminate: the outcome is unknown: the value may have been chosen, or
	// may yet be. A Get tells; so does putting the same value again.
	ErrIndeterminate = errors.New("indeterminate: the value may have been chosen")
	// ErrUnknownBucket: no bucket of that name runs on this node.
	ErrUnknownBucket = errors.New("unknown bucket")
	// ErrClosed: the store, or the bucket, has stopped on this node, or never
	// started.
	ErrClosed = errors.New("closed")
	// ErrBusy: too much is under way on this node; nothing was proposed.
	ErrBusy = errors.New("busy")
	// ErrTooLarge: the key, the value or what the key would be tied to passes a limit
	// of this node; nothing was proposed. The text names the limit.
	ErrTooLarge = errors.New("too large")
	// ErrRefused: a resize would break the quorum, or cannot be voted.
	ErrRefused = errors.New("refused")
	// ErrSameCreation: the node has the Erlang creation of an earlier life, and its
	// processes could not be told from those of that life. Start it again, or with
	// package dist, which draws creations: ergo alone takes the second of the start.
	ErrSameCreation = errors.New("the node has the creation of an earlier life")
	// ErrAlreadyStarted: the node has a cluster service, or a bucket of that name.
	ErrAlreadyStarted = errors.New("already started")
)
