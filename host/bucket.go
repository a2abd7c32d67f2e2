package host

import (
	"container/list"
	"slices"
	"sync"
	"time"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/watch"
)

// Bucket is a bucket on this node: its proposer, and who waits for it. The
// records are in the replica, for all buckets together.
type Bucket struct {
	host *Host
	name string

	mu       sync.Mutex
	proposer *paxos.Proposer
	calls    map[paxos.OpID]*call
	queue    list.List // of calls whose operations have not begun
	next     paxos.OpID
	doors    [roles]bool

	learned  learned
	watching watching
	vouching vouching
}

// Name is the bucket's.
func (b *Bucket) Name() string { return b.name }

// Bucket returns the bucket of a name if it is up on this node, nil otherwise.
func (h *Host) Bucket(name string) *Bucket {
	h.state.RLock()
	b := h.buckets[name]
	h.state.RUnlock()
	if b == nil || !b.ready() {
		return nil
	}
	return b
}

// Buckets lists the buckets that were started on this node, in order of names.
func (h *Host) Buckets() []*Bucket {
	h.state.RLock()
	defer h.state.RUnlock()
	bs := make([]*Bucket, 0, len(h.buckets))
	for _, b := range h.buckets {
		bs = append(bs, b)
	}
	slices.SortFunc(bs, func(x, y *Bucket) int {
		if x.name < y.name {
			return -1
		}
		return 1
	})
	return bs
}

func (h *Host) bucketOf(k paxos.Key) *Bucket {
	name, _, _ := splitKey(k)
	h.state.RLock()
	defer h.state.RUnlock()
	return h.buckets[name]
}

// Open takes note that the actor of a role is up. A proposer that starts again
// has lost what was under way: callers are told, and ballots go on above those
// of the last one.
func (h *Host) Open(name string, r Role) *Bucket {
	h.state.Lock()
	b := h.buckets[name]
	if b == nil {
		b = &Bucket{host: h, name: name, calls: make(map[paxos.OpID]*call),
			proposer: paxos.NewProposer(h.life(), 0), learned: learned{limits: &h.limits}}
		h.buckets[name] = b
	}
	h.state.Unlock()
	if r == Proposer {
		b.restart()
	}
	b.mu.Lock()
	b.doors[r] = true
	b.mu.Unlock()
	h.noteChange()
	return b
}

// Close takes note that the actor of a role has ended.
func (b *Bucket) Close(r Role) {
	b.mu.Lock()
	b.doors[r] = false
	b.mu.Unlock()
	if r == Proposer {
		b.endAll(ErrClosed)
	}
	b.host.do(func(t *task) { t.feed(b, func(f *watch.Feed, _ *watch.Output) { f.FallBehind() }) })
	b.host.noteChange()
}

func (b *Bucket) ready() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.doors == [roles]bool{true, true, true}
}

// restart gives the bucket a new proposer.
func (b *Bucket) restart() {
	// One that crashed did not close its door: nothing may begin on the old
	// proposer once its calls are ended.
	b.mu.Lock()
	b.doors[Proposer] = false
	b.mu.Unlock()
	b.endAll(ErrClosed)
	b.mu.Lock()
	b.proposer = paxos.NewProposer(b.host.life(), b.proposer.Counter())
	b.mu.Unlock()
	b.host.do(func(t *task) { t.catchUp(b) })
}

func (b *Bucket) setUp(up []paxos.NodeID) {
	b.mu.Lock()
	b.proposer.SetUp(up)
	b.mu.Unlock()
}

// arm starts a timer of proposer p: once p is gone, it does nothing.
func (b *Bucket) arm(p *paxos.Proposer, t paxos.Timer) {
	time.AfterFunc(pause(t, draw()), func() {
		b.host.do(func(k *task) {
			erased := t.Kind == paxos.TimerErase && !b.host.holds(t.Key, t.Rev)
			k.proposer(b, func(cur *paxos.Proposer, out *paxos.Output) {
				switch {
				case cur != p:
				case erased:
					cur.Forget(t)
				default:
					cur.Fire(now(), t, out)
				}
			})
		})
	})
}

func (h *Host) holds(key paxos.Key, rev paxos.Rev) (yes bool) {
	h.read(func(r *paxos.Replica) { yes = r.Acceptor.Holds(key, rev) })
	return yes
}
