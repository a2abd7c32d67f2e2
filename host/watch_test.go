package host

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/watch"
)

// follower takes what a subscription is told, and checks the order.
type follower struct {
	mu      sync.Mutex
	wrong   []string
	view    map[string]*paxos.Entry
	told    map[string]paxos.Rev
	current bool
	kinds   map[watch.Kind]int
}

func follow(ctx context.Context, s *Subscription, pause func()) *follower {
	f := &follower{view: make(map[string]*paxos.Entry), told: make(map[string]paxos.Rev), kinds: make(map[watch.Kind]int)}
	go func() {
		defer s.Close()
		for {
			c, err := s.Next(ctx)
			if err != nil {
				return
			}
			f.take(c)
			pause()
		}
	}()
	return f
}

func (f *follower) take(c Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kinds[c.Kind]++
	key := string(c.Key)
	f.current = c.Kind == watch.Current || f.current && c.Kind != watch.Behind && (c.Kind != watch.Missed || key != "")
	switch c.Kind {
	case watch.Chosen:
		if again := f.view[key]; c.Rev.Less(f.told[key]) || c.Rev == f.told[key] && again == nil && f.kinds[watch.Missed] == 0 {
			f.wrong = append(f.wrong, fmt.Sprintf("%q chosen at %v after %v", key, c.Rev, f.told[key]))
		}
		f.view[key], f.told[key] = c.Entry, c.Rev
	case watch.Erased:
		if c.Rev.Less(f.told[key]) {
			f.wrong = append(f.wrong, fmt.Sprintf("%q erased at %v after %v", key, c.Rev, f.told[key]))
		}
		delete(f.view, key)
		f.told[key] = c.Rev
	case watch.Missed:
		if key == "" {
			clear(f.view)
		}
		delete(f.view, key)
	}
}

// agrees says whether the follower is current, and knows what a key holds.
func (f *follower) agrees(t *testing.T, key int, a Answer, err error) bool {
	raw, encodeErr := term.Key(key)
	require.NoError(t, encodeErr)
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.view[string(raw)]
	if errors.Is(err, ErrNotFound) {
		return f.current && e == nil
	}
	require.NoError(t, err)
	return f.current && e != nil && e.Rev == a.Rev && term.Raw(e.Value) != nil
}

func getNow(t *testing.T, b *Bucket, key any) (Answer, error) {
	type end struct {
		a   Answer
		err error
	}
	c := make(chan end, 1)
	b.Get(context.Background(), Query{Key: key}, func(a Answer, err error) { c <- end{a, err} })
	e := receive(t, "the answer to a get", c)
	return e.a, e.err
}

// Messages are lost, links are cut and healed, on members and on a node without a
// seat: those who watch are told everything in order, and in the end the last
// state of each key.
func TestWatchOverALossyNetwork(t *testing.T) {
	const keys = 12
	net, bs := newLossyNet(t, 3, 4)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var all, one []*follower // one holds for each bucket those of each key, in turn
	for i, b := range bs {
		slow := func() {
			if rand.IntN(20) == 0 && i%2 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		all = append(all, follow(ctx, b.WatchAll(), slow))
		for key := range keys {
			s, err := b.Watch(key)
			require.NoError(t, err)
			one = append(one, follow(ctx, s, slow))
		}
	}
	net.loses.Store(true)
	var writers sync.WaitGroup
	stop := make(chan struct{})
	for w := range 4 {
		writers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				put, end := context.WithTimeout(ctx, time.Second)
				done := make(chan error, 1)
				bs[(w+n)%len(bs)].Put(put, Query{Key: rand.IntN(keys), Value: n,
					Ties: Ties{Until: time.Now().Add(time.Duration(5+rand.IntN(60)) * time.Millisecond)}},
					func(_ Answer, err error) { done <- err })
				<-done
				end()
			}
		})
	}
	for range 12 {
		a, b := bs[rand.IntN(4)], bs[rand.IntN(4)]
		net.setCut(a, b, a != b)
		time.Sleep(80 * time.Millisecond) // a fault lasts a while; nothing is expected by its end
		net.setCut(a, b, false)
		time.Sleep(50 * time.Millisecond)
	}
	close(stop)
	writers.Wait()
	net.loses.Store(false)

	for key := range keys {
		require.Eventually(t, func() bool {
			a, err := getNow(t, bs[key%3], key)
			ok := true
			for i := range bs {
				ok = ok && all[i].agrees(t, key, a, err) && one[i*keys+key].agrees(t, key, a, err)
			}
			return ok
		}, patience, 5*time.Millisecond, "key %d", key)
	}
	kinds := make(map[watch.Kind]int)
	for _, f := range append(all, one...) {
		f.mu.Lock()
		require.Empty(t, f.wrong)
		for k, n := range f.kinds {
			kinds[k] += n
		}
		f.mu.Unlock()
	}
	t.Log(kinds)
	for _, k := range []watch.Kind{watch.Chosen, watch.Erased, watch.Current, watch.Behind} {
		require.Positive(t, kinds[k], "%v was told", k)
	}
	cancel()
	for _, b := range bs {
		require.Eventually(t, func() bool { return !b.watching.on.Load() }, patience, time.Millisecond,
			"the last one who watched is gone")
	}
}

