package host

import (
	"sync"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/watch"
)

// task is one unit of work: a step of the replica or of a proposer, all that
// follows from it on this node, and the messages that leave the node for it.
// Votes of this node for its own proposers take no mailbox: they are part of
// the task.
type task struct {
	h   *Host
	out paxos.Output
	// local are messages from this node to itself, not yet taken.
	local []paxos.Envelope
	// ends are the callers that got their answer; called when no lock is held.
	ends []func()
	// adopted says that a configuration was adopted in this task.
	adopted bool
	learned []paxos.Learned
	erase   []paxos.Erasure
}

var tasks = sync.Pool{New: func() any { return new(task) }}

// do runs f and all that follows from it. f is called without locks and uses
// the methods of the task.
func (h *Host) do(f func(t *task)) {
	t := tasks.Get().(*task)
	t.h = h
	f(t)
	t.finish()
	ends := t.ends
	*t = task{local: t.local[:0], learned: t.learned[:0], erase: t.erase[:0], out: t.out}
	t.out.Reset()
	tasks.Put(t)
	for _, end := range ends {
		end()
	}
}

// replica steps the replica.
func (t *task) replica(f func(r *paxos.Replica, out *paxos.Output)) {
	t.out.Reset()
	t.h.mu.Lock()
	if r := t.h.replica; r != nil {
		f(r, &t.out)
		if len(t.out.Watches) > 0 {
			t.h.watch(t.out.Watches) // under the lock, so that watches stay in order
		}
		if t.h.disk != nil {
			t.h.disk.add(&t.out)
		}
	}
	t.h.mu.Unlock()
	t.take()
}

// proposer steps the proposer of a bucket.
func (t *task) proposer(b *Bucket, f func(p *paxos.Proposer, out *paxos.Output)) {
	t.out.Reset()
	b.mu.Lock()
	p := b.proposer
	f(p, &t.out)
	b.startQueued(p, &t.out)
	for _, r := range t.out.Results {
		if c := b.remove(r.Op); c != nil {
			t.ends = append(t.ends, func() { c.end(r, nil) })
		}
	}
	b.mu.Unlock()
	for _, timer := range t.out.Timers {
		b.arm(p, timer)
	}
	t.take()
}

// take sorts an output: what is for this node waits its turn in the task, what
// is for others goes to their outboxes.
func (t *task) take() {
	t.send(t.out.Messages)
	t.learned = append(t.learned, t.out.Learned...)
	t.erase = append(t.erase, t.out.Erasures...)
	t.adopted = t.adopted || t.out.Adopted != nil
	if r := t.out.Resized; r != nil {
		h := t.h // the task is another's by the time its ends are called
		t.ends = append(t.ends, func() { h.resized(r) })
	}
	t.h.logNotes(t.out.Notes)
}

func (t *task) send(messages []paxos.Envelope) {
	for _, env := range messages {
		if env.To.Name == t.h.name {
			t.local = append(t.local, env)
		} else {
			t.h.post(env)
		}
	}
}

// finish goes on until nothing is left to do on this node.
func (t *task) finish() {
	for {
		switch {
		case t.adopted:
			t.adopted = false
			t.adopt()
		case len(t.local) > 0:
			env := t.local[0]
			t.local = t.local[1:]
			t.step(env)
		case len(t.learned) > 0:
			l := t.learned[0]
			t.learned = t.learned[1:]
			t.learn(l)
		case len(t.erase) > 0:
			e := t.erase[0]
			t.erase = t.erase[1:]
			if b := t.h.bucketOf(e.Key); b != nil {
				t.proposer(b, func(p *paxos.Proposer, out *paxos.Output) { p.Erase(now(), e, out) })
			}
		default:
			return
		}
	}
}

// step takes a message for this node.
func (t *task) step(env paxos.Envelope) {
	if inv, ok := env.Body.(paxos.Inventory); ok {
		t.inventory(env, inv.Prefix)
		return
	}
	if m, ok := env.Body.(paxos.Inspected); ok && t.vouched(env, m) {
		return
	}
	key, forProposer := paxos.ForProposer(env.Body)
	if !forProposer {
		t.replica(func(r *paxos.Replica, out *paxos.Output) {
			if t.h.disk.full() {
				t.h.Stats.Dropped.Add(1)
				return
			}
			r.Step(now(), env, out)
		})
		return
	}
	// One of its own promise is the answer to a prepare that was put twice, because the
	// first was answered late: nobody else is after the key.
	if n, nack := env.Body.(paxos.Nack); nack && n.Promised != n.Ballot {
		t.h.Stats.Nacks.Add(1)
	}
	if b := t.h.bucketOf(key); b != nil {
		t.proposer(b, func(p *paxos.Proposer, out *paxos.Output) { p.Step(now(), env, out) })
	}
}

// adopt hands a new configuration to every proposer of the node.
func (t *task) adopt() {
	for _, b := range t.h.Buckets() {
		t.catchUp(b)
	}
	t.ends = append(t.ends, t.h.refresh)
}

// catchUp hands a bucket the configuration of now, whatever the task that calls
// it came with: two tasks may overtake each other, and a proposer may start while
// one is adopted. A tick calls it again for every bucket.
func (t *task) catchUp(b *Bucket) {
	var cfg *paxos.Config
	var up []paxos.NodeID
	t.h.read(func(r *paxos.Replica) { cfg, up = r.Member.Config(), r.Member.Up() })
	if cfg == nil || cfg.Epoch == 0 {
		return
	}
	b.learned.enter(cfg.Cluster)
	t.feed(b, func(f *watch.Feed, _ *watch.Output) { f.Adopt(cfg) })
	t.proposer(b, func(p *paxos.Proposer, out *paxos.Output) {
		p.SetUp(up)
		p.Adopt(now(), cfg, out)
	})
}

// learn tells those who watch of what is known to be chosen, and keeps it, for
// reads from memory; what it replaced no longer guards anything.
func (t *task) learn(l paxos.Learned) {
	b := t.h.bucketOf(l.Key)
	if b == nil {
		return
	}
	t.feed(b, func(f *watch.Feed, out *watch.Output) { f.Learn(l, out) })
	if !b.learned.keep(l) {
		return
	}
	t.replica(func(r *paxos.Replica, out *paxos.Output) { r.Acceptor.Learn(l.Key, l.Entry, out) })
	if l.Entry.Tombstone && !l.Collected {
		t.h.Stats.Erased.Add(1)
		t.proposer(b, func(p *paxos.Proposer, out *paxos.Output) { p.Collect(l.Key, out) })
	}
}
