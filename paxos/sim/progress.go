package sim

import (
	"fmt"

	"github.com/paxoskv/paxoskv/paxos"
)

// bound is how long anything may take once all has healed, in simulated
// milliseconds: some thousand message delays.
const bound = 30_000

// await lets time pass until ok holds, for at most so many milliseconds.
func (w *world) await(ms int64, ok func() bool) bool {
	for end := w.now + ms; w.now < end && w.violation == nil; {
		if ok() {
			return true
		}
		w.runUntil(w.now + 10)
	}
	return false
}

// heal ends the faults: every link is open, every node runs, and no message is
// lost any more. Clocks stay as they are.
func (w *world) heal() {
	w.tracef("all heals")
	w.faulty = false
	for i, h := range w.hosts {
		for j := range w.hosts {
			w.open[i][j] = true
		}
		switch l := h.life; {
		case l == nil:
			w.restart(h, 0)
		case l.paused:
			l.resume()
		}
	}
}

// demandProgress waits for all that must come about now.
func (w *world) demandProgress() {
	began := w.now
	if !w.opt.Bound {
		w.restartStrangers()
	}
	var undone reason
	done := func() bool {
		undone = w.undone()
		return undone == nil
	}
	ok := w.await(bound, done)
	if !ok && !w.opt.Bound && w.clusters() > 1 {
		w.restartStrangers() // those that heal made strangers: their log says so
		ok = w.await(bound, done)
	}
	if !ok {
		w.fail("no progress", "%d ms after all healed: %s", w.now-began, undone())
		return
	}
	w.readEverywhere()
	if !w.await(bound, done) {
		w.fail("no progress", "%d ms after all healed, reads: %s", w.now-began, undone())
	}
	w.stats.Healing = w.now - began
}

// reason says what is still to come about, when it is asked: it seldom is, and the
// text would take longer than the rest.
type reason func() string

func because(format string, args ...any) reason {
	return func() string { return fmt.Sprintf(format, args...) }
}

// undone is the first thing that is still to come about, or nil.
func (w *world) undone() reason {
	first := w.hosts[0].life
	for _, h := range w.hosts {
		switch l := h.life; {
		case l == nil:
			return because("%s does not run", h.name)
		case !l.r.Member.Quorum():
			return func() string {
				return fmt.Sprintf("%s sees no quorum, in %s; missing %v", l.id, showConfig(l.r.Member.Config()), l.r.Member.Missing())
			}
		case l.r.Member.Config().Has(l.id) && !l.r.Member.Voting():
			return func() string { return fmt.Sprintf("%s has not merged in %s", l.id, showConfig(l.r.Member.Config())) }
		case l.r.Member.Config() != l.seat || l.seat.Cluster != first.seat.Cluster || l.seat.Epoch != first.seat.Epoch:
			return func() string { return fmt.Sprintf("%s is in %s", l.id, showConfig(l.r.Member.Config())) }
		}
	}
	if w.pending > 0 {
		for _, c := range w.calls {
			if c.outcome == open {
				return c.String
			}
		}
		return because("clients have calls to make")
	}
	for _, k := range w.keys {
		if r := w.undoneKey(k); r != nil {
			return r
		}
	}
	return nil
}

// undoneKey: an entry with a guard that is gone has to go, and so have the
// tombstones that members hold. An entry that no member holds any more, since a
// half-done put has taken its place everywhere, has gone: whoever looks next
// finishes that put.
func (w *world) undoneKey(k paxos.Key) reason {
	cluster := w.hosts[0].life.seat.Cluster
	last := w.witness.last(chainOf{cluster, k})
	if last != nil && last.entry.Live() {
		gs := last.entry.Guards
		if w.downSince(gs) <= w.now && w.held(k, last.entry.Rev) && (w.clusters() == 1 || !tiedToKey(gs)) {
			return func() string { return fmt.Sprintf("key %s still holds %s%s", k, last.entry, showGuards(gs)) }
		}
		return nil // a minority may still hold a tombstone of before
	}
	for _, h := range w.hosts {
		if h.life.seat.Has(h.life.id) && holdsTombstone(h.life.r.Acceptor, k) {
			return because("%s still holds the tombstone of key %s", h.life.id, k)
		}
	}
	return nil
}

// readEverywhere has each key read on each node.
func (w *world) readEverywhere() {
	for _, k := range w.keys {
		for _, h := range w.hosts {
			w.pending++
			c := &call{w: w, client: &client{w: w, key: k}, key: k, on: h.life}
			c.start()
		}
	}
}

// restartStrangers does what an operator does about two clusters, as the log
// tells: the nodes of the smaller one are restarted, to join the other.
func (w *world) restartStrangers() {
	w.after(2000, func() {
		count, most := make(map[paxos.ClusterID]int), paxos.ClusterID(0)
		for _, h := range w.hosts {
			if h.life == nil {
				continue
			}
			id := h.life.r.Member.Config().Cluster
			if count[id]++; id != 0 && (most == 0 || count[id] > count[most] || count[id] == count[most] && id < most) {
				most = id
			}
		}
		for _, h := range w.hosts {
			if l := h.life; l != nil && l.r.Member.Config().Cluster != most && l.r.Member.Config().Cluster != 0 {
				l.crash()
				h.wipe()
				w.restart(h, 10)
			}
		}
	})
}

// held says whether a member holds the entry of a rev.
func (w *world) held(k paxos.Key, rev paxos.Rev) bool {
	for _, h := range w.hosts {
		if !h.life.seat.Has(h.life.id) {
			continue
		}
		for _, r := range h.life.r.Acceptor.State(paxos.SlotOf(k)).Records {
			if r.Key == k && r.Held.Entry != nil && r.Held.Entry.Rev == rev {
				return true
			}
		}
	}
	return false
}
