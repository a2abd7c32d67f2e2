package sim

import (
	"fmt"
	"math"
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// pid is a process that keys are tied to.
type pid struct {
	subject string
	on      *life
	diedAt  int64 // math.MaxInt64 while it lives
}

// jump is a setting of a clock.
type jump struct {
	host   *host
	at     int64
	offset int64
}

const neverAt = math.MaxInt64

// drawGuards ties a put to one thing, now and then to two.
func (w *world) drawGuards(key paxos.Key) []paxos.Guard {
	var gs []paxos.Guard
	for range 1 + w.cli.IntN(5)/4 {
		if g, ok := w.drawGuard(key); ok && !slices.Contains(gs, g) {
			gs = append(gs, g)
		}
	}
	return gs
}

func (w *world) drawGuard(key paxos.Key) (paxos.Guard, bool) {
	h := w.hosts[w.cli.IntN(len(w.hosts))]
	if h.life == nil {
		h = w.anyHost()
	}
	switch w.cli.IntN(5) {
	case 0:
		return paxos.Guard{Kind: paxos.GuardNode, Node: h.name, Creation: h.life.creation}, true
	case 1:
		return paxos.Guard{Kind: paxos.GuardTime, Deadline: h.clockNow() + between(w.cli, -10, 250)}, true
	case 2:
		return w.drawKeyGuard(key)
	}
	return w.drawPID(h.life), true
}

// anyHost is one that is up; a caller runs on one, so there is one.
func (w *world) anyHost() *host {
	return w.hosts[slices.IndexFunc(w.hosts, func(h *host) bool { return h.life != nil })]
}

// drawPID takes a process of a node, of which some are shared by several keys,
// and some are dead already.
func (w *world) drawPID(l *life) paxos.Guard {
	var p *pid
	if n := len(w.pids); n > 0 && w.cli.IntN(3) == 0 {
		p = w.pids[w.cli.IntN(n)]
	} else {
		p = &pid{subject: fmt.Sprintf("p%d", n), on: l, diedAt: neverAt}
		w.pids = append(w.pids, p)
	}
	return paxos.Guard{Kind: paxos.GuardPID, Subject: p.subject, Node: p.on.name, Creation: p.on.creation}
}

// drawKeyGuard ties a key to an entry of another one that a client has seen.
func (w *world) drawKeyGuard(key paxos.Key) (paxos.Guard, bool) {
	for i := len(w.calls) - 1; i >= 0; i-- {
		if c := w.calls[i]; c.outcome == found && c.key != key {
			return paxos.Guard{Kind: paxos.GuardKey, Subject: string(c.key), Rev: c.rev}, true
		}
	}
	return paxos.Guard{}, false
}

// killPID ends a process; the nodes that watch it and are connected to it see
// that, each in its own time.
func (w *world) killPID() bool {
	if len(w.pids) == 0 {
		return false
	}
	p := w.pids[w.flt.IntN(len(w.pids))]
	if p.diedAt != neverAt {
		return false
	}
	w.tracef("%s dies", p.subject)
	p.diedAt = w.now
	for _, h := range w.hosts {
		if l := h.life; l != nil {
			for _, g := range l.watched {
				if g.Subject == p.subject && g.Kind == paxos.GuardPID {
					l.after(between(w.net, 1, 30), func() { l.resolve(g) })
				}
			}
		}
	}
	return true
}

func (w *world) pidOf(g paxos.Guard) *pid {
	for _, p := range w.pids {
		if p.subject == g.Subject {
			return p
		}
	}
	return nil
}

// watch starts or ends the watching of a guard.
func (l *life) watch(x paxos.Watch) {
	switch i := slices.Index(l.watched, x.Guard); {
	case x.Off && i >= 0:
		l.watched = slices.Delete(l.watched, i, i+1)
	case x.Off, i >= 0:
		l.w.fail("a watch out of order", "%s: %v off=%t", l.id, x.Guard, x.Off)
	default:
		l.watched = append(l.watched, x.Guard)
		l.after(between(l.w.net, 1, 30), func() { l.resolve(x.Guard) })
	}
}

// resolve finds out what this node can know of a guard now: of a process where
// it is connected to its node, of a key's rev by asking for it.
func (l *life) resolve(g paxos.Guard) {
	if !slices.Contains(l.watched, g) {
		return
	}
	switch g.Kind {
	case paxos.GuardPID:
		p := l.w.pidOf(g)
		at := p.on.index
		here := p.on == l || l.greeted[at] == p.on
		if here && p.diedAt != neverAt {
			l.observe(g)
		}
	case paxos.GuardKey:
		l.askAbout(g)
	}
}

// askAbout reads the guarding key, unless that is under way.
func (l *life) askAbout(g paxos.Guard) {
	for _, x := range l.asked {
		if x == g {
			return
		}
	}
	l.nextOp++
	op := l.nextOp
	l.asked[op] = g
	l.do(func(out *paxos.Output) {
		l.p.Start(l.clockNow(), op, paxos.Request{Kind: paxos.Get, Key: paxos.Key(g.Subject)}, out)
	})
}

func (l *life) observe(g paxos.Guard) {
	if slices.Contains(l.watched, g) {
		l.w.tracef("%s sees that %s is gone", l.id, showGuard(g))
		l.step(func(out *paxos.Output) { l.r.Acceptor.Observe(g, out) })
	}
}

// goneSince is the truth about a guard: since when it is gone for good, in
// simulated milliseconds, or neverAt.
func (w *world) goneSince(g paxos.Guard) int64 {
	switch g.Kind {
	case paxos.GuardPID:
		p := w.pidOf(g)
		return min(p.diedAt, w.endOf(g))
	case paxos.GuardNode:
		return w.endOf(g)
	case paxos.GuardTime:
		return w.passedSince(g.Deadline)
	}
	return w.witness.replacedSince(paxos.Key(g.Subject), g.Rev)
}

// endOf is when a later life of a guard's node began.
func (w *world) endOf(g paxos.Guard) int64 {
	at := int64(neverAt)
	for _, l := range w.witness.lives {
		if l.name == g.Node && l.creation > g.Creation {
			at = min(at, l.startedAt)
		}
	}
	return at
}

// passedSince is when the first clock showed a deadline.
func (w *world) passedSince(deadline int64) int64 {
	first := int64(neverAt)
	for i, j := range w.clock {
		until := w.now
		for _, k := range w.clock[i+1:] {
			if k.host == j.host {
				until = k.at
				break
			}
		}
		if at := max(j.at, deadline-epochMs-j.offset); at <= until {
			first = min(first, at)
		}
	}
	return first
}

// mayBeGone says whether a node can rightly say that one of several guards is
// gone. With a cluster that was lost entries went that keys were tied to, so
// nothing is known of those then.
func (w *world) mayBeGone(gs []paxos.Guard) bool {
	return w.downSince(gs) <= w.now || tiedToKey(gs) && w.clusters() > 1
}

func tiedToKey(gs []paxos.Guard) bool {
	return slices.ContainsFunc(gs, func(g paxos.Guard) bool { return g.Kind == paxos.GuardKey })
}

// downSince is since when one of several guards is gone.
func (w *world) downSince(gs []paxos.Guard) int64 {
	at := int64(neverAt)
	for _, g := range gs {
		at = min(at, w.goneSince(g))
	}
	return at
}
