package host

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
)

// ending counts the ends of one call.
type ending struct {
	n    atomic.Int32
	done chan error
}

func newEnding() *ending { return &ending{done: make(chan error, 2)} }

func (e *ending) end(_ Answer, err error) {
	e.n.Add(1)
	e.done <- err
}

// A call whose context ends at any moment ends exactly once, and what it says
// agrees with what holds afterwards.
func TestCancelledAtAnyMoment(t *testing.T) {
	h, b := alone(t)
	const workers, each = 4, 300
	var ends sync.Map
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				ctx, cancel := context.WithCancelCause(context.Background())
				e := newEnding()
				key := fmt.Sprint(w, "/", i)
				ends.Store(key, e)
				go func() {
					for range rand.IntN(200) {
						_ = term.Format(i) // any work: the moment is what counts
					}
					cancel(errGone)
				}()
				b.Put(ctx, Query{Key: key, Value: i}, e.end)
				err := <-e.done
				if err != nil && !errors.Is(err, errGone) {
					t.Errorf("key %s: %v", key, err)
				}
				if err == nil || !errors.Is(err, ErrIndeterminate) {
					check := newEnding()
					b.Get(context.Background(), Query{Key: key}, check.end)
					if got := <-check.done; errors.Is(got, ErrNotFound) != (err != nil) {
						t.Errorf("key %s: put %v, get %v", key, err, got)
					}
				}
			}
		})
	}
	wg.Wait()
	ends.Range(func(key, e any) bool {
		require.EqualValues(t, 1, e.(*ending).n.Load(), key)
		return true
	})
	require.Empty(t, b.calls)
	require.True(t, h.Quorum())
}

var errGone = errors.New("gone")

// A call that does not wait for a quorum ends when it is lost, even in the moment
// between the look at the quorum and the registration of the call.
func TestQuorumLostWhileACallBegins(t *testing.T) {
	for _, policy := range []WithoutQuorum{Return, Fail} {
		h, _, _ := fakeHost(t, 3)
		b := openAll(h, "B")
		done := make(chan error, 2)
		id, err := b.register(&call{policy: policy, end: func(_ paxos.Result, err error) { done <- err }})
		require.NoError(t, err)
		b.begin(id, paxos.Request{Kind: paxos.Put, Key: "k"}, policy)
		require.ErrorIs(t, receive(t, "the end of the call", done), ErrNoQuorum)
		require.Empty(t, done)
	}
}

// A call that is given up before its operation starts proposes nothing, as its
// error says.
func TestGivenUpWhileACallBegins(t *testing.T) {
	h, _, _ := fakeHost(t, 3)
	b := openAll(h, "B")
	var got error
	id, err := b.register(&call{policy: Return, end: func(_ paxos.Result, err error) { got = err }})
	require.NoError(t, err)
	h.quorumLost()
	require.ErrorIs(t, got, ErrNoQuorum)
	b.begin(id, paxos.Request{Kind: paxos.Put, Key: "k"}, Return)

	// A configuration finds nothing to do.
	cfg := &paxos.Config{Cluster: 1, Epoch: 1, Size: 1, Seats: []paxos.Seat{{Node: h.Self(), Since: 1}}}
	var out paxos.Output
	b.proposer.Adopt(now(), cfg, &out)
	require.Empty(t, out.Messages)
}

// No call begins on a proposer that is about to be replaced: nobody would end it.
func TestNothingBeginsDuringARestart(t *testing.T) {
	_, b := alone(t)
	b.restart() // of one that crashed, and did not close its door
	_, err := b.register(&call{})
	require.ErrorIs(t, err, ErrClosed)
	b.host.Open("B", Proposer)
	_, err = b.register(&call{end: func(paxos.Result, error) {}})
	require.NoError(t, err)
}

// A proposer that starts again ends every call, at whatever moment, once.
func TestProposerRestartsAtAnyMoment(t *testing.T) {
	_, b := alone(t)
	for i := range 1000 {
		e := newEnding()
		var wg sync.WaitGroup
		wg.Go(func() { b.Put(context.Background(), Query{Key: i, Value: i}, e.end) })
		wg.Go(func() { b.host.Open("B", Proposer) })
		wg.Wait()
		if err := receive(t, "the end of the call", e.done); err != nil && !errors.Is(err, ErrIndeterminate) {
			require.ErrorIs(t, err, ErrClosed)
		}
		require.EqualValues(t, 1, e.n.Load())
	}
}

