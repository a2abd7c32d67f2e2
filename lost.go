package paxoskv

import "context"

// Lost tells the owner of an entry, the Rev of a Put, as soon as this node cannot
// vouch for it any more. One error comes on the channel, which is closed then:
//
//   - ErrErased: the entry is over, or its deadline has passed on this node's clock;
//   - ErrNoQuorum: so few members vouch for what the entry is tied to that others
//     may erase it from now on. It may hold all the same: Get tells, later;
//   - ErrClosed: the store has stopped on this node;
//   - the cause of ctx, when that ends first;
//   - ErrBadTerm or ErrUnknownBucket, at once.
//
// It is to be called on the node that the key is tied to, right after the Put. If
// the network then falls silent, it comes before another can have the key. Where
// connections are broken off, where the node is paused, or where members are
// restarted at the same time, nobody can promise that: hand the Rev along, and have
// what the key protects refuse lower ones. An entry that is tied to nothing is never
// lost. docs/erasure.md has the bounds.
func Lost(ctx context.Context, key any, rev Rev, opts ...Option) <-chan error {
	lost := make(chan error, 1)
	go func() {
		defer close(lost)
		b, err := collect(opts).findBucket()
		if err == nil {
			err = b.Lost(ctx, key, rev)
		}
		lost <- err
	}()
	return lost
}
