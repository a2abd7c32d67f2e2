package dist_test

import (
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxy stands between two nodes and can fall silent, in either direction: bytes
// are then taken and thrown away, and no connection is closed. To the nodes it
// is a cable that was cut.
type proxy struct {
	listener net.Listener
	target   string

	mu    sync.Mutex
	there bool // bytes to the target pass
	back  bool // bytes from the target pass
	away  bool // nobody is let in
	conns []net.Conn
}

func startProxy(t testing.TB, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{listener: l, target: target, there: true, back: true}
	t.Cleanup(func() { l.Close(); p.hangUp(true) })
	go p.run()
	return p
}

func (p *proxy) address() string { return p.listener.Addr().String() }

// pass sets which directions work.
func (p *proxy) pass(there, back bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.there, p.back = there, back
}

// hangUp closes all connections, and new ones too until it is taken back.
func (p *proxy) hangUp(away bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away = away
	for _, conn := range p.conns {
		conn.Close()
	}
	p.conns = nil
}

// admit notes the two ends of a connection, unless nobody is let in.
func (p *proxy) admit(in, out net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away {
		in.Close()
		out.Close()
		return false
	}
	p.conns = append(p.conns, in, out)
	return true
}

func (p *proxy) run() {
	for {
		in, err := p.listener.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", p.target)
		if err != nil {
			in.Close()
			continue
		}
		if !p.admit(in, out) {
			continue
		}
		go p.copy(out, in, &p.there)
		go p.copy(in, out, &p.back)
	}
}

// copy passes bytes on, and the end of the connection. What comes while the way is
// shut is lost, the end too: the other side keeps a connection to nobody.
func (p *proxy) copy(to, from net.Conn, open *bool) {
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		p.mu.Lock()
		pass := *open
		p.mu.Unlock()
		if pass && n > 0 {
			_, err = to.Write(b[:n])
		}
		if err != nil {
			if pass {
				to.Close()
			}
			return
		}
	}
}
