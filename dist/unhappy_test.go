package dist_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/paxoskv/paxoskv/dist"
	"github.com/paxoskv/paxoskv/dist/internal/shake"
	"github.com/paxoskv/paxoskv/tests/ports"

	"github.com/ergo-services/ergo/node"
	"github.com/stretchr/testify/require"
)

// unhappy is a link that must not come to be. dialer and acceptor are what the
// two have to say about it; "" is nothing.
type unhappy struct {
	name             string
	a, b             childConfig
	dialer, acceptor string
}

// TestUnhappyLinks has a dial b in vain: each says why, the dialer in one line
// however often it tries, the other in one line for each try, and each counts.
func TestUnhappyLinks(t *testing.T) {
	ours, others := newAuthority(t), newAuthority(t)
	good := ours.issue(t.TempDir(), ours)
	for _, u := range []unhappy{
		{"cookie", childConfig{Cookie: "another"}, childConfig{},
			"dist: wrong cookie, as b@127.0.0.1 sees it", "dist: wrong cookie: a@127.0.0.1"},
		{"not on the list", childConfig{}, childConfig{Allow: []string{"c@127.0.0.1"}},
			"dist: node is not allowed: by b@127.0.0.1", "dist: node is not allowed: a@127.0.0.1"},
		{"not on our list", childConfig{Allow: []string{"c@127.0.0.1"}}, childConfig{},
			"dist: node is not allowed: b@127.0.0.1", ""},
		{"certificate of another authority", childConfig{TLSDir: others.issue(t.TempDir(), ours)}, childConfig{TLSDir: good},
			"remote error: tls: unknown certificate authority", "x509: certificate signed by unknown authority"},
		{"authority that did not sign b", childConfig{TLSDir: ours.issue(t.TempDir(), others)}, childConfig{TLSDir: good},
			"x509: certificate signed by unknown authority", "remote error: tls: bad certificate"},
		{"certificate of another host", childConfig{TLSDir: good},
			childConfig{TLSDir: ours.issueFor(t.TempDir(), ours, "127.0.0.2", time.Now().Add(time.Hour))},
			"x509: certificate is valid for 127.0.0.2, not 127.0.0.1", "remote error: tls: bad certificate"},
		{"certificate that is out of date",
			childConfig{TLSDir: ours.issueFor(t.TempDir(), ours, "127.0.0.1", time.Now().Add(-time.Minute))}, childConfig{TLSDir: good},
			"remote error: tls: expired certificate", "x509: certificate has expired"},
		{"no TLS to TLS", childConfig{}, childConfig{TLSDir: good},
			"EOF", "tls: first record does not look like a TLS handshake"},
		{"TLS to no TLS", childConfig{TLSDir: good}, childConfig{},
			"connection reset by peer", "the other side speaks TLS"},
	} {
		t.Run(u.name, func(t *testing.T) {
			u.a.Verbose, u.b.Verbose = true, true
			a, b := two(t, u.a, u.b)
			a.do(nil, "connect", b.name)
			var here, there dist.Stats
			eventually(t, "some tries", func() bool {
				a.do(&here, "stats")
				b.do(&there, "stats")
				return here.FailedDials > 2 && there.Refused > 2
			})
			require.False(t, hasPeer(a, b.name))
			require.False(t, hasPeer(b, a.name))
			var trouble map[string]string
			a.do(&trouble, "trouble")
			require.Len(t, trouble, 1)
			require.Contains(t, trouble[b.name], u.dialer)
			eventually(t, "a line of the dialer", func() bool { return len(a.said.lines("no link to peer")) > 0 })
			lines := a.said.lines("no link to peer")
			require.Len(t, lines, 1, "the same again is no news")
			require.Contains(t, lines[0], u.dialer)
			if u.acceptor == "" {
				require.Empty(t, b.said.lines("handshake refused"))
				return
			}
			eventually(t, "a line for each try", func() bool { return len(b.said.lines("handshake refused")) > 2 })
			for _, line := range b.said.lines("handshake refused") {
				require.Contains(t, line, u.acceptor)
			}
		})
	}
}

// TestAllowedNodesMayLink shows that a list keeps nobody out who is on it.
func TestAllowedNodesMayLink(t *testing.T) {
	a, b := two(t, childConfig{Allow: []string{"b@127.0.0.1"}}, childConfig{Allow: []string{"c@127.0.0.1", "a@127.0.0.1"}})
	join(t, a, b)
}

func TestWrongNodeAtAnAddress(t *testing.T) {
	a, b := two(t, childConfig{Verbose: true}, childConfig{})
	a.do(nil, "address", "c@127.0.0.1", fmt.Sprintf("127.0.0.1:%d", b.port))
	a.do(nil, "connect", "c@127.0.0.1")
	eventually(t, "a refusal", func() bool { return len(a.said.lines("no link to peer")) > 0 })
	require.Contains(t, a.said.lines("no link to peer")[0], `dist: wrong node name: c@127.0.0.1 calls itself \"b@127.0.0.1\"`)
	require.False(t, hasPeer(a, "c@127.0.0.1"))
	require.False(t, hasPeer(a, b.name))
}

