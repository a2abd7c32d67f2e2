package dist

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"

	"github.com/paxoskv/paxoskv/dist/epmd"
	"github.com/paxoskv/paxoskv/dist/internal/shake"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/lib"
	"github.com/ergo-services/ergo/node"
)

// registrar is what core asks for addresses. It implements node.Registrar.
//
// Core dials in the goroutine of whoever wants to send, and sometimes with the
// mutex held under which it keeps all monitors. So it never gets an address: the
// answer is always "no route", and it comes at once. The connector dials.
type registrar struct{ w *Wire }

// Register implements node.Registrar. Core calls it while it starts, after its
// own listener is open and before it accepts; an error stops the start.
func (r registrar) Register(ctx context.Context, name string, o node.RegisterOptions) error {
	r.w.unregistered = r.w.register(ctx, name, o.Port)
	return r.w.unregistered
}

// register opens the port for the peers and makes the name known. corePort is
// where core listens.
func (w *Wire) register(ctx context.Context, name string, corePort uint16) error {
	if !shake.ValidName(name) {
		return fmt.Errorf("%w: %q", ErrName, name)
	}
	w.name = name
	w.junction.setAddress(corePort)
	if err := w.listen(); err != nil {
		return err
	}
	if err := w.registerName(); err != nil {
		w.listener.Close()
		return err
	}
	context.AfterFunc(ctx, w.stop)
	context.AfterFunc(w.ctx, w.closeAll)
	w.work.Add(1)
	go w.accept()
	return nil
}

// Resolve implements node.Registrar: it refuses at once, and has the connector
// dial if the node may be dialled.
func (r registrar) Resolve(name string) (node.Route, error) {
	r.w.demand(name)
	return node.Route{}, lib.ErrNoRoute
}

// ResolveProxy implements node.Registrar.
func (registrar) ResolveProxy(string) (node.ProxyRoute, error) {
	return node.ProxyRoute{}, lib.ErrProxyNoRoute
}

// RegisterProxy implements node.Registrar.
func (registrar) RegisterProxy(string, int, node.ProxyFlags) error { return lib.ErrUnsupported }

// UnregisterProxy implements node.Registrar.
func (registrar) UnregisterProxy(string) error { return lib.ErrUnsupported }

// Config implements node.Registrar.
func (registrar) Config() (node.RegistrarConfig, error) {
	return node.RegistrarConfig{}, lib.ErrUnsupported
}

// ConfigItem implements node.Registrar.
func (registrar) ConfigItem(string) (etf.Term, error) { return nil, lib.ErrUnsupported }

// SetConfigUpdateCallback implements node.Registrar.
func (registrar) SetConfigUpdateCallback(func(string, etf.Term) error) error {
	return lib.ErrUnsupported
}

// listen opens the port for the peers.
func (w *Wire) listen() error {
	address := w.opts.Listen
	if address == "" {
		address = ":0"
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%w: Listen: %v", ErrOptions, err)
	}
	if host == "" {
		host = hostOf(w.name)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w: %s", ErrPortTaken, net.JoinHostPort(host, port))
	}
	if err != nil {
		return fmt.Errorf("dist: listen: %w", err)
	}
	w.listener = listener
	w.port = uint16(listener.Addr().(*net.TCPAddr).Port)
	return nil
}

// registerName makes the port known to the port mapper of this host.
func (w *Wire) registerName() error {
	if w.opts.EPMD.Off {
		return nil
	}
	alive, host, _ := strings.Cut(w.name, "@")
	port := strconv.Itoa(int(w.opts.EPMD.Port))
	keeper := &epmd.Keeper{
		Addr:  net.JoinHostPort("127.0.0.1", port),
		Entry: epmd.Entry{Name: alive, Port: w.port, Hidden: true},
		Log:   w.log,

		Optional: w.opts.EPMD.Optional,
	}
	if !w.opts.EPMD.NoServe {
		keeper.ServeAddr = net.JoinHostPort(epmdHost(host), port)
	}
	err := keeper.Start(w.ctx)
	if errors.Is(err, epmd.ErrNameTaken) {
		return fmt.Errorf("%w: %s", ErrNameTaken, w.name)
	}
	if err != nil {
		return err
	}
	w.work.Add(1)
	go func() {
		defer w.work.Done()
		keeper.Wait()
	}()
	return nil
}

// epmdHost says where a port mapper for nodes of a host has to listen: a node
// that is reached over the loopback only needs one that is too.
func epmdHost(host string) string {
	addresses, err := net.LookupIP(host)
	if err == nil && len(addresses) > 0 && addresses[0].IsLoopback() {
		return "127.0.0.1"
	}
	return ""
}

// closeAll ends everything when the wire or the node stops.
func (w *Wire) closeAll() {
	w.listener.Close()
	for _, l := range w.table.links() {
		l.close(ErrStopped)
	}
}

// hostOf returns the part of a node's name after the @.
func hostOf(name string) string {
	_, host, _ := strings.Cut(name, "@")
	return host
}