func TestErrorsOfCalls(t *testing.T) {
	cancelled, cancel := context.WithCancelCause(context.Background())
	cancel(errGone)
	late, stop := context.WithDeadline(context.Background(), time.Now())
	defer stop()
	do := func(b *Bucket, ctx context.Context, q Query) error {
		e := newEnding()
		b.Put(ctx, q, e.end)
		return receive(t, "the end of the call", e.done)
	}
	t.Run("no quorum", func(t *testing.T) {
		h, _, _ := fakeHost(t, 3)
		b := openAll(h, "B")
		require.ErrorIs(t, do(b, context.Background(), Query{Policy: Return}), ErrNoQuorum)
		require.ErrorIs(t, do(b, context.Background(), Query{Policy: Fail}), ErrNoQuorum)
		err := do(b, late, Query{})
		require.ErrorIs(t, err, ErrNoQuorum, "a deadline says why")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, errGone, do(b, cancelled, Query{}), "who cancels knows why")
		require.EqualValues(t, 3, h.Stats.NoQuorum.Load())
	})
	t.Run("quorum", func(t *testing.T) {
		h, b := alone(t)
		require.Equal(t, errGone, do(b, cancelled, Query{}))
		require.ErrorIs(t, do(b, late, Query{}), context.DeadlineExceeded)
		require.NotErrorIs(t, do(b, late, Query{}), ErrNoQuorum)
		require.EqualValues(t, 2, h.Stats.Timeout.Load())
		b.Close(Proposer)
		require.ErrorIs(t, do(b, context.Background(), Query{}), ErrClosed)
		require.Nil(t, h.Bucket("B"), "a bucket that is not whole is not up")
		h.Open("B", Proposer)
		require.NoError(t, do(b, context.Background(), Query{}))
	})
	t.Run("busy", func(t *testing.T) {
		h, _, _ := fakeHost(t, 3)
		b := openAll(h, "B")
		free := h.underWay.Swap(int64(DefaultLimits.UnderWay))
		require.ErrorIs(t, do(b, context.Background(), Query{}), ErrBusy)
		e := newEnding()
		b.Get(context.Background(), Query{}, e.end)
		require.ErrorIs(t, receive(t, "the end of the call", e.done), ErrBusy)
		require.EqualValues(t, 2, h.Stats.Busy.Load())
		h.underWay.Store(free)
		require.ErrorIs(t, do(b, late, Query{}), ErrNoQuorum)
		require.Zero(t, h.underWay.Load())
	})
	t.Run("no cluster service", func(t *testing.T) {
		n := &fakeNode{name: nodeName(t)}
		b := openAll(Of(n, &fakeProcess{node: n.name}), "B")
		require.ErrorIs(t, do(b, context.Background(), Query{Policy: Return}), ErrNoQuorum)
		require.ErrorIs(t, do(b, late, Query{}), ErrNoQuorum)
		b.host.Resize(context.Background(), 3, func(err error) { require.ErrorIs(t, err, ErrClosed) })
		require.ErrorIs(t, b.host.Attach(&fakeProcess{node: n.name}, Options{}, nil), nil)
	})
}

// A waiter lets go of its context whichever comes first, the end or the tie.
func TestWaiter(t *testing.T) {
	for range 2000 {
		var w waiter
		var tied, stopped atomic.Int32
		var wg sync.WaitGroup
		wg.Go(w.release)
		wg.Go(func() {
			w.hold(func() func() bool {
				tied.Add(1)
				return func() bool { stopped.Add(1); return true }
			})
		})
		wg.Wait()
		require.Equal(t, tied.Load(), stopped.Load())
	}
}

// A node has one cluster service.
func TestAttachTwice(t *testing.T) {
	h, _, p := fakeHost(t, 1)
	require.NoError(t, h.Attach(p, Options{}, nil), "the same again")
	require.ErrorIs(t, h.Attach(&otherProcess{fakeProcess{node: p.node}}, Options{}, nil), ErrAlreadyStarted)
}
