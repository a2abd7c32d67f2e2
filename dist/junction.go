package dist

import (
	"context"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/ergo-services/ergo/lib"
	"github.com/ergo-services/ergo/node"
)

// junctionHost is where core listens.
const junctionHost = "127.0.0.1"

// junctionTimeout bounds the steps of a hand-over. Nothing in it leaves the host.
const junctionTimeout = 2 * time.Second

// junction is how a link with a finished handshake gets into core. Core can only
// accept connections, one after the other, or dial them itself in the goroutine
// of whoever wants to send: either way one silent peer makes others wait. So the
// handshakes are done outside, all side by side, whoever dialled; and for each
// finished link a connection is made to core's own listener, which stands for
// it. Core keeps that connection and closes it when it wants to be rid of the
// link.
//
// Core's Accept knows a connection by its remote address. That address is bound
// by a socket of this program, so nobody else can come from it.
type junction struct {
	mu      sync.Mutex
	address string
	waiting map[string]*link
}

// handOver gives a link to core. It returns when core's accept is on its way.
func (w *Wire) handOver(l *link) error {
	conn, err := w.junction.dial(w.ctx, l)
	if err != nil {
		l.close(err)
		l.markGone()
		return err
	}
	go w.watchStandIn(conn, l)
	return nil
}

// dial holds the mutex until the address is known, because core's Accept may run
// before the dial returns.
func (j *junction) dial(ctx context.Context, l *link) (net.Conn, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	d := net.Dialer{Timeout: junctionTimeout}
	conn, err := d.DialContext(ctx, "tcp", j.address)
	if err != nil {
		return nil, err
	}
	if j.waiting == nil {
		j.waiting = make(map[string]*link)
	}
	j.waiting[conn.LocalAddr().String()] = l
	return conn, nil
}

// collect returns the link that a connection from an address stands for, for core
// to take over.
func (j *junction) collect(remote string) *link {
	j.mu.Lock()
	defer j.mu.Unlock()
	l := j.waiting[remote]
	delete(j.waiting, remote)
	if l != nil {
		l.accepted = true
	}
	return l
}

// abandon takes a link back and says whether core had already taken it over.
func (j *junction) abandon(local string, l *link) (accepted bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.waiting[local] == l {
		delete(j.waiting, local)
	}
	return l.accepted
}

// watchStandIn closes the link when core closes the stand-in. If core has not
// taken the link over, or does not come to serve it, its name is freed here.
func (w *Wire) watchStandIn(conn net.Conn, l *link) {
	defer conn.Close()
	timer := time.AfterFunc(junctionTimeout, func() {
		if !l.serving.Load() {
			conn.Close()
		}
	})
	conn.Read(make([]byte, 1))
	timer.Stop()
	l.close(ErrDisconnected)
	if w.junction.abandon(conn.LocalAddr().String(), l) {
		select {
		case <-l.gone:
			return
		case <-time.After(junctionTimeout):
		}
		if l.serving.Load() {
			return
		}
	}
	l.markGone()
}

// handshaker is core's way to the junction. It implements
// node.HandshakeInterface.
type handshaker struct{ w *Wire }

// Init implements node.HandshakeInterface.
func (h handshaker) Init(name string, _ uint32, _ node.Flags) error {
	h.w.name = name
	return nil
}

// Version implements node.HandshakeInterface.
func (h handshaker) Version() node.HandshakeVersion { return 6 }

// Start implements node.HandshakeInterface. Core never dials, see registrar.
func (h handshaker) Start(net.Addr, lib.NetReadWriter, bool, string) (node.HandshakeDetails, error) {
	return node.HandshakeDetails{}, errNotOurs
}

// Accept implements node.HandshakeInterface. It does not read and does not wait.
// Strangers are turned away with io.EOF, about which core says nothing.
func (h handshaker) Accept(remote net.Addr, _ lib.NetReadWriter, _ bool, _ string) (node.HandshakeDetails, error) {
	l := h.w.junction.collect(remote.String())
	if l == nil {
		return node.HandshakeDetails{}, io.EOF
	}
	return node.HandshakeDetails{
		Name:     l.peer.Name,
		Creation: l.peer.Creation,
		Version:  6,
		Custom:   l,
	}, nil
}

// protocol is what core calls for a link. It implements node.ProtoInterface.
type protocol struct{ w *Wire }

// Init implements node.ProtoInterface.
func (protocol) Init(_ context.Context, _ lib.NetReadWriter, _ string, d node.HandshakeDetails) (node.ConnectionInterface, error) {
	l, ok := d.Custom.(*link)
	if !ok {
		return nil, errNotOurs
	}
	return l, nil
}

// Serve implements node.ProtoInterface.
func (protocol) Serve(c node.ConnectionInterface, router node.CoreRouter) {
	c.(*link).serve(router)
}

// Terminate implements node.ProtoInterface. Core has told of the node down.
func (p protocol) Terminate(c node.ConnectionInterface) {
	p.w.downs.Unlock()
	c.(*link).terminated()
}

// setAddress tells the junction where core listens.
func (j *junction) setAddress(port uint16) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.address = net.JoinHostPort(junctionHost, strconv.Itoa(int(port)))
}
