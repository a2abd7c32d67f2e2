package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Errors of Start and of the commands, for errors.Is.
var (
	// ErrNodeDown is returned for a node that does not run.
	ErrNodeDown = errors.New("the node is down")
	// ErrNodeUp is returned when a node that runs is to be started.
	ErrNodeUp = errors.New("the node is up already")
	// ErrNotReady is returned when a node was started and did not report in.
	ErrNotReady = errors.New("the node did not get ready")
	// ErrNoSuchNode is returned for a number that no node can have here.
	ErrNoSuchNode = errors.New("no such node")
	// ErrBadLine is returned for a line that does not fit into a frame.
	ErrBadLine = errors.New("the line cannot be sent")
)

// Options say what to start, and how long to wait for it.
type Options struct {
	Nodes int                  // How many to start, numbered from 1.
	Most  int                  // The highest number that start-node may add; Nodes at least.
	Name  func(n int) string   // The name of a node.
	Args  func(n int) []string // The arguments of its process.

	Program string   // The program to run; this one when empty.
	Env     []string // Added to this process's environment.
	// Doctor says what is wrong with the nodes that run, by name. Without it the
	// first node runs the command doctor, like any other.
	Doctor func(ctx context.Context, nodes []string) ([]string, error)

	Logs io.Writer // Gets what the nodes write to standard error, prefixed.

	Timeout      time.Duration // Of a command on a node.
	StartTimeout time.Duration // Of the start of a node.
	StopTimeout  time.Duration // For a node to end in order, before it is killed.
}

// withDefaults checks the options and fills in what was left out.
func (o Options) withDefaults() (Options, error) {
	if o.Nodes < 1 || o.Name == nil || o.Args == nil {
		return o, fmt.Errorf("local: at least one node, its name and its arguments are needed")
	}
	if o.Program == "" {
		self, err := os.Executable()
		if err != nil {
			return o, fmt.Errorf("local: %w", err)
		}
		o.Program = self
	}
	if o.Logs == nil {
		o.Logs = io.Discard
	}
	o.Most = max(o.Most, o.Nodes)
	setDefault(&o.Timeout, 5*time.Second)
	setDefault(&o.StartTimeout, 30*time.Second)
	setDefault(&o.StopTimeout, 2*time.Second)
	return o, nil
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d <= 0 {
		*d = value
	}
}
