package sim

import (
	"math/rand/v2"
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// disk is what a host keeps across its lives: an identity, and the writes that
// were made durable. A batch of writes that is under way when its life ends is
// durable or not, as a transaction is.
type disk struct {
	who    *identity
	writes []paxos.Write
	// flying is the batch under way, nil when there is none.
	flying *batch
	// holds is the state that the writes make, as the life that made them had it.
	holds []paxos.Write
}

// batch is what several steps wrote, and the state after the last of them.
type batch struct {
	writes []paxos.Write
	holds  []paxos.Write
}

// land makes the batch under way durable.
func (d *disk) land() {
	d.writes = append(d.writes, d.flying.writes...)
	d.holds = d.flying.holds
	d.flying = nil
}

// fresh says whether a start from this disk would have no configuration.
func (d *disk) fresh() bool {
	fresh := true
	for _, w := range d.writes {
		fresh = fresh && (w.Kind != paxos.WriteMember || w.Member.Config.Epoch == 0)
	}
	return fresh
}

// keeps says whether the host's next life goes on where the last one stopped.
func (h *host) keeps() bool { return h.disk != nil && h.disk.who != nil }

// wipe has a host start from nothing the next time.
func (h *host) wipe() {
	if h.disk != nil {
		*h.disk = disk{}
	}
}

// step runs a step of the replica and carries out what it asks for: at once in
// memory, after its writes are durable on disk.
func (l *life) step(step func(*paxos.Output)) {
	l.do(func(out *paxos.Output) {
		step(out)
		for _, x := range out.Watches {
			l.watch(x)
		}
		l.writes = append(l.writes, out.Writes...)
		l.w.witness.decided(l, out.Messages)
		if l.disk != nil && !l.commits.Add(out) {
			l.commit()
		}
	})
}

// commit writes what has gathered, unless it is about that already.
func (l *life) commit() {
	ws := l.commits.Begin()
	if ws == nil {
		return
	}
	l.disk.flying = &batch{ws, slices.Collect(l.r.State)}
	l.w.after(between(l.w.dsk, 0, l.w.opt.Sync), func() {
		if l.dead {
			return
		}
		l.disk.land()
		l.run(func() {
			for _, out := range l.commits.End() {
				l.carryOut(&out)
			}
			l.commit()
		})
	})
}

// cutOff ends a batch under way with its life.
func (d *disk) cutOff(chance *rand.Rand) {
	if d.flying != nil && chance.IntN(2) == 0 {
		d.land()
	}
	d.flying = nil
}

// load has a life begin where the disk says that the last one stopped.
func (l *life) load() {
	for _, w := range l.disk.writes {
		l.r.Load(w)
	}
	l.writes = append(l.writes, l.disk.writes...)
	if is := slices.Collect(l.r.State); l.disk.holds != nil && !same(is, l.disk.holds) {
		l.w.fail("a change without its write", "%s finds %s, and held %s", l.id, show(is), show(l.disk.holds))
	}
	for _, g := range l.r.Acceptor.Watched() {
		l.watch(paxos.Watch{Guard: g})
	}
	cfg := l.r.Member.Config()
	l.w.witness.found(l, cfg)
	l.step(func(out *paxos.Output) { l.r.Continue(l.as.Incarnation, out) })
	l.enter(cfg)
	l.p.SetUp(l.r.Member.Up())
}
