package watch

import "github.com/paxoskv/paxoskv/paxos"

// doubt is about an entry that names none before it: the tombstone of that was
// collected. Whether it is that of the last entry told, or of one that came and
// went in between, is known when a quorum has told what it accepted by then.
type doubt struct {
	from, to paxos.Rev
	// round has to be complete for that.
	round uint64
}

// doubt takes note of a doubt, and says whether it is certain already that an
// entry between two revs was left out.
func (f *Feed) doubt(key paxos.Key, from, to paxos.Rev) bool {
	if f.blind() || f.pending[key].between(from, to) {
		return true
	}
	f.doubts[key] = append(f.doubts[key], doubt{from, to, f.round + 1})
	return false
}

// confirm takes what a member accepted, and tells that events were missed where
// that was in doubt.
func (f *Feed) confirm(h paxos.HeldRev) {
	for _, d := range f.doubts[h.Key] {
		if h.Tombstone || !d.from.Less(h.Rev) || !h.Rev.Less(d.to) {
			continue
		}
		f.leftOut(h.Key)
		return
	}
}

// leftOut tells that an entry of a key was left out, and how the key stands.
func (f *Feed) leftOut(key paxos.Key) {
	delete(f.doubts, key)
	e := Event{Kind: Erased, Key: key}
	if k, _ := f.look(key); k.live() {
		e.Kind, e.Rev, e.Entry = Chosen, k.rev(), k.entry
	} else {
		e.Rev = k.rev()
	}
	f.tell(key, true, e)
}

// unread takes note that a member does not know any more, or not yet, what it
// accepted up to now: what is in doubt, or will be until all that was chosen by
// now is known, counts as left out.
func (f *Feed) unread() {
	f.eyes.await(f)
	for key := range f.doubts {
		f.leftOut(key)
	}
}

// blind says whether what was accepted since a key was told may have gone unread.
func (f *Feed) blind() bool {
	_, waits := f.awaiting.subscribers[f.eyes]
	return waits
}

// settle drops the doubts that a complete round did not confirm.
func (f *Feed) settle(round uint64) {
	if round == f.settled {
		return
	}
	f.settled = round
	for key, ds := range f.doubts {
		if ds[len(ds)-1].round <= round {
			delete(f.doubts, key)
		}
	}
}
