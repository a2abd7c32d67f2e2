package pauseuntil

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// The errors of a pause, for errors.Is. An error that the function returned is
// wrapped too.
var (
	// ErrDeadline: the function had not returned nil at the deadline.
	ErrDeadline = errors.New("the deadline has passed")
	// ErrPanic: the function panicked; the text has the value and the stack.
	ErrPanic = errors.New("panic")
	// ErrEnded: the supervisor or the node ended during the pause.
	ErrEnded = errors.New("the supervisor ended")
)

// grace is how long a function whose context has ended is given to return, so
// that its own error can be told. One that does not is left behind.
const grace = time.Second

// hold calls f and waits for its end.
func hold(ctx context.Context, timeout time.Duration, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- guarded(ctx, f) }()
	select {
	case err := <-done:
		return explain(ctx, timeout, err)
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return explain(ctx, timeout, err)
	case <-time.After(grace):
		return explain(ctx, timeout, errors.New("the function ignores its context"))
	}
}

// explain adds to the error of a function why it may have failed.
func explain(ctx context.Context, timeout time.Duration, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%w (%v): %w", ErrDeadline, timeout, err)
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", ErrEnded, err)
	}
	return err
}

// guarded turns a panic into an error.
func guarded(ctx context.Context, f func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v\n%s", ErrPanic, r, debug.Stack())
		}
	}()
	return f(ctx)
}

// failure says which pause failed.
type failure struct {
	child, supervisor string
	err               error
}

func (f *failure) Error() string {
	return fmt.Sprintf("pauseuntil: child %q of supervisor %q: %v", f.child, f.supervisor, f.err)
}

func (f *failure) Unwrap() error { return f.err }
