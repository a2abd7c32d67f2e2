package dist_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/paxoskv/paxoskv/dist/internal/control"
	"github.com/paxoskv/paxoskv/dist/internal/shake"
	"github.com/paxoskv/paxoskv/term"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"
)

// rawPeer is a hand-made node: a socket and nothing that would keep the rules.
type rawPeer struct {
	t      testing.TB
	conn   net.Conn
	self   shake.Name
	cookie string
	status shake.Status

	monitors []etf.Ref // those that the child has made, in next
}

// knock opens a TCP connection to a child.
func knock(t testing.TB, c *child, name string) *rawPeer {
	t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", c.port))
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	self := shake.Name{Flags: shake.Announced, Creation: 7, Name: name}
	return &rawPeer{t: t, conn: conn, self: self, cookie: "secret"}
}

func (p *rawPeer) send(message []byte) error { return shake.Write(p.conn, 2, message) }
func (p *rawPeer) recv() ([]byte, error)     { return shake.Read(p.conn, 2) }

// hello sends the name and hears the status.
func (p *rawPeer) hello() (shake.Status, error) {
	if err := p.send(shake.AppendName(nil, p.self)); err != nil {
		return "", err
	}
	b, err := p.recv()
	if err != nil {
		return "", err
	}
	p.status, err = shake.ParseStatus(b)
	return p.status, err
}

// prove answers the challenge and hears the acknowledgement.
func (p *rawPeer) prove() error {
	b, err := p.recv()
	if err != nil {
		return err
	}
	c, err := shake.ParseChallenge(b)
	if err != nil {
		return err
	}
	reply := shake.Reply{Challenge: 99, Digest: shake.MakeDigest(p.cookie, c.Challenge)}
	if err := p.send(shake.AppendReply(nil, reply)); err != nil {
		return err
	}
	b, err = p.recv()
	if err != nil {
		return err
	}
	ack, err := shake.ParseAck(b)
	if err == nil && !ack.Equal(shake.MakeDigest(p.cookie, 99)) {
		err = fmt.Errorf("wrong digest")
	}
	return err
}

// linked does a whole handshake. A node that has told the end of the last link may
// hold its name for an instant longer, and asks whether that link is alive; the
// answer lets the new one come after it, as between any two nodes.
func linked(t testing.TB, c *child, name string) *rawPeer {
	t.Helper()
	p := knock(t, c, name)
	status, err := p.hello()
	require.NoError(t, err)
	if status == shake.Alive {
		require.NoError(t, p.send(shake.AppendStatus(nil, shake.True)))
	} else {
		require.Equal(t, shake.OK, status)
	}
	require.NoError(t, p.prove())
	c.do(nil, "wait", name)
	return p
}

// pid is a process of the peer.
func (p *rawPeer) pid(id uint64) etf.Pid {
	return etf.Pid{Node: etf.Atom(p.self.Name), ID: id, Creation: p.self.Creation}
}

func (p *rawPeer) ref(n uint32) etf.Ref {
	return etf.Ref{Node: etf.Atom(p.self.Name), Creation: p.self.Creation, ID: [5]uint32{n, 1, 2}}
}

// frame sends one frame: 112, a control tuple and maybe a payload.
func (p *rawPeer) frame(build func(*control.Builder), payload ...byte) error {
	var b control.Builder
	build(&b)
	require.NoError(p.t, b.Err)
	return p.raw(append(append([]byte{112}, b.B...), payload...))
}

// raw sends bytes behind their length.
func (p *rawPeer) raw(b []byte) error {
	_, err := p.conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...))
	return err
}

// next reads frames until a control message comes that is no probe. tuple is its
// control tuple, with what follows.
func (p *rawPeer) next() (m control.Message, tuple, payload []byte, err error) {
	for {
		var head [4]byte
		if _, err := io.ReadFull(p.conn, head[:]); err != nil {
			return m, nil, nil, err
		}
		b := make([]byte, binary.BigEndian.Uint32(head[:]))
		if _, err := io.ReadFull(p.conn, b); err != nil {
			return m, nil, nil, err
		}
		if len(b) < 2 {
			continue
		}
		m, payload, err = control.Parse(b[2:], nil)
		if err == nil && m.Op == control.Monitor && m.To.Name == "" {
			p.monitors = append(p.monitors, m.Ref)
		}
		if err != nil || m.To.Name != "$dist_probe" {
			return m, b[2:], payload, err
		}
	}
}

// ask makes a gen_server call to the child's agent and returns the answer.
func (p *rawPeer) ask(request any) any {
	p.t.Helper()
	payload, err := term.Encode(etf.Tuple{etf.Atom("$gen_call"), etf.Tuple{p.pid(5), p.ref(77)}, request})
	require.NoError(p.t, err)
	require.NoError(p.t, p.frame(func(b *control.Builder) { b.RegSend(p.pid(5), "agent") }, payload...))
	for {
		m, _, rest, err := p.next()
		require.NoError(p.t, err)
		if m.Op == control.Send && m.To.Pid == p.pid(5) {
			v, err := term.Decode(rest)
			require.NoError(p.t, err)
			return v.(etf.Tuple)[1]
		}
	}
}

// cut says whether the other side closes the connection.
func (p *rawPeer) cut() bool {
	p.conn.SetDeadline(time.Now().Add(patience))
	_, err := io.Copy(io.Discard, p.conn)
	ne, isNet := err.(net.Error)
	return !isNet || !ne.Timeout()
}

// tie links and monitors a process of the child from the peer's side.
func (p *rawPeer) tie(agent etf.Pid) {
	p.frame(func(b *control.Builder) { b.Link(p.pid(20), agent) })
	p.frame(func(b *control.Builder) { b.Monitor(p.pid(22), control.Who{Pid: agent}, p.ref(22)) })
	p.frame(func(b *control.Builder) { b.Monitor(p.pid(22), control.Who{Name: "agent"}, p.ref(23)) })
}

// tick keeps the peer from being silent, as long as its link stands.
func (p *rawPeer) tick() {
	for p.raw(nil) == nil {
		time.Sleep(50 * time.Millisecond)
	}
}
