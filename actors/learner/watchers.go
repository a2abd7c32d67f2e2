package learner

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/actors/door"
	"github.com/paxoskv/paxoskv/actors/request"
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
)

// watchers are the processes that are told of changes. Each subscription has a
// goroutine, which sends one message at a time, so that one that is slow takes no
// room of others.
type watchers struct {
	// ctx ends with the actor.
	ctx    context.Context
	host   *host.Host
	bucket *host.Bucket

	mu   sync.Mutex
	pids map[etf.Pid]*watcher
}

// watcher is a process that is told.
type watcher struct {
	monitor etf.Ref
	told    map[about]*telling
}

// about is what a process is told of: a key or all, or the loss of a rev of a key.
type about struct {
	all bool
	key string
	rev paxos.Rev
}

// telling is one subscription.
type telling struct {
	cancel context.CancelFunc
	mu     sync.Mutex
	ended  bool
}

// end has nothing more told: what is not on its way when it returns is not sent.
func (t *telling) end() {
	t.mu.Lock()
	t.ended = true
	t.mu.Unlock()
	t.cancel()
}

// unlessEnded does something that does not wait, and says whether it did.
func (t *telling) unlessEnded(do func()) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.ended {
		do()
	}
	return !t.ended
}

func newWatchers(ctx context.Context, s *door.State) *watchers {
	return &watchers{ctx: ctx, host: s.Host, bucket: s.Bucket, pids: make(map[etf.Pid]*watcher)}
}

// serve carries out a request.
func (ws *watchers) serve(p *gen.ServerProcess, w request.Watching) error {
	a := about{all: w.All, rev: w.Rev}
	if !w.All {
		key, err := term.Key(w.Key)
		if err != nil {
			return err
		}
		a.key = string(key)
	}
	if w.Name == "unwatch" {
		ws.end(p, w.PID, a)
		return nil
	}
	if node := string(w.PID.Node); !ws.host.Linked(node) {
		return fmt.Errorf("%w: the node of %s is not connected", host.ErrInvalidValue, term.Format(w.PID))
	}
	return ws.watch(p, w, a)
}

// watch begins to tell a process, anew where it was told before.
func (ws *watchers) watch(p *gen.ServerProcess, w request.Watching, a about) error {
	do, err := ws.subscribe(w)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(ws.ctx)
	now := &telling{cancel: end}
	ws.mu.Lock()
	x := ws.pids[w.PID]
	if x == nil {
		x = &watcher{monitor: p.MonitorProcess(w.PID), told: make(map[about]*telling)}
		ws.pids[w.PID] = x
	}
	if before := x.told[a]; before != nil {
		before.end()
	}
	x.told[a] = now
	ws.mu.Unlock()
	go func() {
		do(ctx, now)
		ws.done(w.PID, a, now)
	}()
	return nil
}

// done takes note that a subscription has come to its end.
func (ws *watchers) done(pid etf.Pid, a about, t *telling) {
	t.end()
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if x := ws.pids[pid]; x != nil && x.told[a] == t {
		delete(x.told, a)
	}
}

// subscribe prepares what is told, and returns what tells it.
func (ws *watchers) subscribe(w request.Watching) (func(context.Context, *telling), error) {
	if w.Name == "lost" {
		return func(ctx context.Context, t *telling) { ws.tellLost(ctx, t, w) }, nil
	}
	if w.All {
		s := ws.bucket.WatchAll()
		return func(ctx context.Context, t *telling) { ws.tell(ctx, t, s, w) }, nil
	}
	s, err := ws.bucket.Watch(w.Key)
	return func(ctx context.Context, t *telling) { ws.tell(ctx, t, s, w) }, err
}

// tellLost tells a process, once, that the entry of a rev is lost, unless it does
// not want to know any more. The end of this actor is told as that of the store.
func (ws *watchers) tellLost(ctx context.Context, t *telling, w request.Watching) {
	err := ws.bucket.Lost(ctx, w.Key, w.Rev)
	if ws.ctx.Err() != nil {
		ws.last(t, w.PID, request.ToldLost(ws.bucket.Name(), w, host.ErrClosed))
		return
	}
	ws.deliver(ctx, t, w.PID, request.ToldLost(ws.bucket.Name(), w, err), 0)
}

// A process whose mailbox is full is left alone for a while, longer each time; what
// it has not been told by then waits, in bounds.
const fullFirst, fullMost = time.Millisecond, time.Second

// tell tells a process of changes until it ends, or does not want to know. That it
// is told no more, it is told as well.
func (ws *watchers) tell(ctx context.Context, t *telling, s *host.Subscription, w request.Watching) {
	defer s.Close()
	for {
		c, err := s.Next(ctx)
		if err != nil {
			ws.last(t, w.PID, request.ToldClosed(ws.bucket.Name()))
			return
		}
		ws.deliver(ctx, t, w.PID, request.Told(ws.bucket.Name(), w, c), len(c.Key)+c.Entry.Weight())
	}
}

// deliver has a process told, and waits until it is.
func (ws *watchers) deliver(ctx context.Context, t *telling, pid etf.Pid, message etf.Term, bytes int) {
	for d := fullFirst; ; d = min(2*d, fullMost) {
		var sent <-chan error
		if !t.unlessEnded(func() { sent = ws.host.Hand(pid, message, bytes) }) {
			return
		}
		select {
		case err := <-sent:
			switch {
			case errors.Is(err, host.ErrClosed):
				ws.forget(pid)
				return
			case !errors.Is(err, host.ErrBusy):
				return
			}
		case <-ctx.Done():
			return
		}
		pause(ctx, d)
		if ctx.Err() != nil {
			return
		}
	}
}

// last tells a process something after which it is told nothing more.
func (ws *watchers) last(t *telling, pid etf.Pid, message etf.Term) {
	t.unlessEnded(func() { ws.host.Send(string(pid.Node), pid, message) })
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// end ends what a process is told of a key, or of all; a process that is told
// nothing any more is looked after no longer.
func (ws *watchers) end(p *gen.ServerProcess, pid etf.Pid, a about) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	x := ws.pids[pid]
	if x == nil {
		return
	}
	for other, t := range x.told {
		if other.all == a.all && other.key == a.key {
			t.end()
			delete(x.told, other)
		}
	}
	if len(x.told) == 0 {
		p.DemonitorProcess(x.monitor)
		delete(ws.pids, pid)
	}
}

// forget ends all that a process is told: it has ended, or is not reached.
func (ws *watchers) forget(pid etf.Pid) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if x := ws.pids[pid]; x != nil {
		for _, t := range x.told {
			t.end()
		}
		delete(ws.pids, pid)
	}
}