func next(t *testing.T, s *Subscription) Change {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := s.Next(ctx)
	require.NoError(t, err)
	return c
}

// A life of a key, as a subscription to it and one to the bucket tell it.
func TestWatch(t *testing.T) {
	h, b := alone(t)
	_, err := b.Watch(func() {})
	require.ErrorIs(t, err, term.ErrBadTerm)
	one, err := b.Watch("k")
	require.NoError(t, err)
	all := b.WatchAll()
	for _, s := range []*Subscription{one, all} {
		require.Equal(t, watch.Current, next(t, s).Kind, "nothing yet")
	}
	key, err := term.Key("k")
	require.NoError(t, err)
	shortLived(t, 30*time.Millisecond, func(until time.Time) error {
		_, err := put(b, Query{Key: "k", Value: 1, Ties: Ties{Until: until}})
		return err
	})
	var rev paxos.Rev
	for _, s := range []*Subscription{one, all} {
		c := next(t, s)
		require.Equal(t, watch.Chosen, c.Kind)
		require.Equal(t, term.Raw(key), c.Key)
		require.Len(t, c.Entry.Guards, 1)
		rev = c.Rev
	}
	require.Eventually(t, func() bool {
		h.Sweep()
		_, err := getNow(t, b, "k")
		return errors.Is(err, ErrNotFound)
	}, patience, time.Millisecond)
	for _, s := range []*Subscription{one, all} {
		require.Equal(t, Change{Kind: watch.Erased, Key: key, Rev: rev}, next(t, s))
	}

	// Who comes later is told what holds first.
	_, err = put(b, Query{Key: "final", Value: 1})
	require.NoError(t, err)
	late := b.WatchAll()
	require.Equal(t, watch.Chosen, next(t, late).Kind)
	require.Equal(t, watch.Current, next(t, late).Kind)

	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errGone)
	_, err = late.Next(ctx)
	require.ErrorIs(t, err, errGone)
	b.Close(Learner)
	require.Equal(t, watch.Behind, next(t, late).Kind, "a part of the bucket is down")
	b.host.Open("B", Learner)
	require.Equal(t, watch.Current, next(t, late).Kind)
	for _, s := range []*Subscription{one, all, late} {
		s.Close()
		s.Close()
	}
	require.False(t, b.watching.on.Load())
}

// The end of the node ends what waits.
func TestWatchEndsWithItsNode(t *testing.T) {
	n := &mortalNode{fakeNode: fakeNode{name: nodeName(t)}}
	p := &fakeProcess{node: n.name, out: make(chan sent)}
	h := Of(n, p)
	require.NoError(t, h.Attach(p, Options{Size: 3}, nil))
	b := openAll(h, "B")
	s := b.WatchAll()
	done := make(chan error, 1)
	go func() {
		_, err := s.Next(context.Background())
		done <- err
	}()
	n.ended.Store(true)
	require.ErrorIs(t, receive(t, "the end", done), ErrClosed)
	s.Close()
}
