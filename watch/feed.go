package watch

import (
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// Feed is what one node knows of the watched keys of one bucket.
type Feed struct {
	// life is what the members are asked as, and answer to.
	life   paxos.NodeID
	prefix paxos.Key
	// final looks up an entry without guards, which never changes.
	final func(paxos.Key) *paxos.Entry
	cfg   *paxos.Config

	// wide are the subscribers to all keys, narrow those to one, by key.
	wide   map[*Subscriber]struct{}
	narrow map[paxos.Key]map[*Subscriber]struct{}

	// known is by slot. Where all keys are watched it holds what was told of each,
	// and a key that it does not hold, once all were listed, holds nothing.
	known [paxos.Slots]map[paxos.Key]known
	// floor is what is known, unsurely, of the keys of a slot that are not in known.
	floor [paxos.Slots]*paxos.Entry
	// stones are erased keys in the order in which they were, to be forgotten.
	stones []paxos.Key

	polling
	refreshing
	doubts map[paxos.Key][]doubt
	// eyes waits, as a subscriber that is told nothing, for what a member cannot tell
	// of the past to be of no concern any more.
	eyes *Subscriber
}

// stonesMost is how many erased keys are remembered.
const stonesMost = 1 << 15

// Output is what a step asks its caller to do.
type Output struct {
	// Messages are to be sent; they may be lost, doubled and reordered.
	Messages []paxos.Envelope
	// Refresh are keys to be read by a get; Refreshed takes the result.
	Refresh []Refresh
}

// New is the feed of a life of a node for the keys that begin with prefix.
func New(life paxos.NodeID, prefix paxos.Key, final func(paxos.Key) *paxos.Entry) *Feed {
	return &Feed{life: life, prefix: prefix, final: final, cfg: &paxos.Config{},
		wide: make(map[*Subscriber]struct{}), narrow: make(map[paxos.Key]map[*Subscriber]struct{}),
		polling:    polling{readers: make(map[paxos.NodeID]*reader)},
		refreshing: refreshing{pending: make(map[paxos.Key]*pending)}, doubts: make(map[paxos.Key][]doubt),
		eyes: &Subscriber{slot: waiting}}
}

// Adopt takes the configuration of the node. In another cluster revs begin anew,
// so all that was told counts no more.
func (f *Feed) Adopt(cfg *paxos.Config) {
	if cfg.Cluster == f.cfg.Cluster && cfg.Epoch <= f.cfg.Epoch {
		return
	}
	another := cfg.Cluster != f.cfg.Cluster && f.cfg.Cluster != 0
	f.cfg = cfg
	f.adoptReaders()
	if another {
		f.forget()
		f.each(func(s *Subscriber) { s.restart(f) })
	}
}

// forget forgets all that was known.
func (f *Feed) forget() {
	clear(f.known[:])
	clear(f.floor[:])
	f.stones = nil
	f.readers = make(map[paxos.NodeID]*reader)
	f.refreshing = refreshing{pending: make(map[paxos.Key]*pending), serial: f.serial}
	clear(f.doubts)
	f.listed, f.awaiting.round, f.awaiting.keys = false, 0, nil
}

func (f *Feed) each(do func(*Subscriber)) {
	for s := range f.wide {
		do(s)
	}
	for _, subs := range f.narrow {
		for s := range subs {
			do(s)
		}
	}
}

// watched says whether anybody wants to know of a key.
func (f *Feed) watched(key paxos.Key) bool { return len(f.wide) > 0 || len(f.narrow[key]) > 0 }

// Learn takes an entry that was chosen.
func (f *Feed) Learn(l paxos.Learned, out *Output) {
	if l.Cluster == f.cfg.Cluster && f.watched(l.Key) {
		f.learn(l.Key, l.Entry, false)
		f.start(out)
	}
}

// learn takes an entry that was chosen; sure says that it is no old one.
func (f *Feed) learn(key paxos.Key, e *paxos.Entry, sure bool) {
	k, tracked := f.look(key)
	switch {
	case !k.rev().Less(e.Rev):
		return
	case !sure && e.Rev.Less(k.floor()) && (e.Prev.IsZero() || e.Prev != k.rev()):
		f.refresh(key).forced = true
		return
	}
	missed := tracked && f.gap(key, k, e)
	f.set(key, known{entry: e})
	switch {
	case !e.Tombstone:
		f.tell(key, missed, Event{Kind: Chosen, Key: key, Rev: e.Rev, Entry: e})
	case k.live() || k.rev().Less(e.Prev):
		f.tell(key, missed, Event{Kind: Erased, Key: key, Rev: e.Prev})
	}
}

// gap says whether an entry between what was told and e was left out. What e
// replaced and was not told counts, though it may have been over before anybody
// asked: it may as well have come since.
func (f *Feed) gap(key paxos.Key, k known, e *paxos.Entry) bool {
	switch {
	case e.Prev == k.rev():
		return false
	case e.Prev.IsZero() && !k.live():
		return f.doubt(key, k.rev(), e.Rev)
	}
	return true
}

// absent takes the result of a get that found nothing, not even a tombstone. Of
// what was heard of and not told, some may have come and gone.
func (f *Feed) absent(key paxos.Key, p *pending, floor paxos.Rev) {
	k, tracked := f.look(key)
	if k.rev() != p.rev {
		return // learned since the get began
	}
	f.set(key, known{unsure: true,
		entry: &paxos.Entry{Tombstone: true, Prev: k.rev(), Rev: maxRev(k.floor(), floor)}})
	came := slices.ContainsFunc(p.came, func(r paxos.Rev) bool { return k.rev().Less(r) })
	missed := tracked && (came || k.live() && p.forced)
	if k.live() || missed {
		f.tell(key, missed, Event{Kind: Erased, Key: key, Rev: k.rev()})
	}
}

// look returns what is known of a key, and whether what was chosen before now
// would be known.
func (f *Feed) look(key paxos.Key) (k known, tracked bool) {
	i := paxos.SlotOf(key)
	if k, ok := f.known[i][key]; ok {
		return k, true
	}
	return known{entry: f.floor[i], unsure: true}, f.listed && len(f.wide) > 0
}

func (f *Feed) set(key paxos.Key, k known) {
	i := paxos.SlotOf(key)
	if f.known[i] == nil {
		f.known[i] = make(map[paxos.Key]known)
	}
	f.known[i][key] = k
	if !k.live() {
		f.bury(key)
	}
}

// bury notes that a key was erased, and forgets the one that was so the longest.
func (f *Feed) bury(key paxos.Key) {
	f.stones = append(f.stones, key)
	if len(f.stones) <= stonesMost {
		return
	}
	old := f.stones[0]
	f.stones = f.stones[1:]
	i := paxos.SlotOf(old)
	if k, ok := f.known[i][old]; ok && !k.live() && len(f.narrow[old]) == 0 {
		f.raise(i, k.past())
		delete(f.known[i], old)
	}
}

// raise raises the floor of a slot.
func (f *Feed) raise(slot int, floor paxos.Rev) {
	if e := f.floor[slot]; !floor.IsZero() && (e == nil || e.Rev.Less(floor)) {
		f.floor[slot] = &paxos.Entry{Tombstone: true, Rev: floor}
	}
}

// tell tells an event to all whom it concerns, and before it that some were
// missed.
func (f *Feed) tell(key paxos.Key, missed bool, e Event) {
	slot := paxos.SlotOf(key)
	for s := range f.wide {
		s.tell(f, slot, missed, e)
	}
	for s := range f.narrow[key] {
		s.tell(f, slot, missed, e)
	}
}

func maxRev(a, b paxos.Rev) paxos.Rev {
	if a.Less(b) {
		return b
	}
	return a
}
