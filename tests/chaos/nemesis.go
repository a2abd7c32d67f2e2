//go:build linux

package chaos

import (
	"sync"
	"syscall"
	"time"

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
			w.rec.count("left out")
			w.rec.note("left out %s: %s", f, refused)
			continue
		}
		w.rec.count(string(f.Kind))
		w.rec.note("begin    %s", f)
		end := begin.Add(f.At + f.Long)
		wait.Go(func() {
			time.Sleep(time.Until(end))
			over()
			w.rec.note("end      %s", f)
		})
	}
	wait.Wait()
}

const otherFault = "another fault of this node is under way"

// begins begins a fault, or says why it may not be.
func (w *world) begins(f Fault) (over func(), refused string) {
	x := w.hosts[f.X]
	switch f.Kind {
	case Kill:
		return w.beginKill(x, restart{bearable: !w.opt.Disk}, f)
	case Replace:
		return w.beginKill(x, restart{bearable: true, rename: true}, f)
	case Wipe:
		return w.beginKill(x, restart{bearable: true, wipe: true}, f)
	case Damage:
		return w.beginKill(x, restart{bearable: true, damage: true}, f)
	case Crash:
		return w.beginKill(x, restart{powerCut: true}, f)
	case Outage:
		return w.beginOutage(f)
	case Rolling:
		return w.roll, ""
	case Lose:
		return w.beginLose(f)
	case Resize:
		return w.beginResize(x, f)
	case Pause:
		return w.beginPause(x)
	case Clock:
		return w.beginClock([]*host{x}, f)
	case Clocks:
		return w.beginClock(w.members(), f)
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
	if h.busy || h.life == nil {
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

func (w *world) beginPause(h *host) (func(), string) {
	if !w.hold(h) {
		return nil, otherFault
	}
	over := w.rec.disturb(h.addr, "", "paused")
	at := 0
	w.rec.change(func(r *judge.Record) {
		at = len(r.Pauses)
		r.Pauses = append(r.Pauses, judge.Disturbance{A: h.addr, From: now(), Why: "paused"})
	})
	w.mu.Lock()
	h.paused = true
	p := h.life.process()
	w.mu.Unlock()
	_ = p.Signal(syscall.SIGSTOP)
	return func() {
		_ = p.Signal(syscall.SIGCONT)
		over()
		w.rec.change(func(r *judge.Record) { r.Pauses[at].To = now() })
		w.mu.Lock()
		defer w.mu.Unlock()
		if h.life != nil && h.life.process() == p { // no outage came over it
			h.paused, h.busy = false, false
			h.suspect = time.Now().Add(settle)
		}
	}, ""
}

// beginClock sets the clocks of some machines to another time, up to a minute away.
func (w *world) beginClock(of []*host, f Fault) (func(), string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range of {
		if h.jumped {
			return nil, "the clock of " + h.addr + " is off already"
		}
	}
	set := func(offset time.Duration) {
		for _, h := range of {
			h.jumped = offset != 0
			w.rec.change(func(r *judge.Record) {
				r.Clocks = append(r.Clocks, judge.Clock{Node: h.addr, At: now(), Offset: int64(offset)})
			})
			if err := h.clock.set(offset); err != nil {
				w.rec.note("the clock of %s is not set: %v", h.addr, err)
			}
		}
	}
	set(time.Duration((2*f.Amount - 1) * float64(time.Minute)))
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		set(0)
	}, ""
}
