package host

import (
	"maps"
	"math"
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// Network compares the connections of the node with what is known of them. It
// is called on every event of the network, and on every tick, since events may
// be lost.
func (h *Host) Network() {
	if !h.started() {
		return
	}
	fresh, changed := h.connections()
	lost := false
	h.do(func(t *task) {
		var down []string
		t.replica(func(r *paxos.Replica, out *paxos.Output) { down = h.tellDowns(r, out) })
		h.setUp() // before the erasures: a primary that is gone does none
		t.replica(h.tellUps)
		t.tellWatchers(down)
		lost = len(down) > 0
	})
	if lost {
		h.sweep(math.MaxInt) // the step that told the replica has looked at some guards only
	}
	w := h.currentWatcher()
	for _, n := range fresh {
		h.reached(n)
		if w != nil {
			w.Up(n)
		}
	}
	if changed {
		h.refresh()
	}
}

// Heard takes note that something has come from a node. A link carries requests
// before its event is seen, and what goes to a node of which the host does not
// know is dropped, the answer too. No lock that an Event needs may be held.
func (h *Host) Heard(node string) {
	h.state.RLock()
	known := node == h.name || h.links[node] != nil
	h.state.RUnlock()
	if !known {
		h.Network()
	}
}

// connections gives each connected node its outbox, anew where another life has
// come, and ends those of the others. It tells which links are fresh since the
// last look, and whether anything has changed. A node whose link has just gone,
// and of which ergo knows for a moment longer, is not connected.
func (h *Host) connections() (fresh []string, changed bool) {
	h.state.Lock()
	defer h.state.Unlock()
	lives := make(map[string]life)
	for _, n := range h.node.Nodes() { // under the lock: of two calls the later has the later news
		now := life{}
		if h.wire != nil {
			now.creation, now.serial = h.wire.Link(n)
		}
		if h.wire == nil || now.serial != 0 {
			lives[n] = now
		}
	}
	for n, l := range h.links {
		if now, connected := lives[n]; !connected || now.creation != l.life.creation {
			l.close()
			delete(h.links, n)
			changed = true
		}
	}
	for n, now := range lives {
		switch l := h.links[n]; {
		case l == nil:
			h.links[n] = newLink(h, n, now)
		case l.life != now:
			l.life = now
		default:
			continue
		}
		fresh, changed = append(fresh, n), true
	}
	return fresh, changed
}

// tellDowns tells the replica of the nodes that it takes for connected and that
// are not, or not as that life: a node that is connected as another was down in
// between, whether or not anybody saw it. What the replica was told is compared
// under its lock, with the connections of now: two calls may overtake each other.
func (h *Host) tellDowns(r *paxos.Replica, out *paxos.Output) (down []string) {
	h.state.RLock()
	defer h.state.RUnlock()
	for _, n := range slices.Sorted(maps.Keys(h.told)) {
		if l := h.links[n]; l == nil || l.life.creation != h.told[n].creation {
			delete(h.told, n)
			down = append(down, n)
			r.PeerDown(now(), n, out)
		}
	}
	return down
}

// tellUps tells it of those that it does not know, and of those that are
// connected anew as the same life, so that they are greeted.
func (h *Host) tellUps(r *paxos.Replica, out *paxos.Output) {
	h.state.RLock()
	defer h.state.RUnlock()
	for n, l := range h.links {
		if told, known := h.told[n]; known && told == l.life {
			continue
		}
		h.told[n] = l.life
		r.PeerUp(n, out)
		if l.life.creation != 0 {
			r.Linked(n, l.life.creation)
		}
	}
}
