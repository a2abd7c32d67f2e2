package dist

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/paxoskv/paxoskv/dist/internal/control"
	"github.com/paxoskv/paxoskv/dist/internal/ext"
	"github.com/paxoskv/paxoskv/dist/internal/frame"
	"github.com/paxoskv/paxoskv/dist/internal/shake"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/lib"
	"github.com/ergo-services/ergo/node"
	"github.com/stretchr/testify/require"
)

// emptyNode is a core without processes: it takes everything and knows nobody.
type emptyNode struct {
	node.Node
	node.CoreRouter
}

func (emptyNode) ProcessByPid(etf.Pid) gen.Process                      { return nil }
func (emptyNode) ProcessByName(string) gen.Process                      { return nil }
func (emptyNode) RouteSend(_, _ etf.Pid, _ etf.Term) error              { return nil }
func (emptyNode) RouteSendReg(etf.Pid, gen.ProcessID, etf.Term) error   { return lib.ErrProcessUnknown }
func (emptyNode) RouteSendAlias(etf.Pid, etf.Alias, etf.Term) error     { return nil }
func (emptyNode) RouteLink(_, _ etf.Pid) error                          { return nil }
func (emptyNode) RouteUnlink(_, _ etf.Pid) error                        { return nil }
func (emptyNode) RouteMonitor(_, _ etf.Pid, _ etf.Ref) error            { return nil }
func (emptyNode) RouteDemonitor(etf.Pid, etf.Ref) error                 { return nil }
func (emptyNode) RouteMonitorReg(etf.Pid, gen.ProcessID, etf.Ref) error { return nil }

// scripted is a connection whose other end has said all it will ever say.
type scripted struct {
	net.Conn
	in io.Reader
}

func (s scripted) Read(b []byte) (int, error)  { return s.in.Read(b) }
func (s scripted) Write(b []byte) (int, error) { return len(b), nil }
func (s scripted) Close() error                { return nil }
func (s scripted) SetDeadline(time.Time) error { return nil }
func (s scripted) RemoteAddr() net.Addr        { return &net.TCPAddr{} }

func fuzzWire(t testing.TB) *Wire {
	w, err := New(Options{Cookie: "secret", Log: slog.New(slog.DiscardHandler), MaxFrame: 1 << 20})
	require.NoError(t, err)
	w.name, w.node = "a@h", emptyNode{}
	return w
}

// FuzzHandshake lets a peer say anything in the place of a handshake. It cannot
// know the cookie, so there must never be a link.
func FuzzHandshake(f *testing.F) {
	var good bytes.Buffer
	shake.Write(&good, 2, shake.AppendName(nil, shake.Name{Flags: shake.Announced, Name: "p@h"}))
	shake.Write(&good, 2, shake.AppendReply(nil, shake.Reply{}))
	f.Add(good.Bytes(), true)
	good.Reset()
	shake.Write(&good, 2, shake.AppendStatus(nil, shake.Alive))
	shake.Write(&good, 2, shake.AppendChallenge(nil, shake.Challenge{Name: shake.Name{Flags: shake.Announced, Name: "p@h"}}))
	shake.Write(&good, 2, shake.AppendAck(nil, shake.Digest{}))
	f.Add(good.Bytes(), false)
	f.Fuzz(func(t *testing.T, b []byte, inbound bool) {
		w := fuzzWire(t)
		defer w.stop()
		conn := scripted{in: bytes.NewReader(b)}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		var l *link
		var err error
		if inbound {
			l, err = w.receive(ctx, conn)
		} else {
			l, err = w.call(ctx, conn, "p@h")
		}
		require.Error(t, err)
		require.Nil(t, l)
		require.Empty(t, w.table.slots, "nothing is left behind")
	})
}

