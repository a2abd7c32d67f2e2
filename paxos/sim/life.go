package sim

import (
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// host is a name in the cluster, with the lives that its node has led.
type host struct {
	w     *world
	index int
	name  string
	// life is the present one, nil while the node is down.
	life *life
	// lives counts them; incarnations and creations are drawn from it.
	lives uint64
	// offset is how far this host's clock is from the world's.
	offset int64
	// counter is the last proposer's, kept for a planted loss of memory.
	counter uint64
	// disk is nil where the node keeps its records in memory.
	disk *disk
}

// identity is what a node is as a member, over all the lives that it leads as
// such: one in memory, several with a disk.
type identity struct {
	id paxos.NodeID
	// What the witness keeps: which of all identities this is, the configuration
	// that it has, and the floors that it told of.
	member int
	seat   *paxos.Config
	floors map[floorOf]paxos.Ballot
}

// life is one node of the core: a Replica and a Proposer, wired to each other as
// the actors of a bucket are.
type life struct {
	*host
	*identity
	// as is the life as its proposers know it.
	as       paxos.NodeID
	creation uint32
	commits  paxos.Commits
	r        *paxos.Replica
	p        *paxos.Proposer
	// in is the cluster that the proposer is in.
	in paxos.ClusterID
	// serial counts the proposers of this life: timers of an earlier one are void.
	serial int
	ops    map[paxos.OpID]*call
	nextOp paxos.OpID
	// linked[i] is the life of host i that this one has a connection to, and
	// greeted[i] the one that it has had a Hello of since.
	linked, greeted []*life
	// met[i] says that a Hello of host i ever came, and ticked is when this life was
	// first given the time, or neverAt.
	met     []bool
	ticked  int64
	watched []paxos.Guard
	// asked says for a guarding key which guards its periodic get is about.
	asked map[paxos.OpID]paxos.Guard
	// writes are all that its replica put out.
	writes []paxos.Write
	dead   bool
	paused bool
	held   []func()

	// What the witness keeps: which of all lives this is, and when it began.
	number    int
	startedAt int64
}

// timing of the members: some tens of message delays, so that steps of the
// cluster and rounds on keys meet in every way. In a merge each record travels
// alone.
var timing = paxos.Timing{Found: 60, Settle: 20, Replace: 120, Recover: 60, Round: 40, Greet: 100,
	Meet: 150, Piece: 1, Lanes: 2}

// start begins a new life of a host.
func (h *host) start(size int) *life {
	w := h.w
	if !w.opt.Amnesia || h.lives == 0 {
		h.lives++
	}
	as := paxos.NodeID{Name: h.name, Incarnation: h.lives}
	l := &life{host: h, identity: &identity{id: as}, as: as, creation: uint32(h.lives),
		ops: make(map[paxos.OpID]*call), asked: make(map[paxos.OpID]paxos.Guard),
		linked: make([]*life, len(w.hosts)), greeted: make([]*life, len(w.hosts)),
		met: make([]bool, len(w.hosts)), ticked: neverAt}
	keeps := h.keeps()
	if keeps {
		l.identity = h.disk.who
	} else if h.disk != nil {
		h.disk.who = l.identity
	}
	l.r = paxos.NewReplica(l.id, l.creation, size, w.flt.Uint64(), timing)
	l.r.Meet()
	if !w.opt.Amnesia {
		h.counter = 0
	}
	l.p = paxos.NewProposer(l.as, h.counter)
	h.life = l
	w.tracef("%s starts as %s", l.as, l.id)
	w.witness.started(l, !keeps)
	if keeps {
		l.load()
	}
	l.every(25, 45, l.tick)
	l.every(25, 70, l.poll)
	return l
}

// crash ends a life, and all that it held in memory.
func (l *life) crash() {
	l.w.tracef("%s crashes", l.id)
	l.checkKept()
	if l.disk != nil {
		l.disk.cutOff(l.w.dsk)
	}
	l.dead = true
	l.counter = l.p.Counter()
	l.host.life = nil
	for _, p := range l.w.pids {
		if p.on == l {
			p.diedAt = min(p.diedAt, l.w.now)
		}
	}
	for _, c := range l.w.underWay(l) {
		c.lose()
	}
}

// restartProposer ends the proposer alone: its operations are lost, and its
// counter is not.
func (l *life) restartProposer() {
	l.w.tracef("%s: proposer restarts", l.id)
	counter, under := l.p.Counter(), l.w.underWay(l)
	l.serial++
	l.ops, l.asked = make(map[paxos.OpID]*call), make(map[paxos.OpID]paxos.Guard)
	l.p = paxos.NewProposer(l.as, counter)
	l.enter(l.r.Member.Config())
	l.p.SetUp(l.r.Member.Up())
	for _, c := range under {
		c.lose()
	}
}

// enter hands a configuration to the proposer; one that starts anew may get it
// before it is on disk.
func (l *life) enter(cfg *paxos.Config) {
	l.in = cfg.Cluster
	l.do(func(out *paxos.Output) { l.p.Adopt(l.clockNow(), cfg, out) })
}

// clockNow is the time that this host's clock shows.
func (h *host) clockNow() int64 { return epochMs + h.w.now + h.offset }

// epochMs is what the clocks show at the start.
const epochMs = 1_000_000

// after has f run on this life, if it lives then; a paused life runs it when it
// goes on.
func (l *life) after(ms int64, f func()) {
	l.w.after(ms, func() { l.run(f) })
}

func (l *life) run(f func()) {
	switch {
	case l.dead:
	case l.paused:
		l.held = append(l.held, f)
	default:
		f()
	}
}

func (l *life) resume() {
	l.w.tracef("%s goes on", l.id)
	l.paused = false
	held := l.held
	l.held = nil
	for _, f := range held {
		l.run(f)
	}
}

// every has f run again and again.
func (l *life) every(low, high int64, f func()) {
	l.after(between(l.w.net, low, high), func() {
		f()
		l.every(low, high, f)
	})
}

func (l *life) tick() {
	// Pauses are measured by a clock that does not jump.
	l.ticked = min(l.ticked, l.w.now)
	l.step(func(out *paxos.Output) { l.r.Member.Tick(l.w.now, out) })
}

// do runs a step of the core and carries out what it asks for.
func (l *life) do(step func(*paxos.Output)) {
	w := l.w
	var out *paxos.Output
	if n := len(w.outs); n > 0 {
		out, w.outs = w.outs[n-1], w.outs[:n-1]
	} else {
		out = new(paxos.Output)
	}
	step(out)
	l.carryOut(out)
	out.Reset()
	w.outs = append(w.outs, out)
}

func (l *life) carryOut(out *paxos.Output) {
	for _, e := range out.Messages {
		l.w.send(l, e)
	}
	for _, t := range out.Timers {
		l.arm(t)
	}
	for _, n := range out.Notes {
		l.w.tracef("%s notes: %s", l.id, n.Text)
	}
	for _, r := range out.Results {
		l.result(r)
	}
	if cfg := out.Adopted; cfg != nil {
		l.w.tracef("%s adopts %s", l.id, showConfig(cfg))
		l.w.witness.adopted(l, cfg)
		l.enter(cfg)
		l.p.SetUp(l.r.Member.Up())
	}
	for _, e := range out.Learned {
		l.learned(e)
	}
	for _, e := range out.Erasures {
		l.do(func(out *paxos.Output) { l.p.Erase(l.clockNow(), e, out) })
	}
}

func (l *life) learned(e paxos.Learned) {
	l.w.witness.learned(l, e)
	l.step(func(out *paxos.Output) { l.r.Acceptor.Learn(e.Key, e.Entry, out) })
	if e.Entry.Tombstone && !e.Collected {
		l.do(func(out *paxos.Output) { l.p.Collect(e.Key, out) })
	}
}

// arm gives a timer back after a pause that suits its kind.
func (l *life) arm(t paxos.Timer) {
	r, ms := l.w.net, int64(0)
	switch t.Kind {
	case paxos.TimerResend:
		ms = l.w.opt.Delay*2 + between(r, 2, 20)<<min(t.Attempt, 4)
	case paxos.TimerBackoff:
		ms = between(r, 1, 10<<min(t.Attempt, 5))
	case paxos.TimerTurn:
		ms = 150
	case paxos.TimerErase:
		ms = between(r, 60, 120)
	case paxos.TimerCollect:
		ms = between(r, 10, 40) * int64(max(1, 2*t.Attempt-1))
	}
	serial := l.serial
	l.after(ms, func() {
		if serial == l.serial {
			l.do(func(out *paxos.Output) { l.p.Fire(l.clockNow(), t, out) })
		}
	})
}

// poll is what a node does now and then: see who is connected, look at what it
// watches, sweep, collect.
func (l *life) poll() {
	for i := range l.w.hosts {
		l.look(i)
	}
	for _, g := range slices.Clone(l.watched) {
		l.resolve(g)
	}
	l.step(func(out *paxos.Output) { l.r.Acceptor.Sweep(l.clockNow(), out) })
	l.sweepTombstones()
}

// sweepTombstones proposes to collect what is still held of what was erased.
func (l *life) sweepTombstones() {
	for _, k := range l.w.keys {
		if holdsTombstone(l.r.Acceptor, k) {
			l.do(func(out *paxos.Output) { l.p.CollectHeld(k, out) })
		}
	}
}

func holdsTombstone(a *paxos.Acceptor, key paxos.Key) bool {
	for _, r := range a.State(paxos.SlotOf(key)).Records {
		if r.Key == key && r.Held.Entry != nil && r.Held.Entry.Tombstone {
			return true
		}
	}
	return false
}
