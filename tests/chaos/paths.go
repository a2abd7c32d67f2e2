//go:build linux

package chaos

import (
	"time"

	"github.com/paxoskv/paxoskv/tests/chaos/lan"
)

// pathFault is a fault of the network that is under way: what it does to the paths
// between two machines. Several may be at once; a path is as bad as all of them make
// it.
type pathFault struct {
	// touches says how the path from one machine to another is.
	touches func(from, to int) (lan.Path, bool)
}

// during puts a fault of the network in place until the returned function is called.
// It is recorded for each pair that it touches.
func (w *world) during(why string, touches func(from, to int) (lan.Path, bool)) (over func()) {
	f := &pathFault{touches: touches}
	var ends []func()
	for i := range w.hosts {
		for j := range i {
			_, there := touches(i, j)
			_, back := touches(j, i)
			if there || back {
				ends = append(ends, w.rec.disturb(w.hosts[i].addr, w.hosts[j].addr, why))
			}
		}
	}
	w.mu.Lock()
	w.paths[f] = struct{}{}
	w.setPaths()
	w.mu.Unlock()
	return func() {
		w.mu.Lock()
		for _, h := range w.hosts {
			if w.cuts(h) > len(w.hosts)/2 {
				h.suspect = time.Now().Add(settle)
			}
		}
		delete(w.paths, f)
		w.setPaths()
		w.mu.Unlock()
		for _, end := range ends {
			end()
		}
	}
}

// setPaths makes each path what the faults make of it. w.mu is held.
func (w *world) setPaths() {
	for i := range w.hosts {
		for j := range w.hosts {
			var p lan.Path
			for f := range w.paths {
				if add, ok := f.touches(i, j); ok {
					p = lan.Path{Cut: p.Cut || add.Cut, Loss: max(p.Loss, add.Loss), Double: max(p.Double, add.Double),
						Delay: max(p.Delay, add.Delay), Jitter: max(p.Jitter, add.Jitter)}
				}
			}
			w.lan.Set(i, j, p)
		}
	}
}

// cuts counts the machines that one is cut off from, in one direction at least. w.mu
// is held.
func (w *world) cuts(h *host) (n int) {
	for j := range w.hosts {
		cut := false
		for f := range w.paths {
			there, ok := f.touches(h.index, j)
			back, okBack := f.touches(j, h.index)
			cut = cut || ok && there.Cut || okBack && back.Cut
		}
		if cut {
			n++
		}
	}
	return n
}

func cutBoth(x, y int) func(int, int) (lan.Path, bool) {
	return func(from, to int) (lan.Path, bool) {
		return lan.Path{Cut: true}, from == x && to == y || from == y && to == x
	}
}

func cutOne(x, y int) func(int, int) (lan.Path, bool) {
	return func(from, to int) (lan.Path, bool) { return lan.Path{Cut: true}, from == x && to == y }
}

// cutSet parts the machines of a set from the others.
func cutSet(in func(int) bool) func(int, int) (lan.Path, bool) {
	return func(from, to int) (lan.Path, bool) { return lan.Path{Cut: true}, in(from) != in(to) }
}

// slow delays all that a machine sends and gets, up to so long; packets overtake.
func slow(x int, most time.Duration) func(int, int) (lan.Path, bool) {
	return func(from, to int) (lan.Path, bool) {
		return lan.Path{Delay: most / 4, Jitter: most * 3 / 4}, from != to && (from == x || to == x)
	}
}

// lossy loses packets between two machines.
func lossy(x, y int, share float64) func(int, int) (lan.Path, bool) {
	return func(from, to int) (lan.Path, bool) {
		return lan.Path{Loss: share, Double: share}, from == x && to == y || from == y && to == x
	}
}