// FuzzFrames lets a peer that is linked say anything.
func FuzzFrames(f *testing.F) {
	local := etf.Pid{Node: "a@h", ID: 1004, Creation: 1}
	add := func(build func(*control.Builder), payload ...byte) {
		var b control.Builder
		build(&b)
		f.Add(append(append([]byte{passThrough}, b.B...), payload...))
	}
	add(func(b *control.Builder) { b.Send(somePid, local, true) }, 131, 109, 0, 0, 0, 1, 7)
	add(func(b *control.Builder) { b.RegSend(somePid, "Elixir.Name") }, 131, 106)
	add(func(b *control.Builder) { b.AliasSend(somePid, someRef) }, 131, 106)
	add(func(b *control.Builder) { b.Link(somePid, local) })
	add(func(b *control.Builder) { b.UnlinkID(1, somePid, local) })
	add(func(b *control.Builder) { b.UnlinkIDAck(1, somePid, local) })
	add(func(b *control.Builder) { b.Exit(somePid, local, "x", true) })
	add(func(b *control.Builder) { b.Exit(somePid, local, "x", false) })
	add(func(b *control.Builder) { b.Monitor(somePid, control.Who{Pid: local}, someRef) })
	add(func(b *control.Builder) { b.Monitor(somePid, control.Who{Name: "n"}, someRef) })
	add(func(b *control.Builder) { b.Demonitor(somePid, control.Who{Pid: local}, someRef) })
	add(func(b *control.Builder) { b.MonitorExit(control.Who{Pid: somePid}, local, someRef, "x", true) })
	f.Fuzz(func(t *testing.T, b []byte) {
		w := fuzzWire(t)
		defer w.stop()
		l := newLink(w, scripted{}, shake.Name{Name: "p@h", Flags: shake.Announced}, false)
		l.router = emptyNode{}
		for _, owned := range []bool{false, true} {
			l.handle(append([]byte(nil), b...), owned)
		}
		// What was enqueued in answer must be whole frames with a control tuple.
		var out []byte
		for _, chunk := range l.queue.take(nil) {
			out = append(out, chunk...)
		}
		s := frame.NewScanner(bytes.NewReader(out), 1<<20)
		for {
			answer, _, err := s.Next()
			if err != nil {
				require.ErrorIs(t, err, io.EOF)
				break
			}
			_, _, err = control.Parse(answer[2:], nil)
			require.NoError(t, err)
		}
		l.queue.close()
	})
}

// crowd is a core in which every pid is a living process.
type crowd struct{ emptyNode }

type somebody struct{ gen.Process }

func (crowd) ProcessByPid(etf.Pid) gen.Process { return somebody{} }

func TestSignalsOfAPeerAreBounded(t *testing.T) {
	for name, build := range map[string]func(b *control.Builder, n uint32, local etf.Pid){
		"monitors": func(b *control.Builder, n uint32, local etf.Pid) {
			b.Monitor(somePid, control.Who{Pid: local}, etf.Ref{Node: "p@h", ID: [5]uint32{n}})
		},
		"links": func(b *control.Builder, n uint32, local etf.Pid) {
			b.Link(etf.Pid{Node: "p@h", ID: uint64(n)}, local)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := fuzzWire(t)
			defer w.stop()
			w.node, w.signalsMax = crowd{}, 10
			l := newLink(w, scripted{}, shake.Name{Name: "p@h", Flags: shake.Announced}, false)
			l.router = crowd{}
			for n := range uint32(11) {
				require.False(t, l.isClosed(), "%d", n)
				b := control.Builder{B: []byte{passThrough}}
				build(&b, n, etf.Pid{Node: "a@h", ID: 9, Creation: w.opts.Creation})
				require.NoError(t, l.handle(b.B, false))
			}
			require.True(t, l.isClosed())
			require.ErrorIs(t, l.reason, ErrGarbled)
		})
	}
}

// panicky is a core that panics over every message.
type panicky struct{ crowd }

func (panicky) RouteSendReg(etf.Pid, gen.ProcessID, etf.Term) error { panic("a fault of core") }

func TestAPanicCostsTheLinkOnly(t *testing.T) {
	w := fuzzWire(t)
	defer w.stop()
	b := control.Builder{B: []byte{passThrough}}
	b.RegSend(somePid, "agent")
	b.B = append(b.B, ext.Version, 106)
	stream := append(binary.BigEndian.AppendUint32(nil, uint32(len(b.B))), b.B...)
	l := newLink(w, scripted{in: bytes.NewReader(stream)}, shake.Name{Name: "p@h", Flags: shake.Announced}, false)
	l.router = panicky{}
	require.ErrorContains(t, l.guardedRead(), "a fault of core")
	require.Equal(t, uint64(1), w.Stats().Panics)
}
