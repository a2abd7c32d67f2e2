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
			f.reread(round)
			a.round, a.keys = round, make(map[paxos.Key]struct{}, len(f.pending))
			for key := range maps.Keys(f.pending) {
				a.keys[key] = struct{}{}
			}
			f.release()
			return
		}
	}
}

// reread has read, for those who wait for a round, what may have been chosen since
// it was read last without a word of it: a key that one watches, and for those who
// watch all what a member holds that was not told.
func (f *Feed) reread(round uint64) {
	var latest uint64
	for s := range f.awaiting.subscribers {
		if s.wants > round || s == f.eyes {
			continue
		}
		latest = max(latest, s.since)
		if !s.wide {
			f.readSince(s.since, s.key)
		}
	}
	if len(f.wide) == 0 {
		return
	}
	for _, r := range f.readers {
		for key := range r.holds {
			f.readSince(latest, key)
		}
	}
}

// readSince has a key read by a get that begins after the one with a serial.
func (f *Feed) readSince(serial uint64, key paxos.Key) {
	if p := f.pending[key]; p == nil || p.serial != 0 && p.serial <= serial {
		f.refresh(key).forced = true
	}
}

// told forgets of a key what members hold and was told by now.
func (f *Feed) told(key paxos.Key) {
	k, _ := f.look(key)
	for _, r := range f.readers {
		if rev, holds := r.holds[key]; holds && !k.rev().Less(rev) {
			delete(r.holds, key)
		}
	}
}

// done takes note that a key was refreshed.
func (f *Feed) done(key paxos.Key) {
	f.told(key)
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
