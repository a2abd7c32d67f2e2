//go:build linux

package chaos

import (
	"os"
	"path/filepath"
	"sync"
	"time"
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
