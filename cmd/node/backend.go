package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	ergo "github.com/ergo-services/ergo/node"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/actors/request"
	"github.com/paxoskv/paxoskv/cmd/node/shell"
	"github.com/paxoskv/paxoskv/dist"
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/sup"
)

// backend is a node as the shell's commands see it.
type backend struct {
	cfg      nodeConfig
	node     ergo.Node
	wire     *dist.Wire
	host     *host.Host
	failed   chan error
	stopping chan struct{}

	mu      sync.Mutex
	spawned []etf.Pid
}

// watch tells when the node ends by itself, or its store does.
func (b *backend) watch() {
	ended := make(chan struct{})
	go func() {
		b.node.Wait()
		close(ended)
	}()
	err := errEnded
	select {
	case <-ended:
	case <-b.host.Failed():
		err = b.host.Err()
	}
	select {
	case <-b.stopping:
	default:
		b.failed <- err
	}
}

func (b *backend) Failed() <-chan error { return b.failed }

func (b *backend) Stop() error {
	close(b.stopping)
	b.node.Stop()
	b.host.Close()
	b.wire.Stop()
	return nil
}

// fail makes an error print as the store's replies have it.
func fail(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return shell.Fail(request.Error(err).(etf.Tuple)[1], err)
}

func inBucket(name string) []paxoskv.Option {
	if name == "" {
		return nil
	}
	return []paxoskv.Option{paxoskv.InBucket(name)}
}

func putOptions(o shell.PutOptions) []paxoskv.Option {
	opts := inBucket(o.Bucket)
	if o.PID != nil {
		opts = append(opts, paxoskv.TiedToPID(*o.PID))
	}
	if o.Node != "" {
		opts = append(opts, paxoskv.TiedToNode(o.Node))
	}
	if o.HasKey {
		opts = append(opts, paxoskv.TiedToKey(o.Key))
	}
	if !o.Until.IsZero() {
		opts = append(opts, paxoskv.Until(o.Until))
	}
	if o.ReturnNoQuorum {
		opts = append(opts, paxoskv.OnNoQuorum(paxoskv.Return))
	}
	return opts
}

func readOptions(o shell.ReadOptions) []paxoskv.Option {
	opts := inBucket(o.Bucket)
	if o.HasDefault {
		opts = append(opts, paxoskv.Default(o.Default))
	}
	if o.Stale {
		opts = append(opts, paxoskv.Stale())
	}
	if o.ReturnNoQuorum {
		opts = append(opts, paxoskv.OnNoQuorum(paxoskv.Return))
	}
	return opts
}

func (b *backend) Put(ctx context.Context, key, value any, o shell.PutOptions) (any, error) {
	r, err := paxoskv.Put(ctx, key, value, putOptions(o)...)
	return r.Value, fail(err)
}

func (b *backend) Get(ctx context.Context, key any, o shell.ReadOptions) (any, bool, error) {
	r, err := paxoskv.Get(ctx, key, readOptions(o)...)
	return r.Value, r.Stale, fail(err)
}

func (b *backend) PID(ctx context.Context, key any, o shell.ReadOptions) (etf.Pid, error) {
	p, err := paxoskv.PID(ctx, key, readOptions(o)...)
	return p, fail(err)
}

func (b *backend) Node(ctx context.Context, key any, o shell.ReadOptions) (etf.Atom, error) {
	n, err := paxoskv.Node(ctx, key, readOptions(o)...)
	return etf.Atom(n), fail(err)
}

func (b *backend) Cluster(context.Context) (shell.ClusterInfo, error) {
	c, err := paxoskv.Cluster()
	return shell.ClusterInfo{Size: c.Size, Nodes: c.Nodes, Quorum: c.Quorum}, fail(err)
}

func (b *backend) Doctor(ctx context.Context) ([]string, error) {
	return consult(ctx, b.cfg.Config, []string{b.cfg.Name}, inShell)
}

func (b *backend) Resize(ctx context.Context, size int) error {
	err := paxoskv.ResizeCluster(ctx, size)
	if errors.Is(err, paxoskv.ErrRefused) {
		why := strings.TrimPrefix(err.Error(), paxoskv.ErrRefused.Error()+": ")
		return shell.Fail(etf.Tuple{etf.Atom("refused"), why}, err)
	}
	return fail(err)
}

func (b *backend) StartBucket(ctx context.Context, name string) error {
	if _, err := b.node.Spawn("", gen.ProcessOptions{}, sup.Bucket(name)); err != nil {
		return shell.Fail(etf.Atom("already_started"), err)
	}
	return fail(paxoskv.WaitForBucket(ctx, name))
}

// idle is a process that does nothing, to tie keys to.
type idle struct{ gen.Server }

func (*idle) Init(*gen.ServerProcess, ...etf.Term) error { return nil }

func (*idle) HandleInfo(*gen.ServerProcess, etf.Term) gen.ServerStatus { return gen.ServerStatusOK }

func (b *backend) Spawn(context.Context) (etf.Pid, error) {
	p, err := b.node.Spawn("", gen.ProcessOptions{}, &idle{})
	if err != nil {
		return etf.Pid{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spawned = append(b.spawned, p.Self())
	return p.Self(), nil
}

// Kill ends a process that Spawn started: any other the node may need.
func (b *backend) Kill(_ context.Context, pid etf.Pid) error {
	b.mu.Lock()
	ours := slices.Contains(b.spawned, pid)
	b.mu.Unlock()
	p := b.node.ProcessByPid(pid)
	if !ours || p == nil {
		return shell.Fail(etf.Atom("noproc"), fmt.Errorf("no process of the command spawn runs as %v", pid))
	}
	p.Kill()
	return nil
}

func (b *backend) Connect(ctx context.Context, name string) error {
	if err := b.wire.Connect(name); err != nil {
		return err
	}
	if err := b.wire.Wait(ctx, name); err != nil {
		return shell.Fail(etf.Atom("no_connection"), err)
	}
	return nil
}

func (b *backend) Disconnect(_ context.Context, name string) error {
	b.wire.Disconnect(name)
	return nil
}
