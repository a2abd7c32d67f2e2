package watch

import (
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// Refresh asks for a get of a key. Serial matches its result.
type Refresh struct {
	Key    paxos.Key
	Serial uint64
}

// refreshMost is how many gets of a feed run at the same time.
const refreshMost = 128

// refreshing is the keys to be read: of which something newer was heard than
// was told.
type refreshing struct {
	pending map[paxos.Key]*pending
	// queue are those to be read next, and failed those whose get failed, to be
	// read again at the next tick.
	queue, failed []paxos.Key
	running       int
	serial        uint64
}

// pending is a key to be read.
type pending struct {
	// serial of the get that runs, 0 before it does.
	serial uint64
	// again says that something was heard after it began.
	again bool
	// forced says that it is to be read whatever is learned meanwhile.
	forced bool
	// rev is what was known when it began.
	rev paxos.Rev
	// last is the newest rev heard of, and came are the live ones that were newer
	// than what was told.
	last paxos.Rev
	came []paxos.Rev
}

// between says whether a live entry was heard of between two revs.
func (p *pending) between(a, b paxos.Rev) bool {
	return p != nil && slices.ContainsFunc(p.came, func(r paxos.Rev) bool { return a.Less(r) && r.Less(b) })
}

// refresh has a key read.
func (f *Feed) refresh(key paxos.Key) *pending {
	p := f.pending[key]
	switch {
	case p == nil:
		p = &pending{}
		f.pending[key] = p
		f.queue = append(f.queue, key)
	case p.serial != 0:
		p.again = true
	}
	return p
}

// start begins as many gets as may run.
func (f *Feed) start(out *Output) {
	for f.running < refreshMost && len(f.queue) > 0 {
		key := f.queue[0]
		f.queue = f.queue[1:]
		p := f.pending[key]
		k, _ := f.look(key)
		if !p.forced && !k.rev().Less(p.last) { // learned meanwhile
			delete(f.pending, key)
			f.done(key)
			continue
		}
		f.running++
		f.serial++
		p.serial, p.again, p.rev = f.serial, false, k.rev()
		out.Refresh = append(out.Refresh, Refresh{Key: key, Serial: p.serial})
	}
}

// Refreshed takes the result of a get; ok is false when it had none.
func (f *Feed) Refreshed(r Refresh, res paxos.Result, ok bool, out *Output) {
	p := f.pending[r.Key]
	if p == nil || p.serial != r.Serial {
		return
	}
	f.running--
	p.serial = 0
	if !ok {
		f.failed = append(f.failed, r.Key) // and none is started: it might fail at once
		return
	}
	if f.watched(r.Key) {
		f.read(r.Key, p, res)
	}
	if p.forced = p.again; p.again {
		f.queue = append(f.queue, r.Key)
	} else {
		delete(f.pending, r.Key)
		f.done(r.Key)
	}
	f.start(out)
}

// read takes what a get found.
func (f *Feed) read(key paxos.Key, p *pending, res paxos.Result) {
	switch {
	case res.Entry != nil:
		f.learn(key, res.Entry, true)
	case res.Kind == paxos.NotFound:
		f.absent(key, p, res.Floor)
	}
	k, _ := f.look(key)
	p.came = slices.DeleteFunc(p.came, func(r paxos.Rev) bool { return !k.rev().Less(r) })
}
