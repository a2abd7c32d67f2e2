// Package shelltest holds what tests of the shell, of the launcher and of the
// program share: a backend without a cluster behind it.
package shelltest

import (
	"context"
	"fmt"
	"sync"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/cmd/node/shell"
)

// Keys with a meaning of their own, for put and get.
const (
	Wait  = etf.Atom("wait")  // The call ends with its ctx, and not before.
	Panic = etf.Atom("panic") // The call panics.
)

// Backend is a cluster of one, in a map. Its methods keep the promises of
// [shell.Backend]; what they were asked is in its fields.
type Backend struct {
	Self string

	mu      sync.Mutex
	values  map[string]any
	pids    map[string]etf.Pid
	nodes   map[string]etf.Atom
	spawned uint64
	size    int
	peers   []string
	buckets map[string]bool

	// Puts and Reads are the options of the calls so far. Read them when no
	// call is under way.
	Puts  []shell.PutOptions
	Reads []shell.ReadOptions
	// Waiting gets a value whenever a call for the key Wait has begun.
	Waiting chan struct{}
}

// New returns an empty backend of that name.
func New(self string) *Backend {
	return &Backend{
		Self: self, size: 3, peers: []string{self}, buckets: map[string]bool{"": true},
		values: map[string]any{}, pids: map[string]etf.Pid{}, nodes: map[string]etf.Atom{},
		Waiting: make(chan struct{}, 100),
	}
}

// Put implements shell.Backend: the first value wins.
func (b *Backend) Put(ctx context.Context, key, value any, opts shell.PutOptions) (any, error) {
	b.mu.Lock()
	b.Puts = append(b.Puts, opts)
	b.mu.Unlock()
	at, err := b.find(ctx, key, opts.Bucket)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if chosen, found := b.values[at]; found {
		return chosen, nil
	}
	b.values[at] = value
	if opts.PID != nil {
		b.pids[at] = *opts.PID
	}
	if opts.Node != "" {
		b.nodes[at] = etf.Atom(opts.Node)
	}
	return value, nil
}

// Get implements shell.Backend.
func (b *Backend) Get(ctx context.Context, key any, opts shell.ReadOptions) (any, bool, error) {
	v, err := read(ctx, b, key, opts, b.values)
	if err != nil && opts.HasDefault {
		return opts.Default, false, nil
	}
	return v, opts.Stale, err
}

// PID implements shell.Backend.
func (b *Backend) PID(ctx context.Context, key any, opts shell.ReadOptions) (etf.Pid, error) {
	return read(ctx, b, key, opts, b.pids)
}

// Node implements shell.Backend.
func (b *Backend) Node(ctx context.Context, key any, opts shell.ReadOptions) (etf.Atom, error) {
	return read(ctx, b, key, opts, b.nodes)
}

func read[T any](ctx context.Context, b *Backend, key any, opts shell.ReadOptions, from map[string]T) (v T, err error) {
	b.mu.Lock()
	b.Reads = append(b.Reads, opts)
	b.mu.Unlock()
	at, err := b.find(ctx, key, opts.Bucket)
	if err != nil {
		return v, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	v, found := from[at]
	if !found {
		return v, shell.Fail(etf.Atom("not_found"), nil)
	}
	return v, nil
}

// find serves the special keys and returns the place of the others.
func (b *Backend) find(ctx context.Context, key any, bucket string) (string, error) {
	b.mu.Lock()
	known := b.buckets[bucket]
	b.mu.Unlock()
	switch {
	case !known:
		return "", shell.Fail(etf.Atom("unknown_bucket"), nil)
	case key == any(Panic):
		panic("asked to")
	case key == any(Wait):
		b.Waiting <- struct{}{}
		<-ctx.Done()
		return "", ctx.Err()
	}
	return fmt.Sprintf("%s %#v", bucket, key), nil
}

// Cluster implements shell.Backend.
func (b *Backend) Cluster(context.Context) (shell.ClusterInfo, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	quorum := len(b.peers) > b.size/2
	return shell.ClusterInfo{Size: b.size, Nodes: append([]string(nil), b.peers...), Quorum: quorum}, nil
}

// Doctor implements shell.Backend.
func (b *Backend) Doctor(context.Context) ([]string, error) {
	return []string{"all is well: " + b.Self}, nil
}

// Resize implements shell.Backend.
func (b *Backend) Resize(_ context.Context, size int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.size = size
	return nil
}

// StartBucket implements shell.Backend.
func (b *Backend) StartBucket(_ context.Context, name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.buckets[name] {
		return fmt.Errorf("the bucket %q is there already", name)
	}
	b.buckets[name] = true
	return nil
}

// Spawn implements shell.Backend.
func (b *Backend) Spawn(context.Context) (etf.Pid, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spawned++
	return etf.Pid{Node: etf.Atom(b.Self), ID: 1000 + b.spawned, Creation: 1}, nil
}

// Kill implements shell.Backend.
func (b *Backend) Kill(_ context.Context, pid etf.Pid) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if pid.ID <= 1000 || pid.ID > 1000+b.spawned {
		return shell.Fail(etf.Atom("noproc"), nil)
	}
	return nil
}

// Connect implements shell.Backend.
func (b *Backend) Connect(_ context.Context, node string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.peers = append(b.peers, node)
	return nil
}

// Disconnect implements shell.Backend.
func (b *Backend) Disconnect(_ context.Context, node string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, p := range b.peers {
		if p == node {
			b.peers = append(b.peers[:i:i], b.peers[i+1:]...)
			return nil
		}
	}
	return shell.Fail(etf.Atom("not_connected"), nil)
}
