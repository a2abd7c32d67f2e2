package watch

import (
	"fmt"
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// truth is what was chosen, as one who sees every vote knows.
type truth struct {
	entries map[vote]*paxos.Entry
	votes   map[vote]map[paxos.NodeID]struct{}
	chosen  map[paxos.Key][]choice // by rev
	now     func() int64
}

type vote struct {
	cluster paxos.ClusterID
	epoch   paxos.Epoch
	key     paxos.Key
	ballot  paxos.Ballot
}

type choice struct {
	entry *paxos.Entry
	at    int64
}

func (t *truth) init() {
	t.entries = make(map[vote]*paxos.Entry)
	t.votes = make(map[vote]map[paxos.NodeID]struct{})
	t.chosen = make(map[paxos.Key][]choice)
}

// sent takes a message that a node sends.
func (t *truth) sent(m paxos.Envelope, cfg *paxos.Config) {
	switch b := m.Body.(type) {
	case paxos.Accept:
		t.entries[vote{m.Cluster, m.Epoch, b.Key, b.Ballot}] = b.Entry
	case paxos.Accepted:
		v := vote{m.Cluster, m.Epoch, b.Key, b.Ballot}
		if t.votes[v] == nil {
			t.votes[v] = make(map[paxos.NodeID]struct{})
		}
		t.votes[v][m.From] = struct{}{}
		if len(t.votes[v]) == cfg.Quorum() {
			t.choose(b.Key, t.entries[v])
		}
	}
}

func (t *truth) choose(key paxos.Key, e *paxos.Entry) {
	i, known := slices.BinarySearchFunc(t.chosen[key], e.Rev, func(c choice, r paxos.Rev) int { return c.entry.Rev.Compare(r) })
	if !known {
		t.chosen[key] = slices.Insert(t.chosen[key], i, choice{e, t.now()})
	}
}

// last is the newest entry of key that was chosen at a time.
func (t *truth) last(key paxos.Key, at int64) (e *paxos.Entry) {
	for _, c := range t.chosen[key] {
		if c.at <= at {
			e = c.entry
		}
	}
	return e
}

func (t *truth) has(key paxos.Key, rev paxos.Rev) *paxos.Entry {
	for _, c := range t.chosen[key] {
		if c.entry.Rev == rev {
			return c.entry
		}
	}
	return nil
}

// between counts the live entries that were chosen between two revs.
func (t *truth) between(key paxos.Key, a, b paxos.Rev) (n int) {
	for _, c := range t.chosen[key] {
		if c.entry.Live() && a.Less(c.entry.Rev) && c.entry.Rev.Less(b) {
			n++
		}
	}
	return n
}

// consumer takes what a subscriber is told, and checks it.
type consumer struct {
	n    *node
	s    *Subscriber
	key  paxos.Key // empty for all
	slow int       // in percent
	// view is what it believes, told the newest rev that it was told of.
	view map[paxos.Key]*paxos.Entry
	told map[paxos.Key]paxos.Rev
	// since are the keys of which it has been told all after base: it was current,
	// and then nothing missed.
	since   map[paxos.Key]bool
	base    map[paxos.Key]paxos.Rev
	current bool
	events  map[Kind]int
	// awaits is when it began to wait to be current.
	awaits int64
	last   map[paxos.Key]Kind
	// owed are the signs that something was left out, which may come late.
	owed map[paxos.Key]string
}

func (n *node) consume(key paxos.Key, most, slow int) *consumer {
	c := &consumer{n: n, s: n.f.Subscribe(key, most), key: key, slow: slow, view: make(map[paxos.Key]*paxos.Entry),
		told: make(map[paxos.Key]paxos.Rev), since: make(map[paxos.Key]bool), base: make(map[paxos.Key]paxos.Rev), events: make(map[Kind]int),
		awaits: n.w.now, last: make(map[paxos.Key]Kind), owed: make(map[paxos.Key]string)}
	n.consumers = append(n.consumers, c)
	return c
}

func (c *consumer) take() {
	if c.n.w.chance(c.slow) {
		return
	}
	for _, e := range c.n.f.Take(c.s, 1+c.n.w.rng.IntN(5)) {
		c.events[e.Kind]++
		c.check(e)
	}
}

func (c *consumer) check(e Event) {
	w := c.n.w
	switch e.Kind {
	case Chosen:
		t := w.truth.has(e.Key, e.Rev)
		if t == nil || t.Value != e.Entry.Value || t.Tombstone {
			w.wrong("%s told %v of %s, which was not chosen", c.n.id, e.Entry, e.Key)
		}
		c.order(e, e.Rev)
		c.view[e.Key] = e.Entry
	case Erased:
		last := w.truth.last(e.Key, w.now)
		if !e.Rev.IsZero() && (last == nil || last.Live() && !e.Rev.Less(last.Rev) || last.Rev.Less(e.Rev)) {
			w.wrong("%s told that %v of %s is over, which it is not", c.n.id, e.Rev, e.Key)
		}
		c.order(e, e.Rev)
		delete(c.view, e.Key)
	case Missed:
		if e.Key == "" {
			clear(c.view)
			clear(c.since)
			clear(c.owed)
			c.current = false
		}
		c.since[e.Key] = false
		delete(c.owed, e.Key)
		delete(c.view, e.Key)
	case Behind:
		c.current = false
	case Current:
		c.atCurrent()
	}
}

// order checks that the revs of a key only grow, and that none is left out
// without a sign.
func (c *consumer) order(e Event, rev paxos.Rev) {
	w, last := c.n.w, c.told[e.Key]
	again := rev == last && (e.Kind == Erased && c.last[e.Key] == Chosen || e.Kind == c.last[e.Key] && !c.since[e.Key])
	unknown := e.Kind == Erased && rev.IsZero() && last.IsZero()
	if !last.Less(rev) && !again && !unknown {
		w.wrong("%s told %v of rev %v of %s after %v", c.n.id, e.Kind, rev, e.Key, last)
	}
	if c.since[e.Key] {
		skipped := w.truth.between(e.Key, maxRev(last, c.base[e.Key]), rev)
		if e.Kind == Erased && maxRev(last, c.base[e.Key]).Less(rev) {
			skipped++
		}
		if skipped > 0 {
			c.owed[e.Key] = fmt.Sprintf("at %d %s told %v of rev %v of %s after %v, %d left out without a sign",
				w.now, c.n.id, e.Kind, rev, e.Key, last, skipped)
		}
	}
	if now := w.truth.last(e.Key, w.now); !c.since[e.Key] && now != nil {
		c.base[e.Key] = now.Rev // what came and went before was missed, as it was told
	}
	c.told[e.Key], c.last[e.Key], c.since[e.Key] = rev, e.Kind, true
}

// atCurrent checks that what was chosen before the consumer began to wait has
// been told.
func (c *consumer) atCurrent() {
	c.current = true
	w := c.n.w
	for _, key := range w.keys {
		if c.key != "" && c.key != key {
			continue
		}
		c.since[key] = true
		if now := w.truth.last(key, w.now); now != nil {
			c.base[key] = now.Rev // what came and went before is no concern of it
		}
		last := w.truth.last(key, c.awaits)
		if last == nil {
			continue
		}
		v := c.view[key]
		switch {
		case v != nil && v.Rev.Less(last.Rev):
			w.wrong("%s is current with %v of %s, where %v was chosen before", c.n.id, v, key, last)
		case v == nil && last.Live():
			if now := w.truth.last(key, w.now); now == last {
				w.wrong("%s is current without %v of %s", c.n.id, last, key)
			}
		}
	}
}

// final checks that the consumer knows the last state of all.
func (c *consumer) final() {
	w := c.n.w
	if !c.current {
		w.wrong("%s is not current at the end: %+v", c.n.id, c.s)
	}
	for _, fault := range c.owed {
		w.wrong("%s", fault)
	}
	for _, key := range w.keys {
		if c.key != "" && c.key != key {
			continue
		}
		last, v := w.truth.last(key, w.now), c.view[key]
		if last.Live() != (v != nil) || v != nil && v.Rev != last.Rev {
			w.wrong("%s believes in %v of %s at the end, where %v holds", c.n.id, v, key, last)
		}
	}
}
