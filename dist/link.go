package dist

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paxoskv/paxoskv/dist/internal/ext"
	"github.com/paxoskv/paxoskv/dist/internal/linkset"
	"github.com/paxoskv/paxoskv/dist/internal/shake"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/node"
)

// link is one connection to a peer, from the end of its handshake on. Core knows
// it as a node.ConnectionInterface and calls its methods from any goroutine,
// often with locks held: so each of them encodes, enqueues and returns.
//
// Three goroutines serve it: the reader (core's, in serve), the writer and the
// pulse. Its life: handed to core, serving, closed (the socket is shut, methods
// refuse), gone (core has told every process; the name is free again).
type link struct {
	wire   *Wire
	peer   Peer
	conn   net.Conn
	queue  *queue
	router node.CoreRouter // set by serve
	intern ext.Intern      // of the reader

	bytesIn, bytesOut, messagesIn, messagesOut atomic.Uint64

	announced bool        // an Up event was sent; belongs to the goroutine of serve
	accepted  bool        // core has taken it over; guarded by the junction
	serving   atomic.Bool // core has called Serve
	closeOnce sync.Once
	closed    chan struct{}
	reason    error // why it was closed; set before closed is
	goneOnce  sync.Once
	gone      chan struct{}

	sig signals
}

// signals are the links and monitors over one link. The mutex is never held
// while core is called: core calls back with its own locks held.
type signals struct {
	mu     sync.Mutex
	closed bool
	links  linkset.Set
	in     map[etf.Ref]watcher // monitors of the peer on processes here
	out    map[uint64]watch    // monitors of processes here, by wire reference
	number map[watch]uint64    // the inverse of out
}

func newLink(w *Wire, conn net.Conn, them shake.Name, dialed bool) *link {
	l := &link{
		wire: w,
		conn: conn,
		peer: Peer{
			Name:     them.Name,
			Creation: them.Creation,
			Flags:    them.Flags & shake.Announced,
			Address:  conn.RemoteAddr().String(),
			Dialed:   dialed,
			Since:    time.Now(),
			Serial:   w.serial.Add(1),
		},
		queue:  newQueue(w.opts.QueueBytes),
		closed: make(chan struct{}),
		gone:   make(chan struct{}),
		sig: signals{
			in:     make(map[etf.Ref]watcher),
			out:    make(map[uint64]watch),
			number: make(map[watch]uint64),
		},
	}
	l.queue.try = tryWriter(conn, &l.bytesOut)
	return l
}

// has says whether both sides announced a capability.
func (l *link) has(flag uint64) bool { return l.peer.Flags&flag != 0 }

// close shuts the link down; the first reason stays. It does not wait.
func (l *link) close(reason error) {
	l.closeOnce.Do(func() {
		l.reason = reason
		close(l.closed)
		l.queue.close()
		closeNow(l.conn)
	})
}

// isClosed says whether close has been called.
func (l *link) isClosed() bool {
	select {
	case <-l.closed:
		return true
	default:
		return false
	}
}

// markGone frees the peer's name. Core has dropped the link, or never had it.
func (l *link) markGone() {
	l.goneOnce.Do(func() {
		l.close(ErrDisconnected)
		l.wire.table.release(l)
		close(l.gone)
	})
}

// closeNow closes a connection without waiting for what the peer has not read. A
// tls.Conn would first try to say goodbye, for up to five seconds.
func closeNow(conn net.Conn) {
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = t.NetConn()
	}
	conn.Close()
}

// meter counts the bytes that arrive, so that the pulse sees a sign of life in
// every part of a long frame.
type meter struct {
	conn  net.Conn
	bytes *atomic.Uint64
}

func (m meter) Read(b []byte) (int, error) {
	n, err := m.conn.Read(b)
	m.bytes.Add(uint64(n))
	return n, err
}
