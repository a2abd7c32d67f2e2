package host

import "sync/atomic"

// Stats counts what happens on a node, in one place. All are totals since the
// node's start, but for those that say otherwise.
type Stats struct {
	Puts, Gets                       atomic.Uint64 // requests
	Memory                           atomic.Uint64 // answered from memory, without a message
	Rounds                           atomic.Uint64 // prepares sent out by this node, one for each round
	Nacks                            atomic.Uint64 // refusals received, because a higher ballot was promised
	NoQuorum, Indeterminate, Timeout atomic.Uint64 // requests that ended so
	Busy                             atomic.Uint64 // requests refused because too much was under way
	Erased, Collected                atomic.Uint64 // tombstones learned, and collects sent
	FramesIn, FramesOut              atomic.Uint64
	MessagesIn, MessagesOut          atomic.Uint64
	BytesIn, BytesOut                atomic.Uint64
	Dropped                          atomic.Uint64 // messages that found an outbox full or a peer away
	BadFrames                        atomic.Uint64
	Commits, Writes                  atomic.Uint64 // batches that the disk has taken, and what they held
	Downs, Sweeps                    atomic.Uint64 // guards seen to be gone, and how often the watcher looked again
	// Watched is how many processes the watcher looks after now, and Monitors how
	// many monitors it has.
	Watched, Monitors atomic.Uint64
}
