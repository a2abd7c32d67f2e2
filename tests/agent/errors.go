package agent

import (
	"context"
	"errors"
	"slices"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/host"
)

// sentinels are the errors that are known by name on both sides of the pipe.
var sentinels = map[string]error{
	"ErrNoQuorum":       paxoskv.ErrNoQuorum,
	"ErrNotFound":       paxoskv.ErrNotFound,
	"ErrInvalidValue":   paxoskv.ErrInvalidValue,
	"ErrIndeterminate":  paxoskv.ErrIndeterminate,
	"ErrBadTerm":        paxoskv.ErrBadTerm,
	"ErrUnknownBucket":  paxoskv.ErrUnknownBucket,
	"ErrClosed":         paxoskv.ErrClosed,
	"ErrBusy":           paxoskv.ErrBusy,
	"ErrRefused":        paxoskv.ErrRefused,
	"ErrTooLarge":       paxoskv.ErrTooLarge,
	"ErrErased":         paxoskv.ErrErased,
	"ErrAlreadyStarted": host.ErrAlreadyStarted,
	"DeadlineExceeded":  context.DeadlineExceeded,
	"Canceled":          context.Canceled,
}

// Error is an error of a node, as it is told to the test. errors.Is finds in it
// what it finds in the original.
type Error struct {
	Text  string
	Names []string
}

func (e *Error) Error() string { return e.Text }

// Is says whether the original was target, among the known ones.
func (e *Error) Is(target error) bool {
	for _, name := range e.Names {
		if sentinels[name] == target {
			return true
		}
	}
	return false
}

// toError prepares an error for the pipe; nil stays nil.
func toError(err error) *Error {
	if err == nil {
		return nil
	}
	e := &Error{Text: err.Error()}
	for name, sentinel := range sentinels {
		if errors.Is(err, sentinel) {
			e.Names = append(e.Names, name)
		}
	}
	slices.Sort(e.Names)
	return e
}

// Error is the error of a reply, nil when there is none.
func (d Done) Error() error {
	if d.Err == nil {
		return nil
	}
	return d.Err
}
