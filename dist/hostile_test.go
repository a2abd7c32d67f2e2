package dist_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/paxoskv/paxoskv/dist"
	"github.com/paxoskv/paxoskv/dist/internal/control"
	"github.com/paxoskv/paxoskv/dist/internal/ext"
	"github.com/paxoskv/paxoskv/dist/internal/shake"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"
)

// rude is a peer that never gets as far as a link.
type rude struct {
	name string
	do   func(p *rawPeer)
}

var rudePeers = []rude{
	{"closes at once", func(p *rawPeer) {}},
	{"random bytes", func(p *rawPeer) {
		b := make([]byte, 4096)
		for i := range b {
			b[i] = byte(rand.Int())
		}
		p.conn.Write(b)
	}},
	{"http", func(p *rawPeer) { p.conn.Write([]byte("GET / HTTP/1.0\r\n\r\n")) }},
	{"huge length", func(p *rawPeer) { p.conn.Write([]byte{0xff, 0xff, 'N'}) }},
	{"no length", func(p *rawPeer) { p.conn.Write([]byte{0, 0, 0, 0}) }},
	{"half a name", func(p *rawPeer) { p.conn.Write([]byte{0, 30, 'N', 0, 0}) }},
	{"old version", func(p *rawPeer) { p.send([]byte("n\x00\x05\x00\x00\x00\x00old@127.0.0.1")) }},
	{"name longer than its message", func(p *rawPeer) {
		b := shake.AppendName(nil, p.self)
		binary.BigEndian.PutUint16(b[13:], 60000)
		p.send(b)
	}},
	{"name without a host", func(p *rawPeer) { p.self.Name = "x"; p.hello() }},
	{"name with two hosts", func(p *rawPeer) { p.self.Name = "x@y@z"; p.hello() }},
	{"name with a line break", func(p *rawPeer) { p.self.Name = "x@y\nz"; p.hello() }},
	{"name too long", func(p *rawPeer) { p.self.Name = strings.Repeat("x", 300) + "@y"; p.hello() }},
	{"our own name", func(p *rawPeer) { p.self.Name = "a@127.0.0.1"; p.hello() }},
	{"no flags", func(p *rawPeer) { p.self.Flags = 0; p.hello() }},
	{"no UNLINK_ID", func(p *rawPeer) { p.self.Flags &^= shake.UnlinkID; p.hello() }},
	{"wrong cookie", func(p *rawPeer) { p.cookie = "guess"; p.hello(); p.prove() }},
	{"digest of another length", func(p *rawPeer) { p.hello(); p.recv(); p.send([]byte("r\x00\x00\x00\x01short")) }},
	{"silent after the status", func(p *rawPeer) { p.hello() }},
	{"status instead of a name", func(p *rawPeer) { p.send(shake.AppendStatus(nil, shake.OK)) }},
}

func TestRudePeers(t *testing.T) {
	a := startChild(t, childConfig{Name: "a@127.0.0.1"})
	for _, r := range rudePeers {
		t.Run(r.name, func(t *testing.T) {
			p := knock(t, a, "x@127.0.0.1")
			r.do(p)
			p.conn.Close()
		})
	}
	requireServing(t, a)
	var peers []dist.Peer
	a.do(&peers, "peers")
	require.Len(t, peers, 1)
	eventually(t, "all to be refused", func() bool {
		var s dist.Stats
		a.do(&s, "stats")
		return s.Refused == uint64(len(rudePeers)) && s.Panics == 0
	})
}

// requireServing does a handshake and a call.
func requireServing(t testing.TB, c *child) {
	t.Helper()
	p := linked(t, c, fmt.Sprintf("good%d@127.0.0.1", rand.Uint32()))
	require.Equal(t, etf.Atom("hello"), p.ask(etf.Atom("hello")))
}

func TestReplayedDigest(t *testing.T) {
	a := startChild(t, childConfig{Name: "a@127.0.0.1"})
	p := knock(t, a, "x@127.0.0.1")
	_, err := p.hello()
	require.NoError(t, err)
	b, err := p.recv()
	require.NoError(t, err)
	c, err := shake.ParseChallenge(b)
	require.NoError(t, err)
	overheard := shake.AppendReply(nil, shake.Reply{Challenge: 1, Digest: shake.MakeDigest("secret", c.Challenge)})
	for range 10 {
		q := knock(t, a, "x@127.0.0.1")
		_, err := q.hello()
		require.NoError(t, err)
		q.recv()
		require.NoError(t, q.send(overheard))
		require.True(t, q.cut())
	}
	var peers []dist.Peer
	a.do(&peers, "peers")
	require.Empty(t, peers)
}