// TestUnhappyPeers has hand-made peers that are refused for what they say.
func TestUnhappyPeers(t *testing.T) {
	a := startChild(t, childConfig{Name: "a@127.0.0.1", Verbose: true})
	for want, spoil := range map[string]func(p *rawPeer){
		"dist: peer lacks mandatory flags: x@127.0.0.1 lacks 0x2000000": func(p *rawPeer) { p.self.Flags &^= shake.UnlinkID },
		`dist: wrong node name: peer calls itself \"a@127.0.0.1\"`:      func(p *rawPeer) { p.self.Name = "a@127.0.0.1" },
		`dist: wrong node name: peer calls itself \"x\"`:                func(p *rawPeer) { p.self.Name = "x" },
	} {
		p := knock(t, a, "x@127.0.0.1")
		spoil(p)
		status, err := p.hello()
		require.NoError(t, err)
		require.Equal(t, shake.NotAllowed, status)
		require.True(t, p.cut())
		eventually(t, "one line", func() bool { return len(a.said.lines(want)) == 1 })
	}
}

// TestHandshakeDeadline has peers that say little, and slowly: the deadline is for
// the whole handshake, at either end. It leaves those time enough who are not slow.
func TestHandshakeDeadline(t *testing.T) {
	a := startChild(t, childConfig{Name: "a@127.0.0.1", Verbose: true, Shake: 2 * time.Second})
	for name, slow := range map[string]func(p *rawPeer) error{
		"silent": func(p *rawPeer) error { return nil },
		"silent after the status": func(p *rawPeer) error {
			_, err := p.hello()
			return err
		},
		"one byte after another": func(p *rawPeer) error {
			for range 1000 { // far more than the deadline's time, a name of 2048 bytes needs more
				if _, err := p.conn.Write([]byte{2}); err != nil {
					return nil
				}
				time.Sleep(10 * time.Millisecond) // the slowness that is tested
			}
			return fmt.Errorf("nobody hung up")
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(a.said.lines("took too long"))
			p := knock(t, a, "x@127.0.0.1")
			require.NoError(t, slow(p))
			require.True(t, p.cut())
			eventually(t, "one line", func() bool { return len(a.said.lines("took too long")) == before+1 })
		})
	}
	t.Run("dialled", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0") // connections wait in its backlog for ever
		require.NoError(t, err)
		t.Cleanup(func() { l.Close() })
		a.do(nil, "address", "mute@127.0.0.1", l.Addr().String())
		a.do(nil, "connect", "mute@127.0.0.1")
		eventually(t, "one line", func() bool { return len(a.said.lines("peer=mute@127.0.0.1")) == 1 })
		require.Contains(t, a.said.lines("peer=mute@127.0.0.1")[0], "dist: handshake failed: took too long")
	})
	requireServing(t, a)
}

func TestNameAndPortTaken(t *testing.T) {
	port := ports.One(t)
	first := startChild(t, childConfig{Name: "n@127.0.0.1", EPMD: port})
	_, err := tryChild(t, childConfig{Name: "n@127.0.0.1", EPMD: port})
	require.EqualError(t, err, "dist: node name is taken: n@127.0.0.1")
	_, err = tryChild(t, childConfig{Name: "m@127.0.0.1", EPMD: port, Listen: fmt.Sprintf(":%d", first.port)})
	require.EqualError(t, err, fmt.Sprintf("dist: port is taken: 127.0.0.1:%d", first.port))
	require.False(t, known(port, "m"), "a node that does not start is not registered")
}

// TestUnhappyStarts checks the sentinels of Start, which core passes on as text.
func TestUnhappyStarts(t *testing.T) {
	port := ports.One(t)
	startChild(t, childConfig{Name: "n@127.0.0.1", EPMD: port})
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	off := dist.EPMD{Off: true}
	for _, c := range []struct {
		name string
		o    dist.Options
		want error
	}{
		{"n@127.0.0.1", dist.Options{Cookie: "x", EPMD: dist.EPMD{Port: port}}, dist.ErrNameTaken},
		{"m@127.0.0.1", dist.Options{Cookie: "x", EPMD: off, Listen: taken.Addr().String()}, dist.ErrPortTaken},
		{"m@127.0.0.1", dist.Options{Cookie: "x", EPMD: off, Listen: "nowhere"}, dist.ErrOptions},
		{"m@127.0.0.1", dist.Options{EPMD: off}, dist.ErrOptions},
		{"m", dist.Options{Cookie: "x", EPMD: off}, dist.ErrName},
		{strings.Repeat("m", 255) + "@127.0.0.1", dist.Options{Cookie: "x", EPMD: off}, dist.ErrName},
	} {
		_, _, err := dist.Start(context.Background(), c.name, node.Options{}, c.o)
		require.ErrorIs(t, err, c.want)
	}
}

// TestTooLong sends a message that is too long: the sender is told, and the link
// and the messages after it go on.
func TestTooLong(t *testing.T) {
	a, b := pair(t, childConfig{Frame: 100000})
	var failed int
	a.do(&failed, "burst", b.name, "agent", 3, 100000)
	require.Equal(t, 3, failed)
	a.do(&failed, "burst", b.name, "agent", 2, 90000)
	require.Zero(t, failed)
	waitLog(t, b, "agent", 2)
	var s dist.Stats
	a.do(&s, "stats")
	require.Equal(t, uint64(3), s.EncodeErrors)
	requireEvents(t, a, b.name+" true")
}
