//go:build linux

package chaos

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/paxoskv/paxoskv/storage"
	"github.com/paxoskv/paxoskv/tests/chaos/judge"
)

// disk is the folder of a machine's node, empty where nodes have none. A node of a new
// name is one on a new machine.
func (w *world) disk(h *host) string {
	if !w.opt.Disk {
		return ""
	}
	return filepath.Join(w.dir, "disks", h.name)
}

// powerCut has the disk of a machine, whose node was just killed, lose what was not
// synced.
func (w *world) powerCut(h *host, f Fault) {
	if !w.opt.Disk || h.runs == runsErlang {
		return
	}
	n, err := powerCut(w.disk(h), w.opt.stream(h.addr+f.String()))
	w.rec.note("the power cut of %s takes back %d sectors: %v", h.addr, n, err)
	if n > 0 {
		w.rec.count("of power cuts that took something back")
	}
}

// wipe gives a machine an empty disk.
func (w *world) wipe(h *host) {
	if !w.opt.Disk {
		return
	}
	if err := os.RemoveAll(w.disk(h)); err != nil {
		w.rec.note("the disk of %s is not wiped: %v", h.addr, err)
	}
}

// damage changes a bit of what the disk of a machine holds, or cuts it off.
func (w *world) damage(h *host, f Fault) {
	if !w.opt.Disk || h.runs == runsErlang {
		return
	}
	path, r := filepath.Join(w.disk(h), storage.FileName), w.opt.stream(f.String())
	b, err := os.ReadFile(path)
	if err == nil && len(b) > 0 {
		at := r.IntN(len(b))
		if r.IntN(4) == 0 {
			b = b[:at]
		} else {
			b[at] ^= 1 << r.IntN(8)
		}
		err = errors.Join(os.WriteFile(path, b, 0o600), os.RemoveAll(path+journalSuffix))
	}
	w.rec.note("the disk of %s is damaged: %v", h.addr, err)
}

// startAgain does what is to be done with a node that was started with a damaged disk:
// where it refuses that, it is started with an empty one.
func (w *world) startAgain(h *host) {
	l, _ := w.now(h)
	m, ok := l.(member)
	if !ok || !w.opt.Disk {
		return
	}
	for m.process().Running() {
		if _, err := m.state(time.Second); err == nil {
			return // what was damaged is not in use
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.rec.count("of them refused")
	w.ended(h)
	w.wipe(h)
	if err := w.start(h); err != nil {
		w.rec.note("%s does not start: %v", h.name, err)
	}
}

// ended takes note that a node has ended by itself, as it was to.
func (w *world) ended(h *host) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h.life = nil
	w.rec.change(func(r *judge.Record) { r.Lives[h.at].End, r.Lives[h.at].Ended = now(), now() })
}

// beginOutage cuts the power of all machines at the same instant. When the fault is
// over the nodes start in some order, one soon after the other.
func (w *world) beginOutage(f Fault) (func(), string) {
	if !w.opt.Disk {
		return nil, "memory does not bear it"
	}
	r := w.opt.stream(f.String())
	down := w.holdAll()
	var ends []func()
	var all sync.WaitGroup
	for _, h := range down {
		ends = append(ends, w.rec.disturb(h.addr, "", "outage"))
		all.Go(func() { w.kill(h) })
	}
	all.Wait()
	for _, h := range down {
		w.powerCut(h, f)
	}
	return func() {
		for _, i := range r.Perm(len(down)) {
			if err := w.start(down[i]); err != nil {
				w.rec.note("%s does not start: %v", down[i].name, err)
			}
			ends[i]()
			w.release(down[i])
			time.Sleep(time.Duration(r.Int64N(int64(100 * time.Millisecond))))
		}
		w.tellErlang()
	}, ""
}

// holdAll takes every machine whose node of the store runs, or is stopped. Those with
// another fault are down as well: it ends by itself.
func (w *world) holdAll() (held []*host) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range w.members() {
		if h.life != nil && (!h.busy || h.paused) {
			h.busy = true
			held = append(held, h)
		}
	}
	return held
}
