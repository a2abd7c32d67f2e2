package host

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/watch"
)

// watching is what those who watch a bucket are told; there is a feed while
// anybody does.
type watching struct {
	// on says that there is one, for those who come by without the lock.
	on atomic.Bool

	mu   sync.Mutex
	feed *watch.Feed
	// gets are to be started by the attendant, who is woken then: here they may
	// not be, since one that ends at once would start the next.
	gets []watch.Refresh
	wake chan struct{}
	// ended is closed when the store has stopped on this node.
	ended chan struct{}
}

// attendEvery paces the attendant of a feed.
const attendEvery = 100 * time.Millisecond

// WatchMost is how many events wait for one who watches before they are dropped.
const WatchMost = 1024

// Change is what one who watches is told, as a watch.Event with terms.
type Change struct {
	Kind  watch.Kind
	Key   term.Raw
	Rev   paxos.Rev
	Entry *paxos.Entry
}

// Subscription is one who watches a key or a bucket. Its methods are not to be
// called by several goroutines at once, but for Close.
type Subscription struct {
	b      *Bucket
	feed   *watch.Feed
	s      *watch.Subscriber
	ended  chan struct{}
	events []watch.Event
}

// Watch watches a key. The subscription is to be closed.
func (b *Bucket) Watch(key any) (*Subscription, error) {
	k, err := b.key(key)
	if err != nil {
		return nil, err
	}
	return b.subscribe(k), nil
}

// WatchAll watches all keys of the bucket.
func (b *Bucket) WatchAll() *Subscription { return b.subscribe("") }

func (b *Bucket) subscribe(key paxos.Key) *Subscription {
	var cfg *paxos.Config
	b.host.read(func(r *paxos.Replica) { cfg = r.Member.Config() })
	w := &b.watching
	w.mu.Lock()
	if w.feed == nil {
		w.feed = watch.New(b.host.life(), makeKey(b.name, nil), b.finalEntry)
		w.wake, w.ended, w.gets = make(chan struct{}, 1), make(chan struct{}), nil
		w.on.Store(true)
		go b.attend(w.feed, w.wake)
	}
	if cfg != nil && cfg.Epoch > 0 {
		w.feed.Adopt(cfg)
	}
	s := &Subscription{b: b, feed: w.feed, s: w.feed.Subscribe(key, WatchMost), ended: w.ended}
	wakeUp(w.wake)
	w.mu.Unlock()
	return s
}

func wakeUp(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// finalEntry is the entry of a key that never changes, nil where there is none
// known.
func (b *Bucket) finalEntry(key paxos.Key) *paxos.Entry {
	if e, final := b.learned.get(key); final {
		return e
	}
	return nil
}

// Close ends the subscription.
func (s *Subscription) Close() {
	w := &s.b.watching
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.feed == s.feed && !s.feed.Unsubscribe(s.s) {
		w.feed = nil
		w.on.Store(false)
		wakeUp(w.wake) // the attendant ends
	}
}

// Next waits for what is to be told next. It ends with ctx, or with ErrClosed
// when the store stops on this node.
func (s *Subscription) Next(ctx context.Context) (Change, error) {
	for len(s.events) == 0 {
		s.b.watching.mu.Lock()
		s.events = s.feed.Take(s.s, 64)
		s.b.watching.mu.Unlock()
		if len(s.events) > 0 {
			break
		}
		select {
		case <-s.s.Wake:
		case <-ctx.Done():
			return Change{}, context.Cause(ctx)
		case <-s.ended:
			return Change{}, ErrClosed
		}
	}
	e := s.events[0]
	s.events = s.events[1:]
	_, canonical, _ := splitKey(e.Key)
	return Change{Kind: e.Kind, Key: term.Raw(canonical), Rev: e.Rev, Entry: e.Entry}, nil
}

// attend does what is due for a feed, until it is given up or the node stops.
func (b *Bucket) attend(feed *watch.Feed, wake chan struct{}) {
	tick := time.NewTicker(attendEvery)
	defer tick.Stop()
	for {
		up := b.host.up()
		b.host.do(func(t *task) {
			t.feed(b, func(f *watch.Feed, out *watch.Output) { f.Tick(monotonic(), up, out) })
		})
		gets, ended := b.toGet(feed)
		if ended {
			return
		}
		for _, g := range gets {
			b.refresh(feed, g)
		}
		select {
		case <-tick.C:
		case <-wake:
		}
	}
}

// toGet are the gets that the attendant is to start; or the end of its feed.
func (b *Bucket) toGet(feed *watch.Feed) (gets []watch.Refresh, ended bool) {
	alive := b.host.node.IsAlive() && b.host.Err() == nil
	w := &b.watching
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.feed != feed {
		return nil, true
	}
	if !alive {
		close(w.ended)
		w.feed = nil
		w.on.Store(false)
		return nil, true
	}
	gets, w.gets = w.gets, nil
	return gets, false
}

// refresh reads a key that is watched.
func (b *Bucket) refresh(feed *watch.Feed, g watch.Refresh) {
	b.Start(paxos.Request{Kind: paxos.Get, Key: g.Key}, Retry, func(res paxos.Result, err error) {
		b.host.do(func(t *task) {
			t.feed(b, func(f *watch.Feed, out *watch.Output) {
				if f == feed {
					f.Refreshed(g, res, err == nil, out)
				}
			})
		})
	})
}

var began = time.Now()

// monotonic is a clock in milliseconds that only goes forward.
func monotonic() int64 { return time.Since(began).Milliseconds() }

// feed steps the feed of a bucket, if anybody watches it.
func (t *task) feed(b *Bucket, f func(f *watch.Feed, out *watch.Output)) {
	w := &b.watching
	if !w.on.Load() {
		return
	}
	var out watch.Output
	w.mu.Lock()
	if w.feed != nil {
		f(w.feed, &out)
		if w.gets = append(w.gets, out.Refresh...); len(w.gets) > 0 {
			wakeUp(w.wake)
		}
	}
	w.mu.Unlock()
	t.send(out.Messages)
}

// inventory takes what a member holds.
func (t *task) inventory(env paxos.Envelope, prefix paxos.Key) {
	if b := t.h.bucketOf(prefix); b != nil {
		t.feed(b, func(f *watch.Feed, out *watch.Output) { f.Read(monotonic(), env, out) })
	}
}

// tellWatchers tells them of nodes to which the connection was lost.
func (t *task) tellWatchers(down []string) {
	if len(down) == 0 {
		return
	}
	for _, b := range t.h.Buckets() {
		b.vouching.kick()
		t.feed(b, func(f *watch.Feed, _ *watch.Output) {
			for _, name := range down {
				f.Lost(name)
			}
		})
	}
}
