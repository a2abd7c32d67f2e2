package dist

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

	"github.com/paxoskv/paxoskv/dist/internal/shake"
)

var errHandshakeTimeout = fmt.Errorf("%w: took too long", ErrHandshake)

// talk is one handshake on one connection.
type talk struct {
	wire    *Wire
	conn    net.Conn
	lenSize int
}

// bounded runs a handshake that ends when ctx does; the error then says why ctx has
// ended. Nothing else sets a deadline, so slow bytes are no better than none.
func bounded(ctx context.Context, conn net.Conn, handshake func() (*link, error)) (*link, error) {
	defer context.AfterFunc(ctx, func() { closeNow(conn) })()
	l, err := handshake()
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return l, err
}

// secure prepares a connection for the handshake: TLS if the wire has it, which
// uses lengths of four bytes from the start.
func (w *Wire) secure(ctx context.Context, conn net.Conn, wrap func(net.Conn, *tls.Config) *tls.Conn) (talk, error) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetNoDelay(true)
	}
	if w.opts.TLS == nil {
		return talk{w, conn, 2}, nil
	}
	encrypted := wrap(conn, w.opts.TLS)
	if err := encrypted.HandshakeContext(ctx); err != nil {
		return talk{}, broken(err)
	}
	return talk{w, encrypted, 4}, nil
}

// broken wraps what ended a handshake, without the two ports of the connection:
// the log says who the peer is, and the same trouble has the same text each time.
func broken(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Op != "remote error" {
		err = op.Err
	}
	return fmt.Errorf("%w: %w", ErrHandshake, err)
}

func (t talk) send(message []byte) error {
	if err := shake.Write(t.conn, t.lenSize, message); err != nil {
		return broken(err)
	}
	return nil
}

func (t talk) receive() ([]byte, error) {
	b, err := shake.Read(t.conn, t.lenSize)
	if err != nil {
		return nil, broken(err)
	}
	return b, nil
}

// parsed reads one message with its parser.
func parsed[T any](t talk, parse func([]byte) (T, error)) (T, error) {
	var none T
	b, err := t.receive()
	if err != nil {
		return none, err
	}
	v, err := parse(b)
	if err != nil {
		return none, fmt.Errorf("%w: %w", ErrHandshake, err)
	}
	return v, nil
}

// own is what this node says of itself.
func (w *Wire) own() shake.Name {
	return shake.Name{Flags: shake.Announced, Creation: w.opts.Creation, Name: w.name}
}

// vet checks what a peer says of itself.
func (w *Wire) vet(them shake.Name) error {
	if !shake.ValidName(them.Name) || them.Name == w.name {
		return fmt.Errorf("%w: peer calls itself %q", ErrWrongName, them.Name)
	}
	if len(w.allowed) > 0 && !w.allowed[them.Name] {
		return fmt.Errorf("%w: %s", ErrNotAllowed, them.Name)
	}
	if missing := shake.Missing(them.Flags); missing != 0 {
		return fmt.Errorf("%w: %s lacks %#x", ErrMissingFlags, them.Name, missing)
	}
	return nil
}

// challenge draws the number that a peer must answer. Each link has its own, so
// an answer that was overheard is worth nothing.
func challenge() uint32 {
	var b [4]byte
	rand.Read(b[:])
	return binary.BigEndian.Uint32(b[:])
}

// receive runs the handshake with a peer that has dialled this node (B's part).
func (w *Wire) receive(ctx context.Context, conn net.Conn) (*link, error) {
	t, err := w.secure(ctx, conn, tls.Server)
	if err != nil {
		return nil, err
	}
	them, err := parsed(t, shake.ParseName)
	if err != nil {
		return nil, err
	}
	if err := w.vet(them); err != nil {
		t.send(shake.AppendStatus(nil, shake.NotAllowed))
		return nil, err
	}
	answer := w.table.open(w.name, them.Name)
	defer w.table.shut(them.Name)
	if err := t.answer(answer, them.Name); err != nil {
		return nil, err
	}
	reply, err := t.challengePeer(them.Name)
	if err != nil {
		return nil, err
	}
	l := newLink(w, t.conn, them, false)
	if err := w.table.install(ctx, w.name, l, answer); err != nil {
		return nil, err
	}
	if err := t.send(shake.AppendAck(nil, shake.MakeDigest(w.opts.Cookie, reply.Challenge))); err != nil {
		l.close(err)
		l.markGone()
		return nil, err
	}
	return l, nil
}