// TestSilentClientsDelayNobody has more silent clients than there are doors. Each
// may be silent for longer than the test waits.
func TestSilentClientsDelayNobody(t *testing.T) {
	a := startChild(t, childConfig{Name: "a@127.0.0.1", Verbose: true, Shake: 10 * patience})
	for range 400 {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", a.port))
		require.NoError(t, err)
		t.Cleanup(func() { conn.Close() })
	}
	eventually(t, "all to be at the doors, the oldest turned out", func() bool {
		var s dist.Stats
		a.do(&s, "stats")
		return s.Refused == 400-256
	})
	requireServing(t, a)
	eventually(t, "a line about those", func() bool { return len(a.said.lines("too many at once")) > 0 })
}

// nested is a payload of lists in lists.
func nested(depth int) []byte {
	b := []byte{ext.Version}
	b = append(b, bytes.Repeat([]byte{108, 0, 0, 0, 1}, depth)...)
	return append(b, bytes.Repeat([]byte{106}, depth+1)...)
}

// cruel is a peer that knows the cookie and then breaks the rules. fatal is
// whether its link is cut for it.
type cruel struct {
	name  string
	fatal bool
	do    func(p *rawPeer) error
}

func toAgent(payload ...byte) func(p *rawPeer) error {
	return func(p *rawPeer) error {
		return p.frame(func(b *control.Builder) { b.RegSend(p.pid(5), "agent") }, payload...)
	}
}

func someoneElse(build func(b *control.Builder, stranger, agent etf.Pid)) func(p *rawPeer) error {
	return func(p *rawPeer) error {
		agent := p.ask(etf.Tuple{etf.Atom("wish"), etf.Atom("self"), etf.List{}}).(etf.Pid)
		stranger := p.pid(9)
		stranger.Node = "a@127.0.0.1"
		return p.frame(func(b *control.Builder) { build(b, stranger, agent) })
	}
}

var cruelPeers = []cruel{
	{"largest length", true, func(p *rawPeer) error { _, err := p.conn.Write([]byte{255, 255, 255, 255, 112}); return err }},
	{"a length over the limit", true, func(p *rawPeer) error { _, err := p.conn.Write([]byte{8, 0, 0, 1, 112}); return err }},
	{"no pass-through", true, func(p *rawPeer) error { return p.raw([]byte{1, 2, 3}) }},
	{"one byte", true, func(p *rawPeer) error { return p.raw([]byte{112}) }},
	{"atom cache header", true, func(p *rawPeer) error { return p.raw([]byte{131, 68, 0, 104, 1, 97, 5}) }},
	{"control is an atom", true, func(p *rawPeer) error { return p.raw([]byte{112, 131, 119, 1, 'a'}) }},
	{"control is cut short", true, func(p *rawPeer) error { return p.raw([]byte{112, 131, 104, 3, 97, 1, 88}) }},
	{"control of 4 G elements", true, func(p *rawPeer) error { return p.raw([]byte{112, 131, 105, 255, 255, 255, 255, 97, 1}) }},
	{"wrong arity", true, func(p *rawPeer) error { return p.raw([]byte{112, 131, 104, 2, 97, 1, 97, 1}) }},
	{"unknown operation", false, func(p *rawPeer) error { return p.raw([]byte{112, 131, 104, 1, 97, 99}) }},
	{"operation 0", false, func(p *rawPeer) error { return p.raw([]byte{112, 131, 104, 1, 97, 0}) }},
	{"huge operation", false, func(p *rawPeer) error {
		return p.raw([]byte{112, 131, 104, 1, 110, 8, 0, 255, 255, 255, 255, 255, 255, 255, 255})
	}},
	{"no payload", false, toAgent()},
	{"payload without 131", false, toAgent(104, 0)},
	{"payload cut short", false, toAgent(131, 109, 0, 0, 0, 9, 1)},
	{"payload with a tail", false, toAgent(131, 106, 106)},
	{"payload of an unknown tag", false, toAgent(131, 1)},
	{"compressed payload", false, toAgent(131, 80, 255, 255, 255, 255, 1, 2, 3)},
	{"opaque payload", false, toAgent(131, 121, 1, 2, 3)},
	{"tuple of 4 G elements", false, toAgent(131, 105, 255, 255, 255, 255)},
	{"list of 4 G elements", false, toAgent(131, 108, 255, 255, 255, 255, 97, 1)},
	{"map of 4 G pairs", false, toAgent(131, 116, 255, 255, 255, 255, 97, 1)},
	{"binary of 4 GB", false, toAgent(131, 109, 255, 255, 255, 255)},
	{"a million lists in lists", false, toAgent(nested(1 << 20)...)},
	{"a call without a caller", false, toAgent([]byte("\x83h\x03w\x09$gen_callh\x02a\x01a\x02a\x03")...)},
	{"monitor in another's name", false, someoneElse(func(b *control.Builder, stranger, agent etf.Pid) {
		b.Monitor(stranger, control.Who{Pid: agent}, etf.Ref{Node: stranger.Node, ID: [5]uint32{1, 2, 3}})
	})},
	{"link in another's name", false, someoneElse(func(b *control.Builder, stranger, agent etf.Pid) { b.Link(stranger, agent) })},
	{"exit without a link", false, someoneElse(func(b *control.Builder, stranger, agent etf.Pid) { b.Exit(stranger, agent, "bang", true) })},
	{"unlink without a link", false, someoneElse(func(b *control.Builder, stranger, agent etf.Pid) {
		b.UnlinkID(1<<63, stranger, agent)
		b.UnlinkIDAck(1<<63, stranger, agent)
	})},
	{"one monitor a thousand times", false, func(p *rawPeer) error {
		agent := p.ask(etf.Tuple{etf.Atom("wish"), etf.Atom("self"), etf.List{}}).(etf.Pid)
		for range 1000 {
			p.frame(func(b *control.Builder) { b.Monitor(p.pid(9), control.Who{Pid: agent}, p.ref(1)) })
		}
		return p.frame(func(b *control.Builder) { b.Demonitor(p.pid(9), control.Who{Pid: agent}, p.ref(1)) })
	}},
	{"DOWN for monitors nobody made", false, func(p *rawPeer) error {
		return p.frame(func(b *control.Builder) { b.MonitorExit(control.Who{Pid: p.pid(9)}, p.pid(1), p.ref(3), "x", true) })
	}},
	{"a hundred thousand ticks", false, func(p *rawPeer) error { _, err := p.conn.Write(make([]byte, 400000)); return err }},
	{"a spawn request", false, func(p *rawPeer) error { return p.raw(append([]byte{112}, spawnRequest(p)...)) }},
}

