package paxoskv

import (
	"context"
	"errors"
	"fmt"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/actors/request"
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
)

// Rev names what a key holds: each value that is chosen for a key has a higher
// Rev than all before it, on all nodes. Revs of one key are compared with
// Compare or Less.
type Rev = paxos.Rev

// Result is what a key holds.
type Result struct {
	// Value is the chosen value, decoded: see package term.
	Value any
	// Raw is the same, encoded, to the byte as it was put.
	Raw term.Raw
	// Rev is a fencing token: hand it to what the key protects, and have that
	// refuse lower ones.
	Rev Rev
	// Mine says that a Put chose its own value, and false that another was there.
	Mine bool
	// Found is false when Value is the Default.
	Found bool
	// Stale says that it is what this node learned last, which may be over.
	Stale bool
}

// Put has value chosen for key, unless the key holds one, and returns what the
// key holds. Errors: ErrBadTerm, ErrInvalidValue, ErrNoQuorum, ErrIndeterminate,
// ErrTooLarge, ErrUnknownBucket, ErrClosed, ErrBusy, and the context's.
func Put(ctx context.Context, key, value any, opts ...Option) (Result, error) {
	o := collect(opts)
	o.query.Key, o.query.Value = key, value
	a, err := o.ask(ctx, (*host.Bucket).Put)
	return result(a, err)
}

// Get returns what key holds, or ErrNotFound. Other errors: ErrBadTerm,
// ErrNoQuorum, ErrTooLarge, ErrUnknownBucket, ErrClosed, ErrBusy, and the
// context's.
func Get(ctx context.Context, key any, opts ...Option) (Result, error) {
	o := collect(opts)
	o.query.Key = key
	a, err := o.ask(ctx, (*host.Bucket).Get)
	if o.hasDefault && errors.Is(err, ErrNotFound) {
		return Result{Value: o.fallback}, nil
	}
	return result(a, err)
}

// PID returns the process that key is tied to, the first where there are
// several. It is ErrNotFound when there is none. Other errors are those of Get.
func PID(ctx context.Context, key any, opts ...Option) (etf.Pid, error) {
	o := collect(opts)
	o.query.Key = key
	a, err := o.ask(ctx, (*host.Bucket).Get)
	if err != nil {
		return etf.Pid{}, err
	}
	return request.PID(a)
}

// Node returns the node that key is tied to, by itself or through a process. It
// is ErrNotFound when there is none. Other errors are those of Get.
func Node(ctx context.Context, key any, opts ...Option) (string, error) {
	o := collect(opts)
	o.query.Key = key
	a, err := o.ask(ctx, (*host.Bucket).Get)
	if err != nil {
		return "", err
	}
	return request.Node(a)
}

// noService is what is wrong where a program has no node of the store, or not the
// one that a call names.
const noService = "no cluster service runs in this program"

// host finds the node that a call is made on.
func (o *options) host() (*host.Host, error) {
	if h := host.Find(o.node); h != nil {
		return h, nil
	}
	return nil, fmt.Errorf("%w: %s", ErrClosed, noService)
}

// findBucket finds the bucket that a call is about.
func (o *options) findBucket() (*host.Bucket, error) {
	h, err := o.host()
	if err != nil {
		return nil, err
	}
	if b := h.Bucket(o.bucket); b != nil {
		return b, nil
	}
	return nil, fmt.Errorf("%w: %q", ErrUnknownBucket, o.bucket)
}

// ask makes a request and waits for its end, which the context bounds.
func (o *options) ask(ctx context.Context,
	do func(*host.Bucket, context.Context, host.Query, func(host.Answer, error))) (host.Answer, error) {
	b, err := o.findBucket()
	if err != nil {
		return host.Answer{}, err
	}
	type end struct {
		a   host.Answer
		err error
	}
	done := make(chan end, 1)
	do(b, ctx, o.query, func(a host.Answer, err error) { done <- end{a, err} })
	e := <-done
	if o.query.Policy == Fail && errors.Is(e.err, ErrNoQuorum) {
		panic(e.err)
	}
	return e.a, e.err
}

func result(a host.Answer, err error) (Result, error) {
	if err != nil {
		return Result{}, err
	}
	v, err := term.Decode(a.Value)
	if err != nil {
		return Result{}, fmt.Errorf("chosen value: %w", err)
	}
	return Result{Value: v, Raw: a.Value, Rev: a.Rev, Mine: a.Mine, Found: true, Stale: a.Stale}, nil
}