// answer sends the status and hears the peer out where it asks something.
func (t talk) answer(status shake.Status, peer string) error {
	if err := t.send(shake.AppendStatus(nil, status)); err != nil {
		return err
	}
	switch status {
	case shake.NOK:
		return fmt.Errorf("%w: %s", ErrCrossed, peer)
	case shake.Alive:
		again, err := parsed(t, shake.ParseStatus)
		if err != nil {
			return err
		}
		if again != shake.True {
			return fmt.Errorf("%w: %s keeps its old link", ErrCrossed, peer)
		}
	}
	return nil
}

// challengePeer sends a challenge and checks the answer. Until then the peer has
// proven nothing and nothing of what it says has an effect.
func (t talk) challengePeer(peer string) (shake.Reply, error) {
	number := challenge()
	if err := t.send(shake.AppendChallenge(nil, shake.Challenge{Name: t.wire.own(), Challenge: number})); err != nil {
		return shake.Reply{}, err
	}
	reply, err := parsed(t, shake.ParseReply)
	if err != nil {
		return reply, err
	}
	if !reply.Digest.Equal(shake.MakeDigest(t.wire.opts.Cookie, number)) {
		return reply, fmt.Errorf("%w: %s", ErrCookie, peer)
	}
	return reply, nil
}

// call runs the handshake with a peer that this node has dialled (A's part). It
// gives way, with ErrCrossed, if the peer's own handshake comes first.
func (w *Wire) call(ctx context.Context, conn net.Conn, peer string) (*link, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	return bounded(ctx, conn, func() (*link, error) {
		t, err := w.secure(ctx, conn, w.clientTLS(peer))
		if err != nil {
			return nil, err
		}
		if err := w.table.dial(ctx, peer, &attempt{cancel}); err != nil {
			return nil, err
		}
		defer w.table.dialed(peer)
		them, err := t.introduce(peer)
		if err != nil {
			return nil, err
		}
		if err := t.answerChallenge(them); err != nil {
			return nil, err
		}
		l := newLink(w, t.conn, them.Name, true)
		if err := w.table.install(ctx, w.name, l, ""); err != nil {
			return nil, err
		}
		return l, nil
	})
}

// clientTLS verifies a peer's certificate against the host part of its name.
func (w *Wire) clientTLS(peer string) func(net.Conn, *tls.Config) *tls.Conn {
	return func(conn net.Conn, config *tls.Config) *tls.Conn {
		config = config.Clone()
		if config.ServerName == "" {
			config.ServerName = hostOf(peer)
		}
		return tls.Client(conn, config)
	}
}

// introduce sends the own name, hears the status and the peer's challenge.
func (t talk) introduce(peer string) (them shake.Challenge, err error) {
	if err := t.send(shake.AppendName(nil, t.wire.own())); err != nil {
		return them, err
	}
	status, err := parsed(t, shake.ParseStatus)
	if err != nil {
		return them, err
	}
	if err := t.heed(status, peer); err != nil {
		return them, err
	}
	if them, err = parsed(t, shake.ParseChallenge); err != nil {
		return them, err
	}
	if them.Name.Name != peer {
		return them, fmt.Errorf("%w: %s calls itself %q", ErrWrongName, peer, them.Name.Name)
	}
	return them, t.wire.vet(them.Name)
}

// heed acts on the peer's status. A peer that takes an old link for alive is told
// to go on: this node would not dial if its own end still stood.
func (t talk) heed(status shake.Status, peer string) error {
	switch status {
	case shake.OK, shake.OKSimultaneous:
		return nil
	case shake.Alive:
		return t.send(shake.AppendStatus(nil, shake.True))
	case shake.NOK:
		return fmt.Errorf("%w: %s", ErrCrossed, peer)
	case shake.NotAllowed:
		return fmt.Errorf("%w: by %s", ErrNotAllowed, peer)
	}
	return fmt.Errorf("%w: %s answered %q", ErrHandshake, peer, status)
}

// answerChallenge proves the cookie and has the peer prove it.
func (t talk) answerChallenge(them shake.Challenge) error {
	number, cookie := challenge(), t.wire.opts.Cookie
	reply := shake.Reply{Challenge: number, Digest: shake.MakeDigest(cookie, them.Challenge)}
	if err := t.send(shake.AppendReply(nil, reply)); err != nil {
		return err
	}
	ack, err := parsed(t, shake.ParseAck)
	if hungUp(err) { // that is how a peer says that it does not like our digest
		return fmt.Errorf("%w, as %s sees it (%w)", ErrCookie, them.Name.Name, err)
	}
	if err != nil {
		return err
	}
	if !ack.Equal(shake.MakeDigest(cookie, number)) {
		return fmt.Errorf("%w: %s", ErrCookie, them.Name.Name)
	}
	return nil
}

// hungUp says whether the peer has closed the connection.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
}
