package dist

import (
	"slices"
	"sync"
	"time"
)

// Peer is one live link.
type Peer struct {
	Name     string
	Creation uint32 // the peer's, as it gave it in the handshake
	Flags    uint64 // the capabilities that both sides announced
	Address  string // the other end of the connection
	Dialed   bool   // this node opened the link
	Since    time.Time
	Serial   uint64 // different for every link of this node, and growing
}

// Event says that a link has come up or gone down.
//
// For one peer the events alternate, Up first, and a Down carries the Serial of
// the Up before it. Up comes when messages can be sent; Down when everything
// that hung on the link (monitors, links) has been told.
type Event struct {
	Up     bool
	Peer   Peer
	Reason error // why the link went down; nil for Up
}

// Subscription delivers events, in order and without loss: what has not been
// taken from C waits, however long it takes. C is closed after Close.
type Subscription struct {
	C <-chan Event

	hub   *hub
	mu    sync.Mutex
	queue []Event
	wake  chan struct{}
	quit  chan struct{}
	once  sync.Once
}

// Close ends the subscription. It may be called more than once.
func (s *Subscription) Close() {
	s.once.Do(func() {
		s.hub.remove(s)
		close(s.quit)
	})
}

func (s *Subscription) put(e Event) {
	s.mu.Lock()
	s.queue = append(s.queue, e)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Subscription) take() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.queue
	s.queue = nil
	return out
}

func (s *Subscription) run(out chan<- Event) {
	defer close(out)
	for {
		for _, e := range s.take() {
			select {
			case out <- e:
			case <-s.quit:
				return
			}
		}
		select {
		case <-s.wake:
		case <-s.quit:
			return
		}
	}
}

// hub knows the live peers and tells the subscribers of every change. One mutex
// over both makes a new subscriber's snapshot and the events after it agree.
type hub struct {
	mu   sync.Mutex
	live map[string]Peer
	subs []*Subscription
}

func (h *hub) up(p Peer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.live == nil {
		h.live = make(map[string]Peer)
	}
	h.live[p.Name] = p
	h.tell(Event{Up: true, Peer: p})
}

func (h *hub) down(p Peer, reason error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.live, p.Name)
	h.tell(Event{Peer: p, Reason: reason})
}

func (h *hub) tell(e Event) {
	for _, s := range h.subs {
		s.put(e)
	}
}

func (h *hub) peers() []Peer {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]Peer, 0, len(h.live))
	for _, p := range h.live {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Peer) int { return int(a.Serial) - int(b.Serial) })
	return out
}

func (h *hub) subscribe() *Subscription {
	c := make(chan Event)
	s := &Subscription{C: c, hub: h, wake: make(chan struct{}, 1), quit: make(chan struct{})}
	h.mu.Lock()
	for _, p := range h.live {
		s.put(Event{Up: true, Peer: p})
	}
	h.subs = append(h.subs, s)
	h.mu.Unlock()
	go s.run(c)
	return s
}

func (h *hub) remove(s *Subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.subs = slices.DeleteFunc(h.subs, func(x *Subscription) bool { return x == s })
}