func spawnRequest(p *rawPeer) []byte {
	b := []byte{131, 104, 6, 97, 29}
	b, _ = ext.AppendRef(b, p.ref(8))
	b, _ = ext.AppendPid(b, p.pid(5))
	b, _ = ext.AppendPid(b, p.pid(6))
	return append(b, 106, 106, 131, 106)
}

func TestCruelPeers(t *testing.T) {
	a := startChild(t, childConfig{Name: "a@127.0.0.1", Silence: time.Minute})
	other := linked(t, a, "other@127.0.0.1")
	for i, c := range cruelPeers {
		t.Run(c.name, func(t *testing.T) {
			p := linked(t, a, fmt.Sprintf("cruel%d@127.0.0.1", i))
			require.NoError(t, c.do(p))
			if c.fatal {
				require.True(t, p.cut())
			} else {
				require.Equal(t, etf.Atom("still"), p.ask(etf.Atom("still")))
				p.conn.Close()
			}
			require.Equal(t, etf.Atom("here"), other.ask(etf.Atom("here")))
		})
	}
	var s dist.Stats
	a.do(&s, "stats")
	require.Zero(t, s.Panics)
	require.Equal(t, uint64(9), s.Garbled)
	require.Equal(t, uint64(3), s.UnknownOps)
	requireClean(t, a)
	var heap int
	a.do(&heap, "heap")
	require.Less(t, heap, 300<<20, "memory stays bounded")
}

// TestFloodWithoutReading has a peer ask and ask and never read the answers.
func TestFloodWithoutReading(t *testing.T) {
	a := startChild(t, childConfig{Name: "a@127.0.0.1", Queue: 4 << 20, Silence: 60 * time.Second})
	p := linked(t, a, "flood@127.0.0.1")
	var b control.Builder
	b.Monitor(p.pid(9), control.Who{Name: "nobody"}, p.ref(1))
	frame := append([]byte{112}, b.B...)
	frame = append(binary.BigEndian.AppendUint32(nil, uint32(len(frame))), frame...)
	batch := bytes.Repeat(frame, 1000)
	eventually(t, "the flood to be cut off", func() bool {
		_, err := p.conn.Write(batch)
		return err != nil
	})
	requireServing(t, a)
}
