package sim

import (
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// fault is a kind of thing that goes wrong, or that an operator does.
type fault uint8

const (
	faultCut      fault = iota // a link, one way or both
	faultIsolate               // a node from all others
	faultCrash                 // a node, with its memory
	faultPause                 // a node
	faultProposer              // the proposer of a node alone
	faultDeath                 // a process that keys are tied to
	faultClock                 // a clock jumps
	faultJoin                  // a new name starts
	faultResize                // the size is asked to change
	faultPower                 // every node with a disk crashes
	faultKinds
)

// String names the fault in a word.
func (f fault) String() string {
	return [...]string{"cut", "isolate", "crash", "pause", "proposer", "death", "clock", "join", "resize", "power"}[f]
}

// scheduleFault has the next fault happen after a pause.
func (w *world) scheduleFault() {
	w.after(between(w.flt, 1, 2*w.opt.Every), func() {
		if !w.faulty {
			return
		}
		w.breakSomething()
		w.scheduleFault()
	})
}

func (w *world) breakSomething() {
	total := 0
	for _, n := range w.opt.Faults {
		total += n
	}
	if total == 0 {
		return
	}
	draw, kind := w.flt.IntN(total), fault(0)
	for ; draw >= w.opt.Faults[kind]; kind++ {
		draw -= w.opt.Faults[kind]
	}
	if w.inject(kind) {
		w.stats.Faults[kind]++
	}
}

// inject does a fault, and says whether there was something to do it to.
func (w *world) inject(kind fault) bool {
	h := w.hosts[w.flt.IntN(len(w.hosts))]
	switch kind {
	case faultCut:
		return w.cut(h)
	case faultIsolate:
		return w.isolate(h)
	case faultDeath:
		return w.killPID()
	case faultClock:
		w.jump(h)
		return true
	case faultJoin:
		return w.join()
	case faultPower:
		return w.powerCut()
	}
	l := h.life
	if l == nil {
		return false
	}
	switch kind {
	case faultCrash:
		return w.crash(l)
	case faultPause:
		return w.pause(l)
	case faultProposer:
		l.run(l.restartProposer)
	case faultResize:
		size := max(1, l.r.Member.Config().Size+w.flt.IntN(5)-2)
		w.tracef("%s is asked for size %d", l.id, size)
		l.run(func() { l.step(func(out *paxos.Output) { l.r.Member.Resize(min(size, len(w.hosts)), out) }) })
	}
	return true
}

// cut closes a link for a while, in one direction or in both.
func (w *world) cut(a *host) bool {
	b := w.hosts[w.flt.IntN(len(w.hosts))]
	if a == b {
		return false
	}
	both := w.flt.IntN(2) == 0
	w.setLink(a, b, false)
	if both {
		w.setLink(b, a, false)
	}
	w.after(between(w.flt, 10, 300), func() {
		w.setLink(a, b, true)
		w.setLink(b, a, true)
	})
	return true
}

func (w *world) setLink(a, b *host, open bool) {
	if w.open[a.index][b.index] != open {
		w.open[a.index][b.index] = open
		w.tracef("link %s -> %s open=%t", a.name, b.name, open)
	}
}

// isolate cuts a node from all others for a while.
func (w *world) isolate(a *host) bool {
	for _, b := range w.hosts {
		if a != b {
			w.setLink(a, b, false)
			w.setLink(b, a, false)
		}
	}
	w.after(between(w.flt, 30, 400), func() {
		for _, b := range w.hosts {
			w.setLink(a, b, true)
			w.setLink(b, a, true)
		}
	})
	return true
}

// maxMembers bounds the identities of one schedule, so that a witness counts
// members in a set of fixed size.
const maxMembers = 120

// crash ends a node with its memory and starts it again later: most of the time
// with its disk where it has one, else as a new identity.
func (w *world) crash(l *life) bool {
	if l.disk != nil && w.dsk.IntN(6) > 0 {
		l.crash()
		w.restart(l.host, between(w.dsk, 3, 150))
		return true
	}
	bears := !w.opt.Bound || w.bears(l)
	if w.opt.Amnesia {
		bears = w.allIn() // so that the new life is told what it belongs to
	}
	if w.witness.identities >= maxMembers || !bears {
		return false
	}
	l.crash()
	l.wipe()
	w.restart(l.host, between(w.flt, 3, 250))
	return true
}

// powerCut ends every node that has a disk, and starts each again in its time.
func (w *world) powerCut() bool {
	did := false
	for _, h := range w.hosts {
		if h.life != nil && h.disk != nil {
			h.life.crash()
			w.restart(h, between(w.dsk, 3, 80))
			did = true
		}
	}
	return did
}

// allIn says whether every node runs and belongs to a cluster.
func (w *world) allIn() bool {
	return !slices.ContainsFunc(w.hosts, func(h *host) bool {
		return h.life == nil || h.life.r.Member.Config().Epoch == 0
	})
}

// restart starts a host when its time has come and when it may.
func (w *world) restart(h *host, ms int64) {
	w.after(ms, func() {
		switch {
		case h.life != nil:
		case h.keeps() && !h.disk.fresh(), w.mayStart():
			h.start(w.sizeHint())
		default:
			w.restart(h, 20)
		}
	})
}

// join starts a name that is not running.
func (w *world) join() bool {
	for _, h := range w.hosts {
		if h.lives == 0 && w.mayStart() && w.witness.identities < maxMembers {
			h.start(w.sizeHint())
			return true
		}
	}
	return false
}

// sizeHint is the size that later nodes are started with. In a cluster of one,
// nodes that wish for one would each found their own.
func (w *world) sizeHint() int {
	if w.quiet() {
		return w.opt.Size
	}
	return max(3, w.opt.Size)
}

// mayStart says whether one more fresh node may run. So many fresh nodes as are a
// quorum found a cluster of their own where they are cut off from the first: that
// is how it is meant, and not what these schedules are after.
func (w *world) mayStart() bool {
	if !w.opt.Bound && w.quiet() {
		return true
	}
	fresh := 0
	for _, h := range w.hosts {
		if h.life != nil && h.life.r.Member.Config().Epoch == 0 {
			fresh++
		}
	}
	return fresh+1 < paxos.Quorum(w.sizeHint())
}

// quiet says that no node of any cluster runs.
func (w *world) quiet() bool {
	return !slices.ContainsFunc(w.hosts, func(h *host) bool {
		return h.life != nil && h.life.r.Member.Config().Epoch > 0
	})
}

func (w *world) pause(l *life) bool {
	if l.paused {
		return false
	}
	w.tracef("%s is paused", l.id)
	l.paused = true
	w.after(between(w.flt, 10, 250), func() {
		if l.paused && !l.dead {
			l.resume()
		}
	})
	return true
}

// jump sets a clock forward or back.
func (w *world) jump(h *host) {
	h.offset = between(w.flt, -200, 200)
	w.tracef("clock of %s is off by %d", h.name, h.offset)
	w.clock = append(w.clock, jump{h, w.now, h.offset})
}

// bears says whether the cluster can bear that l loses its memory now: in the
// last configuration, and in each that may be chosen after it, a quorum of
// members must still hold what their seats stand for.
func (w *world) bears(l *life) bool {
	for _, c := range w.witness.standing() {
		good, all := 0, true
		for _, s := range c.Seats {
			h := w.hostOf(s.Node.Name).life
			if h != nil && h != l && h.id == s.Node && h.holds(c, s) {
				good++
			}
			all = all && h != nil && h.id == s.Node && h.r.Member.Config().Epoch == c.Epoch && h.r.Member.Voting()
		}
		need := c.Quorum()
		if c.Reset.Epoch > 0 && !all {
			need = max(need, c.Reset.Need)
		}
		if good < need {
			return false
		}
	}
	return true
}

// holds says whether a life has what its seat in c stands for: it may vote, or
// held the state before a change of size and only has to merge that of others.
func (l *life) holds(c *paxos.Config, s paxos.Seat) bool {
	mine := l.r.Member.Config()
	seat, ok := mine.Seat(l.id)
	if !ok || mine.Cluster != c.Cluster || seat.Since != s.Since {
		return !s.Replaced && c.Reset.Epoch < s.Since
	}
	return l.r.Member.Voting() ||
		mine.Reset.Epoch == mine.Epoch && slices.Contains(mine.Reset.Sources, l.id)
}
