package dist

import (
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

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

func lonelyWire(t testing.TB) *Wire {
	w, err := New(Options{Cookie: "secret", Log: slog.New(slog.DiscardHandler), MaxFrame: 1 << 20})
	require.NoError(t, err)
	w.name, w.node = "a@h", emptyNode{}
	return w
}

// crowd is a core in which every pid is a living process.
type crowd struct{ emptyNode }

type somebody struct{ gen.Process }

func (crowd) ProcessByPid(etf.Pid) gen.Process { return somebody{} }

// panicky is a core that panics over every message.
type panicky struct{ crowd }

func (panicky) RouteSendReg(etf.Pid, gen.ProcessID, etf.Term) error { panic("a fault of core") }
