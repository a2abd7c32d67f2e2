package watch

import (
	"maps"

	"github.com/paxoskv/paxoskv/paxos"
)

// awaiting are the subscribers that wait to be current: first for a round of
// reading that began after they were added, then for the keys that are to be
// refreshed by then.
type awaiting struct {
	subscribers map[*Subscriber]struct{}
	// round is the one that is complete while keys are waited for, 0 otherwise.
	round uint64
	keys  map[paxos.Key]struct{}
}

func (a *awaiting) add(s *Subscriber) {
	if a.subscribers == nil {
		a.subscribers = make(map[*Subscriber]struct{})
	}
	a.subscribers[s] = struct{}{}
}

func (a *awaiting) drop(s *Subscriber) { delete(a.subscribers, s) }

// advance looks whether a round is complete that somebody waits for.
func (f *Feed) advance() {
	a := &f.awaiting
	round := f.completed()
	f.settle(round)
	if a.round != 0 || len(a.subscribers) == 0 {
		return
	}
	for s := range a.subscribers {
		if s.wants <= round {
			a.round, a.keys = round, make(map[paxos.Key]struct{}, len(f.pending))
			for key := range maps.Keys(f.pending) {
				a.keys[key] = struct{}{}
			}
			f.release()
			return
		}
	}
}

// done takes note that a key was refreshed.
func (f *Feed) done(key paxos.Key) {
	if a := &f.awaiting; a.round != 0 {
		delete(a.keys, key)
		f.release()
	}
}

// release lets those go on whose wait is over.
func (f *Feed) release() {
	a := &f.awaiting
	if len(a.keys) > 0 {
		return
	}
	f.listed = f.listed || len(f.wide) > 0
	for s := range a.subscribers {
		if s.wants <= a.round {
			a.drop(s)
			s.begin()
		}
	}
	a.round, a.keys = 0, nil
	f.advance()
}
