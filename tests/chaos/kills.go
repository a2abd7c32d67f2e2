//go:build linux

package chaos

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/tests/chaos/judge"
)

// settle is how long a vote on a seat that is under way may take.
const settle = 2 * time.Second

// noticed is after what time every node has noticed that another one was killed, even
// if its link was cut then.
const noticed = 8 * time.Second

// restart says how a node is killed and started again.
type restart struct {
	// bearable has it killed only if the cluster bears the loss of what it holds.
	bearable bool
	// rename starts it under another name, wipe with an empty disk, damage with one
	// that has changed; powerCut loses what its disk had not yet.
	rename, wipe, damage, powerCut bool
}

// beginKill kills the node of a machine, and starts it again when the fault is over.
func (w *world) beginKill(h *host, how restart, f Fault) (func(), string) {
	if !w.hold(h) {
		return nil, otherFault
	}
	if how.bearable {
		if why := w.mayLose(h); why != "" {
			w.release(h)
			return nil, why
		}
	}
	over := w.rec.disturb(h.addr, "", "killed")
	w.kill(h)
	if how.powerCut {
		w.powerCut(h, f)
	}
	if how.wipe {
		w.wipe(h)
	}
	if how.damage {
		w.damage(h, f)
	}
	return func() {
		w.mu.Lock()
		if how.rename {
			h.rename()
		}
		w.mu.Unlock()
		if err := w.start(h); err != nil {
			w.rec.note("%s does not start: %v", h.name, err)
		}
		if how.damage {
			w.startAgain(h)
		}
		over()
		w.release(h)
		w.tellErlang()
	}, ""
}

// tellErlang tells the Erlang nodes whom to be linked with.
func (w *world) tellErlang() {
	var names []string
	for _, h := range w.members() {
		_, name := w.now(h)
		names = append(names, name)
	}
	for _, h := range w.hosts[len(w.members()):] {
		if l, _ := w.now(h); l != nil {
			_ = l.(*erlangNode).connect(names) // one that is killed now is told when it starts
		}
	}
}

// mayLose says why the memory of a node may not be lost now, or nothing: the store
// bears the loss of as many seats as the quorum leaves over, and each counts until
// its holder has merged what the others hold.
func (w *world) mayLose(h *host) string {
	if h.runs == runsErlang {
		return ""
	}
	states := w.states(time.Second)
	epoch, size := latest(states)
	if size == 0 {
		return "no node tells the size"
	}
	quorum := paxos.Quorum(size)
	w.mu.Lock()
	defer w.mu.Unlock()
	kept, gone := 0, 0
	for _, o := range w.members() {
		switch {
		case o == h || w.mayBeLost(o, states, quorum):
			gone++
		case votes(o, states, epoch):
			kept++
		}
	}
	if kept < quorum || gone > size-quorum {
		return fmt.Sprintf("%d nodes would keep their memory, and %d be gone, of size %d", kept, gone, size)
	}
	return ""
}

// latest is the highest epoch that any node tells of, and its size.
func latest(states []state) (epoch paxos.Epoch, size int) {
	for _, s := range states {
		if s.voters != nil && s.info.Epoch >= epoch {
			epoch, size = s.info.Epoch, s.info.Size
		}
	}
	return epoch, size
}

// mayBeLost says whether a machine's node has lost its memory and not merged yet, or
// may lose its seat any moment, since a quorum may see it gone. w.mu is held.
func (w *world) mayBeLost(h *host, states []state, quorum int) bool {
	if h.life == nil || h.paused || w.cuts(h) >= quorum || time.Now().Before(h.suspect) {
		return true
	}
	return slices.ContainsFunc(states, func(s state) bool {
		return s.host == h && s.err != nil || s.err == nil && !slices.Contains(s.info.Nodes, h.name)
	})
}

// votes says whether a machine's node has a seat and may vote: an agent tells so
// itself, a shell by way of the agents, who may be late to notice that it was killed.
func votes(h *host, states []state, epoch paxos.Epoch) bool {
	return slices.ContainsFunc(states, func(s state) bool {
		if s.err != nil || s.info.Epoch != epoch || !slices.Contains(s.voters, h.name) {
			return false
		}
		return s.host == h || h.runs == runsShell && time.Since(h.started) > noticed
	})
}

// roll kills and starts every node of the store, one after the other, as soon as the
// cluster bears it.
func (w *world) roll() {
	for _, h := range w.members() {
		for end := time.Now().Add(noticed); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			if over, refused := w.beginKill(h, restart{bearable: true}, Fault{}); refused == "" {
				over()
				w.rec.count("of them killed in turn")
				break
			}
		}
	}
}

const leastSize = 3

// beginResize asks for a seat more, or for a seat less. A seat can go only when its
// holder is gone, so one is killed, and started when the fault is over.
func (w *world) beginResize(h *host, f Fault) (func(), string) {
	_, size := latest(w.states(time.Second))
	over, step := func() {}, 1
	if f.Amount < 0.5 {
		step = -1
	}
	if size+step < leastSize || size+step > len(w.members()) {
		step = -step
	}
	switch {
	case size == 0 || size+step < leastSize || size+step > len(w.members()):
		return nil, fmt.Sprintf("size %d is all that there may be", size)
	case h.runs == runsErlang:
		return nil, "it has no seat"
	case !w.beginsResize():
		return nil, otherFault
	case step < 0:
		var refused string
		if over, refused = w.beginKill(h, restart{bearable: true}, f); refused != "" {
			w.endsResize()
			return nil, refused
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.resize(size, size+step, f.Long)
		w.endsResize()
	}()
	return func() {
		over()
		<-done
	}, ""
}

// beginsResize says whether the size may be changed now: not while a majority is lost.
func (w *world) beginsResize() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.losing {
		w.resizing++
	}
	return !w.losing
}

func (w *world) endsResize() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.resizing--
}

// resize asks any node.
func (w *world) resize(from, to int, timeout time.Duration) {
	sizes := func(sizes ...int) {
		w.rec.change(func(r *judge.Record) {
			at := now()
			for _, s := range sizes {
				r.Sizes = append(r.Sizes, judge.Size{At: at, Size: s})
			}
		})
	}
	for _, h := range w.up(w.members(), false) {
		l, _ := w.now(h)
		if a, ok := l.(*agentNode); ok {
			sizes(from, to)
			err := a.resize(to, timeout+5*time.Second)
			w.rec.note("resize from %d to %d: %v", from, to, err)
			switch {
			case err == nil:
				w.rec.count("resized")
				sizes(to)
			case errors.Is(err, paxoskv.ErrRefused):
				w.rec.count("resize refused")
			}
			return
		}
	}
}
