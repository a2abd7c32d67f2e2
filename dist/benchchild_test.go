package dist_test

import (
	"context"
	"encoding/json"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/ergo-services/ergo"
	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/lib"
	"github.com/ergo-services/ergo/node"

	"github.com/paxoskv/paxoskv/actors/genserver"
)

// noRegistrar knows nobody; core asks one even with given routes.
type noRegistrar struct{ node.Registrar }

func (noRegistrar) Register(context.Context, string, node.RegisterOptions) error { return nil }

func (noRegistrar) ResolveProxy(string) (node.ProxyRoute, error) {
	return node.ProxyRoute{}, lib.ErrProxyNoRoute
}

// startStock starts a node with ergo's own wire.
func (c *childNode) startStock(config childConfig) error {
	var o node.Options
	o.System.DisableAnonMetrics = true
	o.StaticRoutesOnly = true
	o.Registrar = noRegistrar{}
	o.Listeners = []node.Listener{{Listen: config.Stock}}
	n, err := ergo.StartNodeWithContext(context.Background(), config.Name, "secret", o)
	if err != nil {
		return err
	}
	c.node, c.stockPort = n, config.Stock
	c.agent, err = n.Spawn("agent", gen.ProcessOptions{MailboxSize: 60000}, &agent{})
	return err
}

func cmdStockRoute(c *childNode, args []json.RawMessage) (any, error) {
	if err := c.node.AddStaticRoutePort(arg[string](args, 0), arg[uint16](args, 1), node.RouteOptions{}); err != nil {
		return nil, err
	}
	return nil, c.node.Connect(arg[string](args, 0))
}

// swift is an echo, and a caller, on the loop that this project's actors have.
type swift struct{ genserver.Server }

func (*swift) Init(*gen.ServerProcess, ...etf.Term) error { return nil }

func (*swift) HandleCall(_ *gen.ServerProcess, _ gen.ServerFrom, message etf.Term) (etf.Term, gen.ServerStatus) {
	return message, gen.ServerStatusOK
}

// calling runs f with a gen_server call to do as often as it likes, which a
// process of its own makes.
type calling func(n node.Node, to gen.ProcessID, f func(call func() error) error) error

// fromSwift calls from a goroutine beside a swift process, which only takes the
// replies.
func fromSwift(n node.Node, to gen.ProcessID, f func(call func() error) error) error {
	p, err := n.Spawn("", gen.ProcessOptions{}, &swift{})
	if err != nil {
		return err
	}
	defer p.Kill()
	return f(func() error {
		ref := p.MakeRef()
		if err := p.PutSyncRequest(ref); err != nil {
			return err
		}
		if err := p.Send(to, etf.Tuple{etf.Atom("$gen_call"), etf.Tuple{p.Self(), ref}, etf.Atom("ping")}); err != nil {
			return err
		}
		_, err := p.WaitSyncReply(ref, 60)
		return err
	})
}

// fromAgent calls from a callback of a gen.Server.
func fromAgent(n node.Node, to gen.ProcessID, f func(call func() error) error) error {
	p, err := n.Spawn("", gen.ProcessOptions{}, &agent{})
	if err != nil {
		return err
	}
	defer p.Kill()
	_, err = p.DirectWithTimeout(func(p *gen.ServerProcess) (any, error) {
		return nil, f(func() error {
			_, err := p.CallWithTimeout(to, etf.Atom("ping"), 60)
			return err
		})
	}, 600)
	return err
}

// bench NODE NAME N WORKERS: how long N calls take, from so many processes of the
// kind that is called.
func cmdBench(c *childNode, args []json.RawMessage) (any, error) {
	to := gen.ProcessID{Node: arg[string](args, 0), Name: arg[string](args, 1)}
	n, workers := arg[int](args, 2), arg[int](args, 3)
	from := map[string]calling{"agent": fromAgent, "swift": fromSwift}[to.Name]
	var group sync.WaitGroup
	each, errs := make([]int64, n), make(chan error, workers)
	start := time.Now()
	for w := range workers {
		group.Go(func() {
			errs <- from(c.node, to, func(call func() error) error {
				for i := w; i < n; i += workers {
					begin := time.Now()
					if err := call(); err != nil {
						return err
					}
					each[i] = time.Since(begin).Nanoseconds()
				}
				return nil
			})
		})
	}
	group.Wait()
	took := turn{time.Since(start).Nanoseconds(), each}
	for range workers {
		if err := <-errs; err != nil {
			return nil, err
		}
	}
	return took, nil
}

// benchcast NODE N: how long N messages take, in windows of 1000.
func cmdBenchCast(c *childNode, args []json.RawMessage) (any, error) {
	to := gen.ProcessID{Node: arg[string](args, 0), Name: "agent"}
	return c.direct("", func(p *gen.ServerProcess) (any, error) {
		b := make([]byte, 100)
		start := time.Now()
		for i := range arg[int](args, 1) {
			if err := p.Send(to, b); err != nil {
				return nil, err
			}
			if i%1000 == 999 {
				if _, err := p.CallWithTimeout(to, etf.Atom("ping"), 60); err != nil {
					return nil, err
				}
			}
		}
		return time.Since(start), nil
	})
}

// tcpBytes is about the size of a call on the wire.
const tcpBytes = 128

func cmdTCPEcho(*childNode, []json.RawMessage) (any, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				b := make([]byte, tcpBytes)
				for {
					if _, err := conn.Read(b); err != nil {
						return
					}
					conn.Write(b)
				}
			}()
		}
	}()
	return l.Addr().String(), nil
}

// tcpbench ADDRESS N WORKERS: each worker has a connection of its own.
func cmdTCPBench(_ *childNode, args []json.RawMessage) (any, error) {
	n, workers := arg[int](args, 1), arg[int](args, 2)
	conns := make([]net.Conn, workers)
	for i := range conns {
		conn, err := net.Dial("tcp", arg[string](args, 0))
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		conns[i] = conn
	}
	each := make([]int64, n)
	var group sync.WaitGroup
	start := time.Now()
	for w, conn := range conns {
		group.Go(func() {
			b := make([]byte, tcpBytes)
			for i := w; i < n; i += workers {
				begin := time.Now()
				conn.Write(b)
				conn.Read(b)
				each[i] = time.Since(begin).Nanoseconds()
			}
		})
	}
	group.Wait()
	return turn{time.Since(start).Nanoseconds(), each}, nil
}

// cpu: the CPU time that this program has used.
func cmdCPU(*childNode, []json.RawMessage) (any, error) {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), err
}
