package agent

import (
	"context"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/ergo-services/ergo"
	"github.com/ergo-services/ergo/lib"
	"github.com/ergo-services/ergo/node"
)

// noRegistrar knows nobody; ergo asks one even where all routes are given.
type noRegistrar struct{ node.Registrar }

func (noRegistrar) Register(context.Context, string, node.RegisterOptions) error { return nil }

func (noRegistrar) ResolveProxy(string) (node.ProxyRoute, error) {
	return node.ProxyRoute{}, lib.ErrProxyNoRoute
}

// startStock starts the node on ergo's own wire. Links that are down are dialled
// again and again, as ergo itself does not.
func (n *Node) startStock(options node.Options) (err error) {
	options.StaticRoutesOnly, options.Registrar = true, noRegistrar{}
	port, err := portOf(n.config.Listen)
	if err != nil {
		return err
	}
	options.Listeners = []node.Listener{{Hostname: "127.0.0.1", Listen: port}}
	if n.node, err = ergo.StartNode(n.config.Name, n.config.Cookie, options); err != nil {
		return err
	}
	for _, peer := range n.config.Connect {
		port, err := portOf(n.config.Addresses[peer])
		if err != nil {
			return err
		}
		if err := n.node.AddStaticRoutePort(peer, port, node.RouteOptions{}); err != nil {
			return err
		}
		go func() {
			for n.node.IsAlive() {
				if !slices.Contains(n.node.Nodes(), peer) {
					_ = n.node.Connect(peer) // it may not run yet
				}
				time.Sleep(100 * time.Millisecond)
			}
		}()
	}
	return nil
}

func portOf(address string) (uint16, error) {
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		return 0, err
	}
	port, err := strconv.ParseUint(text, 10, 16)
	return uint16(port), err
}
