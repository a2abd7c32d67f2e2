package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/rpc"
	"os"

	"github.com/ergo-services/ergo/gen"
	ergo "github.com/ergo-services/ergo/node"

	"github.com/paxoskv/paxoskv/app"
	"github.com/paxoskv/paxoskv/dist"
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/storage"
)

// ConfigEnv holds the Config of the node, as JSON, in the environment of its
// process.
const ConfigEnv = "PAXOSKV_TEST_NODE"

// Service is the name under which the methods of Node are called.
const Service = "Node"

// pipe joins the two standard streams.
type pipe struct {
	io.Reader
	io.WriteCloser
}

// Main runs a node, if ConfigEnv is set, and never returns then.
func Main() {
	text := os.Getenv(ConfigEnv)
	if text == "" {
		return
	}
	// Nothing but answers may come by standard output.
	out := os.Stdout
	os.Stdout = os.Stderr
	log.SetFlags(log.Ltime | log.Lmicroseconds)
	var config Config
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		log.Fatalf("configuration: %v", err)
	}
	n, err := start(config)
	if err != nil {
		log.Fatalf("node does not start: %v", err)
	}
	server := rpc.NewServer()
	if err := server.RegisterName(Service, n); err != nil {
		log.Fatalf("service: %v", err)
	}
	server.ServeConn(pipe{os.Stdin, out})
	os.Exit(0)
}

// Node is what a test can do with a node. Its exported methods are called by
// net/rpc, each in a goroutine of its own.
type Node struct {
	wire    *dist.Wire
	node    ergo.Node
	log     *slog.Logger
	probes  probes
	watches watches
	config  Config
	disk    storage.Store // nil without one
}

func start(c Config) (*Node, error) {
	n := &Node{config: c, log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	options := ergo.Options{System: ergo.System{DisableAnonMetrics: true}}
	if c.Disk != "" {
		var err error
		if n.disk, err = host.OpenStorage(c.Disk, c.Name); err != nil {
			return nil, err
		}
	}
	if !c.Bare {
		options.Applications = []gen.ApplicationBehavior{app.New(n.hostOptions(c.Size))}
	}
	if c.Stock {
		return n, n.startStock(options)
	}
	var err error
	n.wire, n.node, err = dist.Start(context.Background(), c.Name, options, dist.Options{
		Cookie: c.Cookie, Listen: c.Listen, Addresses: c.Addresses,
		EPMD: dist.EPMD{Off: c.EPMD == 0, Port: c.EPMD, NoServe: true}, Log: n.log,
		Silence: c.Silence,
	})
	if err != nil {
		return nil, err
	}
	if c.Pose != nil {
		if _, err := n.node.Spawn(host.ClusterName, gen.ProcessOptions{}, &poser{report: *c.Pose, ahead: c.Ahead}); err != nil {
			return nil, err
		}
	}
	if n.disk != nil {
		go endWithStore(host.Any(c.Name))
	}
	for _, peer := range c.Connect {
		if err := n.wire.Connect(peer); err != nil {
			return nil, fmt.Errorf("connect %s: %w", peer, err)
		}
	}
	return n, nil
}

// endWithStore ends the program when the store's disk has failed, as that of cmd/node
// does.
func endWithStore(h *host.Host) {
	<-h.Failed()
	log.Fatalf("the store has ended: %v", h.Err())
}

func (n *Node) hostOptions(size int) host.Options {
	return host.Options{Size: size, Timing: n.config.Timing, Limits: n.config.Limits, Storage: n.disk, Logger: n.log}
}
