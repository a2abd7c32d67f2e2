//go:build linux

package chaos

import (
	"fmt"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/chaos/judge"
)

// inflict carries out a plan. It returns when the last fault is over.
func (w *world) inflict(plan []Fault) {
	begin := time.Now()
	var wait sync.WaitGroup
	for _, f := range plan {
		time.Sleep(time.Until(begin.Add(f.At)))
		over, refused := w.begins(f)
		if refused != "" {
			w.rec.count("refused")
			w.rec.note("left out %s: %s", f, refused)
			continue
		}
		w.rec.count(string(f.Kind))
		w.rec.note("begin %s", f)
		end := begin.Add(f.At + f.Long)
		wait.Go(func() {
			time.Sleep(time.Until(end))
			over()
			w.rec.note("end   %s", f)
		})
	}
	wait.Wait()
}

// begins begins a fault, or says why it may not be.
func (w *world) begins(f Fault) (over func(), refused string) {
	x := w.hosts[f.X]
	switch f.Kind {
	case Kill:
		return w.beginKill(x)
	case Pause:
		return w.beginPause(x)
	case Clock:
		return w.beginClock(x, f)
	}
	touches := cutBoth(f.X, f.Y)
	switch f.Kind {
	case CutOne:
		touches = cutOne(f.X, f.Y)
	case Isolate:
		touches = cutSet(func(i int) bool { return i == f.X })
	case Split:
		touches = cutSet(func(i int) bool { return i == f.X || i == f.Y })
	case Slow:
		touches = slow(f.X, time.Duration(f.Amount*f.Amount*float64(400*time.Millisecond)))
	case Lossy:
		touches = lossy(f.X, f.Y, 0.3*f.Amount)
	}
	return w.during(f.String(), touches), ""
}

// hold takes a machine for a fault of its process, which must run.
func (w *world) hold(h *host) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if h.busy || h.node == nil {
		return false
	}
	h.busy = true
	return true
}

func (w *world) release(h *host) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h.busy = false
}

func (w *world) beginKill(h *host) (func(), string) {
	if !w.hold(h) {
		return nil, "another fault of this node is under way"
	}
	if why := w.mayLose(h); why != "" {
		w.release(h)
		return nil, why
	}
	over := w.rec.disturb(h.addr, "", "killed")
	w.kill(h)
	return func() {
		if err := w.start(h); err != nil {
			w.rec.note("%s does not start: %v", h.name, err)
		}
		over()
		w.release(h)
	}, ""
}

// mayLose says why the memory of a node may not be lost now, or nothing: the store
// bears the loss of as many seats as the quorum leaves over, and each counts until
// its holder has merged what the others hold.
func (w *world) mayLose(h *host) string {
	states := w.states(time.Second)
	var epoch paxos.Epoch
	size := 0
	for _, s := range states {
		if s.err == nil && s.info.Epoch >= epoch {
			epoch, size = s.info.Epoch, s.info.Size
		}
	}
	if size == 0 {
		return "no node tells the size"
	}
	quorum := paxos.Quorum(size)
	kept, impaired := 0, 0
	w.mu.Lock()
	defer w.mu.Unlock()
	lost := make(map[*host]bool)
	for _, o := range w.hosts {
		// A node that a quorum may see gone may lose its seat any moment.
		lost[o] = o == h || o.node == nil || o.paused || w.cuts(o) >= quorum || time.Now().Before(o.suspect)
		for _, s := range states {
			seen := s.err == nil && slices.Contains(s.info.Nodes, o.name)
			lost[o] = lost[o] || s.host == o && (s.err != nil || s.info.Epoch != epoch) || !seen && s.host != h
		}
	}
	for _, s := range states {
		if !lost[s.host] && s.info.Voting {
			kept++
		}
	}
	for _, o := range w.hosts {
		if lost[o] {
			impaired++
		}
	}
	if kept < quorum || impaired > size-quorum {
		return fmt.Sprintf("%d nodes would keep their memory, %d be gone, of size %d", kept, impaired, size)
	}
	return ""
}

// settle is how long a vote on a seat that is under way may take.
const settle = 2 * time.Second

func (w *world) beginPause(h *host) (func(), string) {
	if !w.hold(h) {
		return nil, "another fault of this node is under way"
	}
	over := w.rec.disturb(h.addr, "", "paused")
	at := 0
	w.rec.change(func(r *judge.Record) {
		at = len(r.Pauses)
		r.Pauses = append(r.Pauses, judge.Disturbance{A: h.addr, From: agent.Now(), Why: "paused"})
	})
	w.mu.Lock()
	h.paused = true
	n := h.node
	w.mu.Unlock()
	_ = n.process.Signal(syscall.SIGSTOP)
	return func() {
		_ = n.process.Signal(syscall.SIGCONT)
		over()
		w.rec.change(func(r *judge.Record) { r.Pauses[at].To = agent.Now() })
		w.mu.Lock()
		h.paused, h.busy = false, false
		h.suspect = time.Now().Add(settle)
		w.mu.Unlock()
	}, ""
}

// beginClock sets a node's clock to another time, up to a minute away.
func (w *world) beginClock(h *host, f Fault) (func(), string) {
	if !w.hold(h) { // so that it is not stopped meanwhile, nor killed
		return nil, "another fault of this node is under way"
	}
	n := w.at(h)
	set := func(offset time.Duration) {
		w.rec.change(func(r *judge.Record) {
			r.Clocks = append(r.Clocks, judge.Clock{Node: h.name, At: agent.Now(), Offset: int64(offset)})
		})
		if err := n.ask("Clock", int64(offset), &struct{}{}, time.Minute); err != nil {
			w.rec.note("the clock of %s is not set: %v", h.name, err)
		}
	}
	set(time.Duration((2*f.Amount - 1) * float64(time.Minute)))
	return func() {
		set(0)
		w.release(h)
	}, ""
}
