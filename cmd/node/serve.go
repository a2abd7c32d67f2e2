package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/paxoskv/paxoskv/cmd/node/config"
	"github.com/paxoskv/paxoskv/cmd/node/local"
	"github.com/paxoskv/paxoskv/cmd/node/names"
	"github.com/paxoskv/paxoskv/cmd/node/shell"
)

// start is startNode; the tests of the program put a node without a store here.
var start = startNode

var (
	errNodeFailed = errors.New("the node failed")
	errNoStop     = errors.New("the node did not stop in time")
)

// serveNode runs one node and its shell.
func serveNode(ctx context.Context, cfg config.Config, logs *shell.Logs) error {
	number, n, err := startAny(ctx, cfg, newLogger(cfg, logs))
	if err != nil {
		return err
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	go func() {
		select {
		case err := <-n.Failed():
			end(fmt.Errorf("%w: %w", errNodeFailed, err))
		case <-ctx.Done():
		}
	}()
	err = talk(ctx, cfg, shell.Commands(n),
		shell.WithPrompt(cfg.Name(number)+"> "),
		shell.WithGreeting(cfg.Name(number)+" is up; help lists the commands"),
		shell.WithTimeout(commandTimeout), shell.WithLogs(logs))
	if cause := context.Cause(ctx); errors.Is(cause, errNodeFailed) {
		return cause
	}
	return errors.Join(err, stopNode(n))
}

// startAny starts the node that the command line names, or the one with the
// lowest number that no other node has.
func startAny(ctx context.Context, cfg config.Config, log *slog.Logger) (int, node, error) {
	var started node
	try := func(number int) (bool, error) {
		cfg := cfg
		cfg.Kind, cfg.Number = config.Numbered, number
		n, err := start(ctx, nodeConfig{Config: cfg, Name: cfg.Name(number), Peers: cfg.Peers(number), Log: log})
		started = n
		return err == nil, err
	}
	if cfg.Kind == config.Numbered {
		_, err := try(cfg.Number)
		return cfg.Number, started, err
	}
	number, err := names.Lowest(func(number int) (bool, error) {
		won, err := try(number)
		if errors.Is(err, errNameTaken) {
			return false, nil
		}
		return won, err
	})
	return number, started, err
}

// stopNode ends a node, and does not wait for ever.
func stopNode(n node) error {
	stopped := make(chan error, 1)
	go func() { stopped <- n.Stop() }()
	timer := time.NewTimer(stopTimeout)
	defer timer.Stop()
	select {
	case err := <-stopped:
		return err
	case <-timer.C:
		return errNoStop
	}
}

// spareNodes is how many nodes "node local" can run in all: start-node may add
// some to those that it begins with.
const spareNodes = 9

// serveLocal runs several nodes as processes of their own, and the shell over
// them. However it ends, they end.
func serveLocal(ctx context.Context, cfg config.Config, logs *shell.Logs) (err error) {
	ports, err := local.FreePorts(cfg.Host, spareNodes, os.Getpid())
	if err != nil {
		return err
	}
	cfg.Routes = map[string]int{}
	for i, port := range ports {
		cfg.Routes[cfg.Name(i+1)] = port
	}
	cluster, err := local.Start(ctx, local.Options{
		Nodes: cfg.Nodes, Most: spareNodes, Name: cfg.Name, Args: cfg.NodeArgs,
		Env: []string{config.CookieEnv + "=" + cfg.Cookie}, Logs: logs, Timeout: commandTimeout,
		Doctor: func(ctx context.Context, nodes []string) ([]string, error) { return consult(ctx, cfg, nodes, 0) },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()
	settle(ctx, cluster, cfg.Nodes)
	return talk(ctx, cfg, cluster.Commands(),
		shell.WithPrompt(cfg.Name(1)+"> "),
		shell.WithGreeting(greeting(cfg)), shell.WithLogs(logs))
}

const (
	settleTimeout = 5 * time.Second
	settlePause   = 10 * time.Millisecond
)

// settle waits until the first node is connected to all others and sees a
// quorum, so that the first commands of a session find the cluster as it was
// asked for. It gives up after a while: the shell is of use without it.
func settle(ctx context.Context, cluster *local.Cluster, nodes int) {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	for !settled(ctx, cluster, nodes) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(settlePause):
		}
	}
}

func settled(ctx context.Context, cluster *local.Cluster, nodes int) bool {
	text, err := cluster.Execute(ctx, 1, "cluster")
	if err != nil {
		return errors.Is(err, local.ErrNodeDown)
	}
	info, err := shell.ParseClusterInfo(text)
	return err == nil && info.Quorum && len(info.Nodes) >= nodes
}

// greeting says which nodes there are, and by which ports other programs reach them:
// each node is one that the port mapper has, but so may others of the same name be.
func greeting(cfg config.Config) string {
	who := cfg.Name(1) + " is up"
	if cfg.Nodes > 1 {
		who = fmt.Sprintf("%s to %s are up", cfg.Name(1), cfg.Name(cfg.Nodes))
	}
	ports := make([]string, cfg.Nodes)
	for i := range ports {
		ports[i] = strconv.Itoa(cfg.Routes[cfg.Name(i+1)])
	}
	return fmt.Sprintf("%s; help lists the commands\nthey listen on port %s; from elsewhere: node doctor %s:%s",
		who, strings.Join(ports, ", "), cfg.Name(1), ports[0])
}
