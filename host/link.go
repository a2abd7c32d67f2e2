package host

import (
	"errors"
	"sync"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/wire"
)

const (
	// waitingBytes is what a message counts for in an outbox besides its weight.
	waitingBytes = 192
	// frameBytes is about how long a frame gets: one does not hold up what is behind
	// it for long.
	frameBytes = 1 << 20
	// writingMost is how much the distribution may have to write to a peer before
	// the outbox holds back. It would cut off a peer with far more than that.
	writingMost  = 8 << 20
	writingPause = time.Millisecond
)

// link is the outbox to one connected peer. Its goroutine takes all that has
// gathered while it was sending: what is ready together travels together, and a
// send that hangs holds up nobody but this peer.
type link struct {
	h    *Host
	peer string
	life life // guarded by the host's state

	mu    sync.Mutex
	queue []paxos.Envelope
	posts []post
	// bytes is about what queue and posts take, and what was taken of them and is
	// not sent yet; see Limits.Outbox.
	bytes  int
	closed bool
	wake   chan struct{}
}

// post is a plain term for a process of the peer.
type post struct {
	to   any // etf.Pid, etf.Alias or gen.ProcessID
	term etf.Term
	// sent is told what became of it, where somebody waits for that.
	sent chan<- error
}

func newLink(h *Host, peer string, now life) *link {
	l := &link{h: h, peer: peer, life: now, wake: make(chan struct{}, 1)}
	go l.run()
	return l
}

// post puts a message into the outbox of its receiver.
func (h *Host) post(env paxos.Envelope) {
	h.state.RLock()
	l := h.links[env.To.Name]
	h.state.RUnlock()
	if l == nil || !l.push(paxos.Weight(env.Body), func() { l.queue = append(l.queue, env) }) {
		h.Stats.Dropped.Add(1)
	}
}

// Send sends a term to a process, wherever it is, and does not wait for it.
func (h *Host) Send(node string, to any, term etf.Term) { h.SendLong(node, to, term, 0) }

// SendLong is Send for a term that takes about so many bytes.
func (h *Host) SendLong(node string, to any, term etf.Term, bytes int) {
	h.state.RLock()
	l, p := h.links[node], h.sender
	h.state.RUnlock()
	switch {
	case node == h.name && p != nil:
		if h.sendHere(p, to, term) != nil {
			h.Stats.Dropped.Add(1)
		}
	case l == nil || !l.push(bytes, func() { l.posts = append(l.posts, post{to: to, term: term}) }):
		h.Stats.Dropped.Add(1)
	}
}

// sendHere sends to a process of this node. One that ends tells its processes
// nothing: they end as well, and core takes the mailbox away from a process while it
// may be sending to it, which is a data race.
func (h *Host) sendHere(p gen.Process, to any, term etf.Term) error {
	if !h.node.IsAlive() {
		return ErrClosed
	}
	return p.Send(to, term)
}

// push has something added if there is room. What is longer than all the room
// there ever is passes when nothing else waits.
func (l *link) push(bytes int, add func()) bool {
	bytes += waitingBytes
	l.mu.Lock()
	ok := !l.closed && (l.bytes == 0 || l.bytes+bytes <= l.h.limits.Load().Outbox)
	if ok {
		l.bytes += bytes
		add()
	}
	l.mu.Unlock()
	wakeUp(l.wake)
	return ok
}

func (l *link) close() {
	l.mu.Lock()
	l.closed = true
	dropped := l.posts
	l.queue, l.posts = nil, nil
	l.mu.Unlock()
	drop(dropped)
	wakeUp(l.wake)
}

