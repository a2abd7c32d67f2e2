package sim

import (
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// chain lists what was chosen for a key, by ballot.
type chain struct {
	links []link
	// revs is when each rev was first chosen.
	revs map[paxos.Rev]int64
}

type link struct {
	ballot paxos.Ballot
	entry  *paxos.Entry
	at     int64
}

// choose enters a ballot that was chosen, and checks it against its neighbours:
// a later ballot has the same entry, or one that came to its place by a chain of
// erasures; and a rev that was followed by another does not come back.
func (x *witness) choose(k chainOf, b paxos.Ballot) {
	e := x.entries[keyBallot{k.key, b}]
	if e == nil {
		x.w.fail("a vote for nothing", "%s of %s", b, k.key)
		return
	}
	c := x.chains[k]
	if c == nil {
		c = &chain{revs: make(map[paxos.Rev]int64)}
		x.chains[k] = c
	}
	i, ok := slices.BinarySearchFunc(c.links, b, func(l link, b paxos.Ballot) int { return l.ballot.Compare(b) })
	if ok {
		return // in two epochs: the rounds of one ballot stay in one, so this was seen
	}
	x.w.tracef("chosen for %s: %s at %s", k.key, e, b)
	c.links = slices.Insert(c.links, i, link{b, e, x.w.now})
	if _, ok := c.revs[e.Rev]; !ok {
		c.revs[e.Rev] = x.w.now
		if e.Tombstone {
			x.w.stats.Erasures++
		}
	}
	if i > 0 {
		x.follows(k, c.links[i-1], c.links[i])
	}
	if i+1 < len(c.links) {
		x.follows(k, c.links[i], c.links[i+1])
	}
}

func (x *witness) follows(k chainOf, a, b link) {
	if a.entry.Rev == b.entry.Rev || x.reaches(k, b.entry, a.entry.Rev) {
		return
	}
	if a.entry.Tombstone && x.collected[k][a.entry.Rev] && a.entry.Rev.Less(b.entry.Rev) {
		return
	}
	x.w.fail("agreement", "%s was chosen for %s at %s, and then %s at %s", a.entry, k.key, a.ballot, b.entry, b.ballot)
}

// reaches says whether e came to the place of rev through entries that each
// replaced the one before.
func (x *witness) reaches(k chainOf, e *paxos.Entry, rev paxos.Rev) bool {
	for e != nil && rev.Less(e.Rev) {
		if e.Prev == rev {
			return true
		}
		prev := e.Prev
		e = x.entries[keyBallot{k.key, prev}]
		if e == nil || !prev.Less(e.Rev) && e.Rev != prev {
			return false
		}
		if e.Tombstone && x.collected[k][e.Rev] {
			return true
		}
	}
	return false
}

func (x *witness) isChosen(k chainOf, b paxos.Ballot) bool {
	c := x.chains[k]
	if c == nil {
		return false
	}
	_, ok := slices.BinarySearchFunc(c.links, b, func(l link, b paxos.Ballot) int { return l.ballot.Compare(b) })
	return ok
}

// revChosen says whether an entry was chosen; what another entry replaced, that
// was chosen, counts: it cannot be in the way any more, and was chosen if that
// says so.
func (x *witness) revChosen(k chainOf, rev paxos.Rev) bool {
	c := x.chains[k]
	if c == nil {
		return false
	}
	if _, ok := c.revs[rev]; ok {
		return true
	}
	return slices.ContainsFunc(c.links, func(l link) bool { return l.entry.Prev == rev })
}

// last is what stands for a key.
func (x *witness) last(k chainOf) *link {
	if c := x.chains[k]; c != nil && len(c.links) > 0 {
		return &c.links[len(c.links)-1]
	}
	return nil
}

// replacedSince is since when a later entry than rev is chosen, in any cluster.
func (x *witness) replacedSince(key paxos.Key, rev paxos.Rev) int64 {
	at := int64(neverAt)
	for k, c := range x.chains {
		if k.key != key {
			continue
		}
		for r, t := range c.revs {
			if rev.Less(r) {
				at = min(at, t)
			}
		}
	}
	return at
}
