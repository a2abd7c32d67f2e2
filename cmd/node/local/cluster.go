package local

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Cluster is the nodes that a launcher has started. Its methods may be called
// by several goroutines; starts happen one at a time.
type Cluster struct {
	opts     Options
	spawner  *spawner
	starting sync.Mutex // One start at a time, and none beside Stop.

	mu      sync.Mutex
	nodes   map[int]*child
	stopped bool
}

// Start starts the nodes and returns when all of them are up. When one fails,
// the others are stopped again.
func Start(ctx context.Context, opts Options) (*Cluster, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Cluster{opts: opts, spawner: newSpawner(), nodes: map[int]*child{}}
	waits := make([]func() error, opts.Nodes)
	for i := range waits {
		if waits[i], err = c.launch(ctx, i+1); err != nil {
			return nil, errors.Join(err, c.Stop())
		}
	}
	for _, wait := range waits {
		if err := wait(); err != nil {
			return nil, errors.Join(err, c.Stop())
		}
	}
	return c, nil
}

// launch starts the process of node n. The returned function waits until the
// node is up, and puts an end to one that does not get there.
func (c *Cluster) launch(ctx context.Context, n int) (wait func() error, err error) {
	c.starting.Lock()
	defer c.starting.Unlock()
	if err := c.mayStart(n); err != nil {
		return nil, err
	}
	node, ready, err := startChild(c.spawner, c.opts, n)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.nodes[n] = node
	c.mu.Unlock()
	return func() error {
		err := c.await(ctx, node, ready)
		if err == nil {
			return nil
		}
		return errors.Join(fmt.Errorf("%s: %w", c.opts.Name(n), err), node.kill())
	}, nil
}

func (c *Cluster) mayStart(n int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n < 1 || n > c.opts.Most {
		return fmt.Errorf("%w: %d", ErrNoSuchNode, n)
	}
	if c.stopped {
		return ErrNodeDown
	}
	if node := c.nodes[n]; node != nil && node.up() {
		return ErrNodeUp
	}
	return nil
}

func (c *Cluster) await(ctx context.Context, node *child, ready <-chan string) error {
	ctx, cancel := context.WithTimeout(ctx, c.opts.StartTimeout)
	defer cancel()
	select {
	case <-ready:
		return nil
	case <-node.gone:
		return fmt.Errorf("%w: %v", ErrNotReady, node.cmd.ProcessState)
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrNotReady, ctx.Err())
	}
}

// node returns a node that is up, or ErrNodeDown.
func (c *Cluster) node(n int) (*child, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	node := c.nodes[n]
	if node == nil || !node.up() {
		return nil, ErrNodeDown
	}
	return node, nil
}

// running names the nodes that are up, paused ones too.
func (c *Cluster) running() (names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for n := range c.opts.Most {
		if node := c.nodes[n+1]; node != nil && node.up() {
			names = append(names, c.opts.Name(n+1))
		}
	}
	return names
}

// Execute runs a line in the shell of node n and returns its answer, which is
// one line. The errors are ErrNodeDown, ErrBadLine and those of the ctx and of
// Options.Timeout.
func (c *Cluster) Execute(ctx context.Context, n int, line string) (string, error) {
	node, err := c.node(n)
	if err != nil {
		return "", err
	}
	return node.execute(ctx, line, c.opts.Timeout)
}

// StartNode starts node n, which is down or was never up, and waits until it is up.
func (c *Cluster) StartNode(ctx context.Context, n int) error {
	wait, err := c.launch(ctx, n)
	if err != nil {
		return err
	}
	return wait()
}

// KillNode ends node n as SIGKILL does.
func (c *Cluster) KillNode(n int) error {
	node, err := c.node(n)
	if err != nil {
		return err
	}
	return node.kill()
}

// PauseNode stops node n as SIGSTOP does: it is there, and does nothing.
func (c *Cluster) PauseNode(n int) error { return c.pause(n, true) }

// ResumeNode lets a paused node go on.
func (c *Cluster) ResumeNode(n int) error { return c.pause(n, false) }

func (c *Cluster) pause(n int, stop bool) error {
	node, err := c.node(n)
	if err != nil {
		return err
	}
	return node.pause(stop)
}

// Stop ends all nodes and waits until they are gone. Later calls do nothing.
func (c *Cluster) Stop() error {
	c.starting.Lock()
	defer c.starting.Unlock()
	c.mu.Lock()
	before := c.stopped
	c.stopped = true
	nodes := make([]*child, 0, len(c.nodes))
	for _, node := range c.nodes {
		nodes = append(nodes, node)
	}
	c.mu.Unlock()
	if before {
		return nil
	}
	errs := make([]error, len(nodes))
	var all sync.WaitGroup
	for i, node := range nodes {
		all.Go(func() { errs[i] = node.stop(c.opts.StopTimeout) })
	}
	all.Wait()
	c.spawner.close()
	return errors.Join(errs...)
}
