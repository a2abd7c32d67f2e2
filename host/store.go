package host

import (
	"context"
	"fmt"
	"sync"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
)

// Query is one request to the store, as Go callers and gen_server requests both
// put it.
type Query struct {
	Key any // any term
	// Value of a put.
	Value any
	// Ties of a put.
	Ties Ties
	// Stale lets a read answer from what was last learned.
	Stale bool
	// Policy without a quorum.
	Policy WithoutQuorum
}

// Answer is a live entry known to be chosen (or, for a stale read, that was).
type Answer struct {
	// Value is the encoded term; see term.Decode.
	Value term.Raw
	// Rev only grows for a key.
	Rev paxos.Rev
	// Mine says that this put chose it.
	Mine bool
	// Stale says that it is what this node learned last, not what holds now.
	Stale  bool
	Guards []paxos.Guard
}

func answer(r paxos.Result) Answer {
	return Answer{Value: term.Raw(r.Entry.Value), Rev: r.Entry.Rev, Mine: r.Mine, Guards: r.Entry.Guards}
}

// Put has q.Value chosen for q.Key unless another value is, and ends with the
// chosen one.
func (b *Bucket) Put(ctx context.Context, q Query, end func(Answer, error)) {
	b.host.Stats.Puts.Add(1)
	key, err := b.key(q.Key)
	if err != nil {
		end(Answer{}, err)
		return
	}
	value, err := term.Encode(q.Value)
	if err != nil {
		end(Answer{}, fmt.Errorf("value: %w", err))
		return
	}
	size, err := b.fits(value, q.Ties)
	if err != nil {
		end(Answer{}, err)
		return
	}
	if a, ok := b.final(key); ok && q.Ties.empty() {
		end(a, nil)
		return
	}
	admitted, err := b.host.admit(len(key)+size, end)
	if err != nil {
		end(Answer{}, err)
		return
	}
	b.guards(ctx, q.Ties, q.Policy, func(gs []paxos.Guard, err error) {
		if err != nil {
			admitted(Answer{}, err)
			return
		}
		r := paxos.Request{Kind: paxos.Put, Key: key, Value: paxos.Value(value), Guards: gs}
		b.start(ctx, r, q.Policy, admitted)
	})
}

// Get ends with the chosen value, or ErrNotFound.
func (b *Bucket) Get(ctx context.Context, q Query, end func(Answer, error)) {
	b.host.Stats.Gets.Add(1)
	key, err := b.key(q.Key)
	if err != nil {
		end(Answer{}, err)
		return
	}
	e, final := b.learned.get(key)
	if e != nil && (final || q.Stale) {
		b.host.Stats.Memory.Add(1)
		a := answer(paxos.Result{Entry: e})
		a.Stale = !final
		end(a, nil)
		return
	}
	bytes := len(key)
	if e != nil {
		bytes += e.Weight() // what is found is likely to be as long
	}
	b.get(ctx, key, bytes, q.Policy, end)
}

// get reads a key at the members; what it finds is expected to take so many bytes.
func (b *Bucket) get(ctx context.Context, key paxos.Key, bytes int, policy WithoutQuorum, end func(Answer, error)) {
	admitted, err := b.host.admit(bytes, end)
	if err != nil {
		end(Answer{}, err)
		return
	}
	b.start(ctx, paxos.Request{Kind: paxos.Get, Key: key}, policy, admitted)
}

func (b *Bucket) final(key paxos.Key) (Answer, bool) {
	e, final := b.learned.get(key)
	if !final {
		return Answer{}, false
	}
	b.host.Stats.Memory.Add(1)
	return answer(paxos.Result{Entry: e}), true
}

func (b *Bucket) key(k any) (paxos.Key, error) {
	canonical, err := term.Key(k)
	if err != nil {
		return "", fmt.Errorf("key: %w", err)
	}
	if most := b.host.limits.Load().Key; len(canonical) > most {
		return "", tooLarge("key", len(canonical), most)
	}
	return makeKey(b.name, canonical), nil
}

// start runs an operation until it ends or ctx does, and not at all where ctx has
// ended, perhaps while guards were looked up.
func (b *Bucket) start(ctx context.Context, r paxos.Request, policy WithoutQuorum, end func(Answer, error)) {
	if ctx.Err() != nil {
		end(Answer{}, b.host.account(false, context.Cause(ctx)))
		return
	}
	var w waiter
	cancel := b.Start(r, policy, func(res paxos.Result, err error) {
		w.release()
		end(outcome(res, err))
	})
	w.hold(func() func() bool {
		return context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	})
}

// waiter ties an operation to a context until the operation ends, which it may
// do before it is tied.
type waiter struct {
	mu   sync.Mutex
	done bool
	stop func() bool
}

func (w *waiter) hold(tie func() func() bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.done {
		w.stop = tie()
	}
}

func (w *waiter) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done = true
	if w.stop != nil {
		w.stop()
	}
}

// outcome turns the result of an operation into an answer or an error.
func outcome(r paxos.Result, err error) (Answer, error) {
	switch {
	case err != nil:
		return Answer{}, err
	case r.Kind == paxos.Found:
		return answer(r), nil
	case r.Kind == paxos.Indeterminate:
		return Answer{}, ErrIndeterminate
	}
	return Answer{}, ErrNotFound
}

// Resolve ends with the rev that a key of any bucket holds now.
func (h *Host) Resolve(ctx context.Context, key paxos.Key, end func(paxos.Rev, error)) {
	b := h.bucketOf(key)
	if b == nil {
		end(paxos.Rev{}, ErrUnknownBucket)
		return
	}
	b.get(ctx, key, len(key), Retry, func(a Answer, err error) { end(a.Rev, err) })
}
