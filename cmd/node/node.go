package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"

	"github.com/ergo-services/ergo/gen"
	ergo "github.com/ergo-services/ergo/node"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/app"
	"github.com/paxoskv/paxoskv/cmd/node/config"
	"github.com/paxoskv/paxoskv/cmd/node/shell"
	"github.com/paxoskv/paxoskv/dist"
	"github.com/paxoskv/paxoskv/host"
)

// node is a running node. It is all that the program knows of the store.
type node interface {
	shell.Backend

	// Failed gets the reason when the node ends without being stopped.
	Failed() <-chan error
	// Stop ends the node. It is called once.
	Stop() error
}

// nodeConfig is what a node is started with.
type nodeConfig struct {
	config.Config // The number, host, cookie, size, limits, port and routes.

	Name  string   // nodeN@HOST, of this node.
	Peers []string // The nodes to connect to, and to keep trying.
	Log   *slog.Logger
}

// errNameTaken is returned by startNode when another node has the name. It
// decides which number "node _" gets.
var errNameTaken = errors.New("a node of this name is running already")

// errEnded is the reason of a node that ended by itself.
var errEnded = errors.New("the node has ended")

// startNode starts a node, with its store, and returns when it can be asked. It
// is the only place where the program meets the store.
func startNode(ctx context.Context, cfg nodeConfig) (node, error) {
	options := host.Options{Size: cfg.Size, Limits: cfg.Limits, Logger: cfg.Log}
	if cfg.DataDir != "" {
		var err error
		if options.Storage, err = host.OpenStorage(cfg.DataDir, cfg.Name); err != nil {
			return nil, err
		}
	}
	wire, n, err := dist.Start(context.WithoutCancel(ctx), cfg.Name, ergo.Options{
		Applications: []gen.ApplicationBehavior{app.New(options)},
		System:       ergo.System{DisableAnonMetrics: true},
	}, wireOptions(cfg))
	if err != nil && options.Storage != nil {
		err = errors.Join(err, options.Storage.Close())
	}
	if errors.Is(err, dist.ErrNameTaken) {
		return nil, fmt.Errorf("%w: %s", errNameTaken, cfg.Name)
	}
	if err != nil {
		return nil, err
	}
	b := &backend{cfg: cfg, node: n, wire: wire, host: host.Any(cfg.Name), failed: make(chan error, 1), stopping: make(chan struct{})}
	if err := b.host.Err(); err != nil {
		return nil, errors.Join(err, b.Stop())
	}
	for _, peer := range cfg.Peers {
		if err := wire.Connect(peer); err != nil {
			return nil, errors.Join(err, b.Stop())
		}
	}
	if err := paxoskv.WaitForBucket(ctx, host.DefaultBucket); err != nil {
		return nil, errors.Join(err, b.Stop())
	}
	go b.watch()
	return b, nil
}

// epmdPortEnv is Erlang's name for the port of the port mapper
// [https://www.erlang.org/doc/apps/erts/epmd_cmd.html].
const epmdPortEnv = "ERL_EPMD_PORT"

// epmdPort is the port of the port mapper that the environment names, 0 where it
// names none.
func epmdPort() uint16 {
	port, err := strconv.ParseUint(os.Getenv(epmdPortEnv), 10, 16)
	if err != nil {
		return 0
	}
	return uint16(port)
}

// wireOptions says how the node is reached and reaches others. Given ports are
// used as they are. The port mapper is left alone then, unless the node is to be
// listed: nodes of Erlang find it there, and it needs none to find its like.
func wireOptions(cfg nodeConfig) dist.Options {
	o := dist.Options{Cookie: cfg.Cookie, Log: cfg.Log, Listen: net.JoinHostPort(cfg.Host, strconv.Itoa(cfg.Port))}
	o.EPMD.Port = epmdPort()
	if cfg.Routes != nil {
		o.EPMD.Off, o.EPMD.Optional = !cfg.Listed, true
		o.Addresses = make(map[string]string)
		for name, port := range cfg.Routes {
			o.Addresses[name] = net.JoinHostPort(cfg.Host, strconv.Itoa(port))
		}
	}
	return o
}
