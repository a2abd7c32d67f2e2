package sim

import "github.com/paxoskv/paxoskv/paxos"

// send puts a message on its way. Whether it gets lost at a cut is looked at
// when it leaves and when it arrives.
func (w *world) send(from *life, e paxos.Envelope) {
	w.witness.sent(from, e)
	to := w.hostOf(e.To.Name)
	if to == nil {
		return
	}
	w.stats.Messages++
	if to == from.host {
		w.after(0, func() { w.deliver(from, to, e) })
		return
	}
	copies := 1
	if w.faulty && w.net.Float64() < w.opt.Double {
		copies = 2
		w.stats.Doubled++
	}
	for range copies {
		w.travel(from, to, e)
	}
}

func (w *world) travel(from *life, to *host, e paxos.Envelope) {
	if !w.open[from.index][to.index] {
		w.stats.Lost++
		return
	}
	ms := between(w.net, 1, w.opt.Delay)
	if w.faulty {
		if w.net.Float64() < w.opt.Loss {
			w.stats.Lost++
			w.tracef("lost %s -> %s %s", e.From, e.To, showBody(w, e))
			return
		}
		if w.net.IntN(20) == 0 {
			ms = between(w.net, 1, w.opt.Late)
		}
	}
	w.after(ms, func() {
		if w.open[from.index][to.index] {
			w.deliver(from, to, e)
		}
	})
}

func (w *world) deliver(from *life, to *host, e paxos.Envelope) {
	l := to.life
	if l == nil {
		return
	}
	l.run(func() {
		if !l.stale(from, e) {
			l.receive(from, e)
		}
	})
}

// stale says whether a Hello came over a connection that a later one to the same
// host has followed. A transport does not hand on such a message; for all others
// it does not matter, so that here they arrive.
func (l *life) stale(from *life, e paxos.Envelope) bool {
	_, hello := e.Body.(paxos.Hello)
	now := l.linked[from.index]
	return hello && now != nil && now.number > from.number
}

// receive hands a message to the part that it is for.
func (l *life) receive(from *life, e paxos.Envelope) {
	if l.w.trace != nil {
		l.w.tracef("%s -> %s %s", e.From, l.id, showBody(l.w, e))
	}
	_, hello := e.Body.(paxos.Hello)
	l.met[from.index] = l.met[from.index] || hello
	if hello && l.linked[from.index] == from {
		l.greeted[from.index] = from
	}
	if _, ok := paxos.ForProposer(e.Body); ok {
		l.do(func(out *paxos.Output) { l.p.Step(l.clockNow(), e, out) })
	} else {
		l.step(func(out *paxos.Output) { l.r.Step(l.clockNow(), e, out) })
	}
	if hello {
		l.p.SetUp(l.r.Member.Up())
	}
}

func (w *world) hostOf(name string) *host {
	if i := int(name[0] - 'a'); i >= 0 && i < len(w.hosts) {
		return w.hosts[i]
	}
	return nil
}

// look lets a life see whether the connection to a host has changed: each side
// sees that at a time of its own.
func (l *life) look(i int) {
	peer := l.w.hosts[i]
	if peer == l.host {
		return
	}
	now := peer.life
	if now != nil && (now.paused || !l.w.open[l.index][i] || !l.w.open[i][l.index]) {
		now = nil
	}
	if l.linked[i] == now {
		return
	}
	if l.linked[i] != nil {
		l.w.tracef("%s loses the connection to %s", l.id, l.linked[i].id)
		l.linked[i], l.greeted[i] = nil, nil
		l.step(func(out *paxos.Output) { l.r.PeerDown(l.clockNow(), peer.name, out) })
	}
	if now != nil {
		l.w.tracef("%s connects to %s", l.id, now.id)
		l.linked[i] = now
		l.step(func(out *paxos.Output) { l.r.PeerUp(peer.name, out) })
	}
	l.p.SetUp(l.r.Member.Up())
}