func (l *link) run() {
	var queue []paxos.Envelope
	var posts []post
	for range l.wake {
		l.mu.Lock()
		queue, l.queue = l.queue, queue[:0]
		posts, l.posts = l.posts, posts[:0]
		taken := l.bytes
		l.mu.Unlock()
		if l.isClosed() {
			drop(posts)
			return
		}
		l.h.state.RLock()
		p := l.h.sender
		l.h.state.RUnlock()
		l.sendFrames(p, queue)
		for _, x := range posts {
			l.awaitRoom()
			err := p.Send(x.to, x.term)
			if err != nil && x.sent == nil {
				l.h.Stats.Dropped.Add(1)
			}
			x.end(err)
		}
		clear(queue)
		clear(posts)
		l.mu.Lock()
		l.bytes -= taken
		l.mu.Unlock()
	}
}

func (l *link) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// awaitRoom waits while the distribution, if it can tell, has much to write to the
// peer: what waits then waits here, where it is bounded.
func (l *link) awaitRoom() {
	d, ok := l.h.distribution().(interface{ Queued(name string) int })
	for ok && d.Queued(l.peer) > writingMost && !l.isClosed() {
		time.Sleep(writingPause)
	}
}

// sendFrames sends frames to each actor of the peer that is addressed.
func (l *link) sendFrames(p gen.Process, queue []paxos.Envelope) {
	for len(queue) > 0 {
		name, from, to := addressee(queue[0].Body), queue[0].From, queue[0].To
		var batch, rest []paxos.Envelope
		for _, env := range queue {
			if addressee(env.Body) == name && env.From == from && env.To == to {
				batch = append(batch, env)
			} else {
				rest = append(rest, env)
			}
		}
		for len(batch) > 0 {
			n := frameful(batch)
			l.awaitRoom()
			l.sendFrame(p, name, batch[:n])
			batch = batch[n:]
		}
		queue = rest
	}
}

// frameful is how many messages go into one frame, at least one.
func frameful(batch []paxos.Envelope) int {
	bytes := 0
	for i := range batch {
		if bytes += paxos.Weight(batch[i].Body); bytes > frameBytes {
			return max(i, 1)
		}
	}
	return len(batch)
}

// sendFrame sends a frame of messages that are all from one identity of this node,
// and to one of the peer.
func (l *link) sendFrame(p gen.Process, name string, batch []paxos.Envelope) {
	s := &l.h.Stats
	frame, err := wire.AppendFrame(nil, batch[0].From, batch[0].To, batch)
	if errors.Is(err, wire.ErrTooLarge) && len(batch) > 1 {
		half := len(batch) / 2
		l.sendFrame(p, name, batch[:half])
		l.sendFrame(p, name, batch[half:])
		return
	}
	if err != nil {
		l.h.Logger().Error("message does not fit the wire", "peer", l.peer, "err", err)
		s.Dropped.Add(uint64(len(batch)))
		return
	}
	if p.Send(gen.ProcessID{Name: name, Node: l.peer}, frame) != nil {
		s.Dropped.Add(uint64(len(batch)))
		return
	}
	s.FramesOut.Add(1)
	s.MessagesOut.Add(uint64(len(batch)))
	s.BytesOut.Add(uint64(len(frame)))
}

var decoders = sync.Pool{New: func() any { return new(wire.Decoder) }}

// Receive takes a frame from a peer, whichever door it came in by. One that
// cannot be read is logged, counted and dropped.
func (h *Host) Receive(frame []byte) {
	d := decoders.Get().(*wire.Decoder)
	defer decoders.Put(d)
	s := &h.Stats
	s.FramesIn.Add(1)
	s.BytesIn.Add(uint64(len(frame)))
	h.do(func(t *task) {
		from, _, envs, err := d.Decode(frame)
		t.local = append(t.local, envs...)
		s.MessagesIn.Add(uint64(len(envs)))
		if err != nil {
			s.BadFrames.Add(1)
			what := "frame from a peer cannot be read"
			if errors.Is(err, wire.ErrVersion) {
				what = "frame from a peer has a version that this node does not know: run the same release everywhere"
			}
			h.Logger().Error(what, "from", from.Name, "err", err)
		}
	})
}
