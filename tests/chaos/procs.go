//go:build linux

package chaos

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/chaos/judge"
)

// proc is a process of a node that keys are tied to.
type proc struct {
	name string
	pid  etf.Pid
	node *node
	at   int // its place in the record
	dead bool
}

// spawnProc starts a process on a node.
func (w *world) spawnProc(n *node) *proc {
	begin := agent.Now()
	p := &proc{node: n}
	if n.ask("Spawn", struct{}{}, &p.pid, 5*time.Second) != nil {
		return nil // the node was killed, or is stopped
	}
	w.rec.change(func(r *judge.Record) {
		p.at = len(r.Processes)
		p.name = fmt.Sprintf("p%d", p.at)
		r.Processes = append(r.Processes, judge.Process{Name: p.name, Node: n.name, Begin: begin})
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.procs = append(w.procs, p)
	return p
}

// endProc ends a process.
func (w *world) endProc(p *proc, r *rand.Rand) {
	w.rec.change(func(r *judge.Record) { r.Processes[p.at].End = agent.Now() })
	e := agent.End{PID: p.pid, Kill: r.IntN(2) == 0, Reason: "done"}
	if p.node.ask("End", e, &struct{}{}, 20*time.Second) == nil {
		w.rec.change(func(r *judge.Record) { r.Processes[p.at].Ended = agent.Now() })
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
		if !p.dead {
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

// reap starts processes and ends them until stop is closed.
func (w *world) reap(stop <-chan struct{}) {
	r := w.opt.stream("processes")
	for {
		select {
		case <-stop:
			return
		case <-time.After(pause(r, procEvery)):
		}
		w.mu.Lock()
		var live []*proc
		for _, p := range w.procs {
			if !p.dead && p.node.process.Running() {
				live = append(live, p)
			}
		}
		var victim *proc
		if len(live) >= procsLive {
			victim = live[r.IntN(len(live))]
			victim.dead = true
		}
		w.mu.Unlock()
		if victim != nil {
			w.endProc(victim, r)
		}
		if up := w.up(false); len(live) <= procsLive && len(up) > 0 {
			if n := w.at(up[r.IntN(len(up))]); n != nil {
				w.spawnProc(n)
			}
		}
	}
}
