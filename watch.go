package paxoskv

import (
	"context"

	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/watch"
)

// EventKind says what an Event tells.
type EventKind = watch.Kind

// The kinds of events.
const (
	// Chosen tells the entry that Key holds from now on: Rev, Prev, Value and Ties
	// are its. Every earlier one is over.
	Chosen = watch.Chosen
	// Erased tells that the entry of Rev, and all before it, are over, and that Key
	// holds nothing.
	Erased = watch.Erased
	// Missed tells that events were left out. With a Key they were of that key, and
	// the event that follows tells how it stands. Without one they were of any: what
	// was told before counts no more, and all that holds is told anew, up to Current.
	Missed = watch.Missed
	// Behind tells that this node lost the connection to a member: what is chosen
	// may be told late from now on, up to Current.
	Behind = watch.Behind
	// Current tells that nothing is owed: all that was chosen before the watch began,
	// before the last Missed without a Key, and before the last Behind, has been told.
	Current = watch.Current
)

// Ties are what a key lives as long as.
type Ties = host.Ties

// Event is what a watch tells.
type Event struct {
	Kind EventKind
	// Key of Chosen and Erased, and of Missed where it is about one key.
	Key any
	// Rev is that of the entry that was chosen, or is over. In events of one key it
	// never falls.
	Rev Rev
	// Prev names what a chosen entry replaced: the one before, or the mark of its
	// erasure; zero where there was nothing, or nothing any more.
	Prev Rev
	// Value is the chosen value, decoded, and Raw the same as it was put.
	Value any
	Raw   term.Raw
	Ties  Ties
}

// Watch tells of a key: what it holds first, then each change, until ctx ends.
// The channel is closed then, and also when the store stops on this node. A
// receiver that is slow holds up nobody: it is told Missed.
//
// Nothing is told before a quorum of members has answered. On a member an event
// comes as soon as the node learns of it, elsewhere within about a tenth of a
// second. Errors: ErrBadTerm, ErrUnknownBucket, ErrClosed.
func Watch(ctx context.Context, key any, opts ...Option) (<-chan Event, error) {
	return follow(ctx, opts, func(b *host.Bucket) (*host.Subscription, error) { return b.Watch(key) })
}

// WatchBucket is Watch for all keys of a bucket: what they hold, in no order,
// then Current, then each change. Errors: ErrUnknownBucket, ErrClosed.
func WatchBucket(ctx context.Context, opts ...Option) (<-chan Event, error) {
	return follow(ctx, opts, func(b *host.Bucket) (*host.Subscription, error) { return b.WatchAll(), nil })
}

func follow(ctx context.Context, opts []Option,
	subscribe func(*host.Bucket) (*host.Subscription, error)) (<-chan Event, error) {
	b, err := collect(opts).findBucket()
	if err != nil {
		return nil, err
	}
	s, err := subscribe(b)
	if err != nil {
		return nil, err
	}
	events := make(chan Event)
	go func() {
		defer close(events)
		defer s.Close()
		for {
			c, err := s.Next(ctx)
			if err != nil {
				return
			}
			select {
			case events <- event(c):
			case <-ctx.Done():
				return
			}
		}
	}()
	return events, nil
}

// event decodes a change. What cannot be decoded is left out; a value is in Raw
// all the same.
func event(c host.Change) Event {
	e := Event{Kind: c.Kind, Rev: c.Rev}
	if len(c.Key) > 0 {
		e.Key, _ = term.Decode(c.Key)
	}
	if c.Kind == Chosen {
		e.fill(c.Entry)
	}
	return e
}

func (e *Event) fill(x *paxos.Entry) {
	e.Prev, e.Raw, e.Ties = x.Prev, term.Raw(x.Value), host.TiesOf(x.Guards)
	e.Value, _ = term.Decode(e.Raw)
}
