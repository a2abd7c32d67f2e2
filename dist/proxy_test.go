package dist_test

import (
	"io"
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
}

func startProxy(t testing.TB, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{listener: l, target: target, there: true, back: true}
	t.Cleanup(func() { l.Close() })
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
		go p.copy(out, in, &p.there)
		go p.copy(in, out, &p.back)
	}
}

func (p *proxy) copy(to, from net.Conn, open *bool) {
	defer to.Close()
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		if err != nil && err != io.EOF {
			return
		}
		p.mu.Lock()
		pass := *open
		p.mu.Unlock()
		if !pass {
			if err != nil { // even the end of a connection is not seen
				return
			}
			continue
		}
		if n > 0 {
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
