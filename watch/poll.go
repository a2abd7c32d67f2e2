package watch

import (
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// Pauses, in milliseconds.
const (
	// seated is how often a member looks at what the others hold: it hears of most
	// that is chosen at once. unseated is the same for a node without a seat, which
	// hears of nothing in another way.
	seated, unseated = 1000, 100
	// patience is how long an answer may take before the question is put again.
	patience = 1000
)

// onlyMost is how many keys a request names; where more are watched, it asks for
// all that has changed.
const onlyMost = 16

// polling is the reading of what the members hold, in rounds.
type polling struct {
	round   uint64
	polled  int64 // when the last round began
	urgent  bool
	readers map[paxos.NodeID]*reader
	// listed says that a quorum has listed all keys since all are watched.
	listed   bool
	awaiting awaiting
	// settled is the last complete round that doubts were looked at for.
	settled uint64
}

// reader is how far one member was read.
type reader struct {
	cursor paxos.Cursor
	// asked is the round of the question under way, 0 when there is none.
	asked   uint64
	askedAt int64
	// complete is the last round in which it was read to the end.
	complete uint64
	// holds are the keys of which it holds something newer than was told, as far as it
	// was read: a get that found less came too early, or it was never chosen.
	holds map[paxos.Key]paxos.Rev
}

// Tick does what is due: now is in milliseconds of a clock that only goes
// forward, up the members that are connected, this node included if it is one.
func (f *Feed) Tick(now int64, up []paxos.NodeID, out *Output) {
	f.queue = append(f.queue, f.failed...)
	f.failed = nil
	every := int64(unseated)
	if slices.ContainsFunc(f.cfg.Seats, func(s paxos.Seat) bool { return s.Node.Name == f.life.Name }) {
		every = seated
	}
	if f.urgent || now-f.polled >= every {
		f.urgent, f.polled = false, now
		f.round++
	}
	for _, n := range f.cfg.Members() {
		if !slices.Contains(up, n) {
			continue
		}
		r := f.readers[n]
		if r == nil {
			r = &reader{}
			f.readers[n] = r
		}
		idle := r.asked == 0 && r.complete < f.round
		if idle || r.asked != 0 && now-r.askedAt >= patience {
			f.ask(now, n, r, out)
		}
	}
	f.advance()
	f.start(out)
}

func (f *Feed) ask(now int64, n paxos.NodeID, r *reader, out *Output) {
	r.asked, r.askedAt = f.round, now
	out.Messages = append(out.Messages, paxos.Envelope{From: f.life, To: n, Cluster: f.cfg.Cluster, Epoch: f.cfg.Epoch,
		Body: paxos.InventoryRequest{Round: f.round, Prefix: f.prefix, Only: f.only(), From: r.cursor}})
}

// only lists the watched keys, where they are few.
func (f *Feed) only() []paxos.Key {
	if len(f.wide) > 0 || len(f.narrow) > onlyMost {
		return nil
	}
	var keys []paxos.Key
	for key := range f.narrow {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Read takes the answer of a member.
func (f *Feed) Read(now int64, env paxos.Envelope, out *Output) {
	inv, ok := env.Body.(paxos.Inventory)
	r := f.readers[env.From]
	if !ok || r == nil || env.To != f.life || env.Cluster != f.cfg.Cluster || env.Epoch != f.cfg.Epoch ||
		r.asked == 0 || inv.Round != r.asked || inv.From != r.cursor {
		return
	}
	r.cursor, r.asked = inv.Next, 0
	switch {
	case inv.Next.Log != inv.From.Log || inv.Next.Slot < inv.From.Slot:
		f.startOver(r)
	default:
		f.hints(r, inv)
	}
	switch {
	case !inv.End:
		f.ask(now, env.From, r, out)
	case inv.Round < f.round:
		r.complete = inv.Round
		f.ask(now, env.From, r, out)
	default:
		r.complete = inv.Round
	}
	f.advance()
	f.start(out)
}

// startOver: the member lists all keys, or where only some are watched, they are
// read, since changes of them may have passed unseen.
func (f *Feed) startOver(r *reader) {
	f.unread()
	r.holds = nil
	if len(f.wide) > 0 {
		return
	}
	r.cursor.Slot = paxos.Slots
	for key := range f.narrow {
		f.refresh(key).forced = true
	}
}

// hints takes what a member tells. That it holds nothing counts only where that
// came last.
func (f *Feed) hints(r *reader, inv paxos.Inventory) {
	last := make(map[paxos.Key]int, len(inv.Held))
	for i, h := range inv.Held {
		last[h.Key] = i
	}
	if inv.From.Slot < paxos.Slots {
		f.unlisted(inv, last)
	}
	for i, h := range inv.Held {
		if !h.Rev.IsZero() || last[h.Key] == i {
			f.hint(r, h)
		}
	}
}

// hint takes what a member held for a key, or that it holds nothing now.
func (f *Feed) hint(r *reader, h paxos.HeldRev) {
	delete(r.holds, h.Key)
	if !f.watched(h.Key) {
		return
	}
	k, _ := f.look(h.Key)
	if h.Rev.IsZero() {
		if k.live() {
			f.refresh(h.Key).forced = true
		}
		return
	}
	if !k.rev().Less(h.Rev) {
		f.confirm(h)
		return
	}
	if e := f.final(h.Key); e != nil && !e.Rev.Less(h.Rev) {
		f.learn(h.Key, e, true)
		return
	}
	if r.holds == nil {
		r.holds = make(map[paxos.Key]paxos.Rev)
	}
	r.holds[h.Key] = h.Rev
	p := f.refresh(h.Key)
	p.last = maxRev(p.last, h.Rev)
	if !h.Tombstone && !slices.Contains(p.came, h.Rev) {
		p.came = append(p.came, h.Rev)
	}
}

// unlisted takes note of what a page of the list of a member does not hold: that
// may have been erased.
func (f *Feed) unlisted(inv paxos.Inventory, held map[paxos.Key]int) {
	for i := inv.From.Slot; i <= inv.Next.Slot && i < paxos.Slots; i++ {
		f.raise(i, inv.Floor)
		for key, k := range f.known[i] {
			_, holds := held[key]
			if k.live() && !holds && within(key, i, inv) {
				f.refresh(key).forced = true
			}
		}
	}
}

// within says whether a page covers a key of a slot.
func within(key paxos.Key, slot int, inv paxos.Inventory) bool {
	return (slot > inv.From.Slot || key > inv.From.After) && (slot < inv.Next.Slot || key <= inv.Next.After)
}

// adoptReaders begins a new epoch: answers of two do not add up.
func (f *Feed) adoptReaders() {
	for n, r := range f.readers {
		if !f.cfg.Has(n) {
			delete(f.readers, n)
			continue
		}
		r.asked, r.complete = 0, 0
	}
	f.urgent = true
}

// Lost takes note that the connection to a node is lost.
func (f *Feed) Lost(name string) {
	for _, s := range f.cfg.Seats {
		if s.Node.Name == name {
			if r := f.readers[s.Node]; r != nil {
				r.asked = 0
			}
			f.FallBehind()
			return
		}
	}
}

// FallBehind tells everybody that the node may not hear of what is chosen.
func (f *Feed) FallBehind() { f.each(func(s *Subscriber) { s.fallBehind(f) }) }

// completed is the last round in which a quorum was read to the end.
func (f *Feed) completed() uint64 {
	var rounds []uint64
	for _, r := range f.readers {
		rounds = append(rounds, r.complete)
	}
	slices.Sort(rounds)
	q := f.cfg.Quorum()
	if f.cfg.Epoch == 0 || len(rounds) < q {
		return 0
	}
	return rounds[len(rounds)-q]
}
