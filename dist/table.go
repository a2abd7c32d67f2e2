package dist

import (
	"context"
	"sync"
	"time"

	"github.com/paxoskv/paxoskv/dist/internal/shake"
)

// table says for every node name what link stands, what is on its way and what
// the connector has been asked for. Its one mutex orders all of that: so two
// handshakes with one peer never end in two links.
type table struct {
	mu    sync.Mutex
	slots map[string]*slot
}

// slot is the state of one name. link is set from the end of a handshake until
// core has forgotten the link.
type slot struct {
	link    *link
	dialing *attempt
	inbound int // handshakes that the peer has opened and that still run
	changed chan struct{}

	wanted  bool // keep a link up
	allowed bool // dial when somebody wants to send
	parted  bool // dial only for Connect and Allow
	dialer  *dialer
	failed  error // of the last own attempt; nil once a link has stood
}

// empty says whether nothing would be lost with the slot.
func (s *slot) empty() bool {
	return s.link == nil && s.dialing == nil && s.inbound == 0 && !s.wanted && !s.allowed && !s.parted && s.dialer == nil
}

// attempt is an own handshake that has sent its name.
type attempt struct{ cancel context.CancelCauseFunc }

// at returns the slot of a name, made if need be. The mutex must be held.
func (t *table) at(name string) *slot {
	s := t.slots[name]
	if s == nil {
		s = &slot{changed: make(chan struct{})}
		if t.slots == nil {
			t.slots = make(map[string]*slot)
		}
		t.slots[name] = s
	}
	return s
}

// tell wakes all who wait for a change of a slot and drops the slot if nothing is
// in it any more. The mutex must be held.
func (t *table) tell(name string, s *slot) {
	close(s.changed)
	s.changed = make(chan struct{})
	if s.empty() {
		delete(t.slots, name)
	}
}

// change runs f on the slot of a name and wakes those who wait.
func (t *table) change(name string, f func(*slot)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.at(name)
	f(s)
	t.tell(name, s)
}

// wait waits until f says true of the slot, or ctx ends.
func (t *table) wait(ctx context.Context, name string, f func(*slot) bool) error {
	for {
		t.mu.Lock()
		s := t.at(name)
		done, changed := f(s), s.changed
		if done && s.empty() {
			t.tell(name, s)
		}
		t.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// open begins an inbound handshake and returns the status to answer with.
func (t *table) open(own, peer string) (status shake.Status) {
	t.change(peer, func(s *slot) {
		s.inbound++
		status = shake.Situation{Own: own, Peer: peer, Up: s.link != nil, Dialing: s.dialing != nil}.Answer()
	})
	return status
}

// shut ends an inbound handshake, whatever came of it.
func (t *table) shut(peer string) {
	t.change(peer, func(s *slot) { s.inbound-- })
}

// yieldTime is how long an own attempt waits for the peer's to finish.
const yieldTime = 500 * time.Millisecond

// dial begins an own attempt. It lets a handshake of the peer that already runs
// go first, but not for long: its name is not proven yet.
func (t *table) dial(ctx context.Context, peer string, a *attempt) error {
	brief, cancel := context.WithTimeout(ctx, yieldTime)
	defer cancel()
	t.wait(brief, peer, func(s *slot) bool { return s.inbound == 0 || s.link != nil })
	err := ErrCrossed
	t.change(peer, func(s *slot) {
		if s.link == nil && ctx.Err() == nil {
			s.dialing, err = a, nil
		}
	})
	return err
}

// dialed ends an own attempt.
func (t *table) dialed(peer string) {
	t.change(peer, func(s *slot) { s.dialing = nil })
}

// install makes a link the link of its name. A standing one is closed, if it has
// to yield, and waited for: core must have told of its end before it hears of
// the new one.
func (t *table) install(ctx context.Context, own string, l *link, answer shake.Status) error {
	situation := shake.Situation{Own: own, Peer: l.peer.Name}
	for {
		var old *link
		t.change(l.peer.Name, func(s *slot) {
			if old = s.link; old == nil {
				s.link, s.failed = l, nil
				if s.dialing != nil && !l.peer.Dialed {
					s.dialing.cancel(ErrCrossed)
				}
			}
		})
		if old == nil {
			return nil
		}
		if !old.isClosed() && !situation.Yields(answer, l.peer.Dialed, old.peer.Dialed) {
			return ErrCrossed
		}
		old.close(ErrReplaced)
		select {
		case <-old.gone:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// release frees the name of a link that core has forgotten.
func (t *table) release(l *link) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.slots[l.peer.Name]; s != nil && s.link == l {
		s.link = nil
		t.tell(l.peer.Name, s)
	}
}

// links returns all links that stand.
func (t *table) links() []*link {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]*link, 0, len(t.slots))
	for _, s := range t.slots {
		if s.link != nil {
			out = append(out, s.link)
		}
	}
	return out
}

// link returns the link of a name, or nil.
func (t *table) link(name string) *link {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.slots[name]; s != nil {
		return s.link
	}
	return nil
}
