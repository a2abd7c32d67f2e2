package host

import (
	"context"
	"time"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/watch"
)

// Lost waits until this node can vouch no more for the entry of a rev, and says
// why: ErrErased, it is over, or its deadline has passed here; ErrNoQuorum, too
// few members vouch for what it is tied to, so that others may erase it from now
// on; ErrClosed, the store has stopped here; or the cause of ctx. Other errors are
// those of Watch.
func (b *Bucket) Lost(ctx context.Context, key any, rev paxos.Rev) error {
	s, err := b.Watch(key)
	if err != nil {
		return err
	}
	defer s.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	o := &owner{cut: func() { cancel(ErrNoQuorum) }}
	b.join(o, []paxos.Guard{{Kind: paxos.GuardNode, Node: b.host.name}})
	defer b.vouching.leave(o)
	for held, known := false, false; ; {
		c, err := s.Next(ctx)
		switch {
		case err != nil:
			return err
		case over(c, rev, held):
			return ErrErased
		case c.Kind == watch.Missed:
			held = false // told anew
		case c.Kind == watch.Chosen && c.Rev == rev:
			if held = true; !known {
				known = true
				b.vouching.leave(o)
				b.join(o, c.Entry.Guards)
				defer expire(c.Entry, func() { cancel(ErrErased) })()
			}
		}
	}
}

// over says whether a change tells that the entry of rev does not hold.
func over(c Change, rev paxos.Rev, held bool) bool {
	switch c.Kind {
	case watch.Chosen:
		return rev.Less(c.Rev)
	case watch.Erased:
		return held || !c.Rev.Less(rev)
	case watch.Current:
		return !held
	}
	return false
}

// expire calls f at the deadline of an entry, if it has one, by the clock of this
// node; stop ends that.
func expire(e *paxos.Entry, f func()) (stop func() bool) {
	until := TiesOf(e.Guards).Until
	if until.IsZero() {
		return func() bool { return false }
	}
	return time.AfterFunc(time.Until(until), f).Stop
}
