//go:build linux

package chaos

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/tests/chaos/judge"
)

// proc is a process of a node that keys are tied to.
type proc struct {
	name string
	pid  etf.Pid
	life life
	at   int // its place in the record
	dead bool
}

// spawnProc starts a process on a machine, if its node lets it.
func (w *world) spawnProc(h *host) {
	l, name := w.now(h)
	if l == nil {
		return
	}
	p, begin := &proc{life: l}, now()
	var err error
	if p.pid, err = l.spawn(); err != nil {
		return // the node was killed, or is stopped
	}
	w.rec.change(func(r *judge.Record) {
		p.at = len(r.Processes)
		p.name = fmt.Sprintf("p%d", p.at)
		r.Processes = append(r.Processes, judge.Process{Name: p.name, Node: name, Begin: begin})
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.procs = append(w.procs, p)
}

// endProc ends a process.
func (w *world) endProc(p *proc, kill bool) {
	w.rec.change(func(r *judge.Record) { r.Processes[p.at].End = now() })
	if p.life.stop(p.pid, kill) == nil {
		w.rec.change(func(r *judge.Record) { r.Processes[p.at].Ended = now() })
	}
}

// anyProc is a process to tie a key to: most often one that lives, and now and then
// one that has ended.
func (w *world) anyProc(r *rand.Rand) *proc {
	w.mu.Lock()
	defer w.mu.Unlock()
	recent := w.procs[max(0, len(w.procs)-20):]
	var live []*proc
	for _, p := range recent {
		if !p.dead && p.life.process().Running() {
			live = append(live, p)
		}
	}
	switch {
	case len(recent) == 0:
		return nil
	case len(live) == 0 || r.IntN(20) == 0:
		return recent[r.IntN(len(recent))]
	}
	return live[r.IntN(len(live))]
}

const (
	// procEvery is the mean pause between the ends of two processes, procsLive how
	// many live.
	procEvery = 100 * time.Millisecond
	procsLive = 6
)

// reap starts processes and ends them until stop is closed. What it asks of a node
// that is stopped takes until that goes on, so several of them run.
func (w *world) reap(stop <-chan struct{}, r *rand.Rand) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(pause(r, procEvery*reapers)):
		}
		victim, live := w.victim(r)
		if victim != nil {
			w.endProc(victim, r.IntN(2) == 0)
		}
		if up := w.up(w.hosts, false); live <= procsLive && len(up) > 0 {
			w.spawnProc(up[r.IntN(len(up))])
		}
	}
}

// reapers is how many run.
const reapers = 3

// victim takes a process that is to end, when enough live, and counts those.
func (w *world) victim(r *rand.Rand) (*proc, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var live []*proc
	for _, p := range w.procs {
		if !p.dead && p.life.process().Running() {
			live = append(live, p)
		}
	}
	if len(live) < procsLive {
		return nil, len(live)
	}
	victim := live[r.IntN(len(live))]
	victim.dead = true
	return victim, len(live)
}
