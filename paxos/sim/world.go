package sim

import (
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/paxoskv/paxoskv/paxos"
)

// world is one schedule under way: simulated time, what is to happen in it, and
// the hosts that it happens to. Chance is drawn from streams of its own for the
// network, the faults and the clients, so that a schedule with one of them cut
// down stays near the first.
type world struct {
	opt                Options
	net, flt, cli, dsk *rand.Rand

	now   int64
	seq   uint64
	queue agenda

	hosts []*host
	// open[a][b] says that messages pass from host a to host b.
	open [][]bool

	keys    []paxos.Key
	calls   []*call
	clients []*client
	pending int // clients that have calls to come or under way
	// puts finds the call that put a value.
	puts  map[paxos.Value]*call
	pids  []*pid
	clock []jump

	witness *witness
	outs    []*paxos.Output

	faulty    bool
	violation *Violation
	trace     io.Writer
	stats     Stats
}

func newWorld(o Options, trace io.Writer) *world {
	w := &world{opt: o, trace: trace, faulty: true,
		net:  rand.New(rand.NewPCG(o.Seed, 1)),
		flt:  rand.New(rand.NewPCG(o.Seed, 2)),
		cli:  rand.New(rand.NewPCG(o.Seed, 3)),
		dsk:  rand.New(rand.NewPCG(o.Seed, 4)),
		puts: make(map[paxos.Value]*call)}
	w.witness = newWitness(w)
	w.keys = slotMates[:o.Keys]
	n := o.Size + o.Spares
	for i := 0; i < n; i++ {
		h := &host{w: w, index: i, name: string(rune('a' + i))}
		if w.dsk.Float64() < o.Disks {
			h.disk = &disk{}
		}
		w.hosts = append(w.hosts, h)
		row := make([]bool, n)
		for j := range row {
			row[j] = true
		}
		w.open = append(w.open, row)
	}
	return w
}

// slotMates are keys of one slot: what is collected of one raises the floor of all,
// and a merge parts them.
var slotMates = func() [maxKeys]paxos.Key {
	mates := [maxKeys]paxos.Key{"x"}
	for i, n := 1, 0; n < maxKeys-1; i++ {
		if k := paxos.Key(fmt.Sprint("x", i)); paxos.SlotOf(k) == paxos.SlotOf("x") {
			n++
			mates[n] = k
		}
	}
	return mates
}()

// Violation is what a check found.
type Violation struct {
	// Rule names the check, in a few words that stay the same from run to run.
	Rule string
	// What tells the case.
	What string
	// At is the simulated time, in milliseconds.
	At int64
}

// Error makes a Violation an error.
func (v *Violation) Error() string { return fmt.Sprintf("%s: %s (at %d ms)", v.Rule, v.What, v.At) }

// fail keeps the first violation; the schedule ends at the next event.
func (w *world) fail(rule, format string, args ...any) {
	if w.violation == nil {
		w.violation = &Violation{Rule: rule, What: fmt.Sprintf(format, args...), At: w.now}
		w.tracef("VIOLATION %s", w.violation.Error())
	}
}

func (w *world) tracef(format string, args ...any) {
	if w.trace != nil {
		fmt.Fprintf(w.trace, "%6d  %s\n", w.now, fmt.Sprintf(format, args...))
	}
}

// after has f run in so many milliseconds.
func (w *world) after(ms int64, f func()) {
	w.seq++
	w.queue.push(event{at: w.now + ms, seq: w.seq, f: f})
}

// maxEvents is far above what any schedule needs; one that goes on and on is
// ended by it.
const maxEvents = 500_000

// runUntil lets time pass.
func (w *world) runUntil(end int64) {
	for w.violation == nil && len(w.queue) > 0 && w.queue[0].at <= end {
		e := w.queue.pop()
		w.now = e.at
		if w.stats.Events++; w.stats.Events > maxEvents {
			w.fail("no end", "%d events", w.stats.Events)
		}
		e.f()
	}
	w.now = end
}

// event is something that is to happen.
type event struct {
	at  int64
	seq uint64
	f   func()
}

func (e *event) before(o *event) bool { return e.at < o.at || e.at == o.at && e.seq < o.seq }

// agenda is a binary heap of events, the next one first. (container/heap costs
// an allocation for each event.)
type agenda []event

func (a *agenda) push(e event) {
	q := append(*a, e)
	for i := len(q) - 1; i > 0; {
		up := (i - 1) / 2
		if !q[i].before(&q[up]) {
			break
		}
		q[i], q[up] = q[up], q[i]
		i = up
	}
	*a = q
}

func (a *agenda) pop() event {
	q := *a
	top, last := q[0], len(q)-1
	q[0] = q[last]
	q[last] = event{}
	q = q[:last]
	for i := 0; ; {
		next := 2*i + 1
		if next >= len(q) {
			break
		}
		if next+1 < len(q) && q[next+1].before(&q[next]) {
			next++
		}
		if !q[next].before(&q[i]) {
			break
		}
		q[i], q[next] = q[next], q[i]
		i = next
	}
	*a = q
	return top
}

func between(r *rand.Rand, low, high int64) int64 { return low + r.Int64N(high-low+1) }
