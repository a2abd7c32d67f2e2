package paxoskv

import (
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/term"
)

// The errors of the store, to be tested for with errors.Is.
var (
	// ErrNoQuorum: not enough members were connected, and nothing was proposed.
	// Trying again later may help.
	ErrNoQuorum = host.ErrNoQuorum
	// ErrNotFound: the key holds no value, or is not tied to what was asked for.
	ErrNotFound = host.ErrNotFound
	// ErrInvalidValue: what the key would be tied to is not there: the process or
	// the node is not alive, the guarding key holds nothing, the time has passed,
	// or too few of the members are connected to the node.
	// Nothing was proposed.
	ErrInvalidValue = host.ErrInvalidValue
	// ErrIndeterminate: the outcome is unknown: the value may have been chosen, or
	// may yet be. Get, or putting the same value again, tells.
	ErrIndeterminate = host.ErrIndeterminate
	// ErrBadTerm: the key or the value has no Erlang form; the error names what in
	// it has not.
	ErrBadTerm = term.ErrBadTerm
	// ErrUnknownBucket: no bucket of that name runs on this node. A bucket that is
	// starting can be waited for with WaitForBucket.
	ErrUnknownBucket = host.ErrUnknownBucket
	// ErrClosed: the store, or the bucket, has stopped on this node, or never
	// started.
	ErrClosed = host.ErrClosed
	// ErrBusy: too much is under way on this node. Nothing was proposed.
	ErrBusy = host.ErrBusy
	// ErrErased: the entry that was asked about is over: erased, or replaced.
	ErrErased = host.ErrErased
	// ErrTooLarge: the key, the value, or how much the key would be tied to, passes
	// one of host.Limits; the error says which. Nothing was proposed.
	ErrTooLarge = host.ErrTooLarge
	// ErrRefused: a resize would break the quorum, or cannot be voted; the error
	// says why.
	ErrRefused = host.ErrRefused
)
