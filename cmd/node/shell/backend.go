package shell

import (
	"context"
	"time"

	"github.com/ergo-services/ergo/etf"
)

// Backend is the node as the commands see it. Every method returns soon after
// its ctx ends: the shell relies on that to stay usable.
//
// An error that should print as a particular term is made by [Fail]; any other
// error prints as {error,{failed,"text"}}.
type Backend interface {
	// Put returns the value that the cluster chose, which need not be the given one.
	Put(ctx context.Context, key, value any, opts PutOptions) (any, error)
	// Get returns the value of key. stale says that the answer is an old one,
	// which happens only when opts.Stale asked for it.
	Get(ctx context.Context, key any, opts ReadOptions) (value any, stale bool, err error)
	// PID returns the process that the key is tied to.
	PID(ctx context.Context, key any, opts ReadOptions) (etf.Pid, error)
	// Node returns the node that the key is tied to.
	Node(ctx context.Context, key any, opts ReadOptions) (etf.Atom, error)

	// Cluster reports the size, the connected nodes (this one too) and the quorum.
	Cluster(ctx context.Context) (ClusterInfo, error)
	// Doctor says what is wrong with the cluster, in lines, or in one that all is well.
	Doctor(ctx context.Context) ([]string, error)
	// Resize asks the cluster to have size seats.
	Resize(ctx context.Context, size int) error
	// StartBucket starts a bucket on this node.
	StartBucket(ctx context.Context, name string) error

	// Spawn starts an idle process on this node, to tie keys to.
	Spawn(ctx context.Context) (etf.Pid, error)
	// Kill ends a process that Spawn started on this node.
	Kill(ctx context.Context, pid etf.Pid) error

	// Connect connects this node to another.
	Connect(ctx context.Context, node string) error
	// Disconnect drops the connection to another node.
	Disconnect(ctx context.Context, node string) error
}

// PutOptions are the options of a put. A zero field is an option not given.
type PutOptions struct {
	PID    *etf.Pid  // The key goes when this process ends.
	Node   string    // The key goes when this node does.
	Key    any       // The key goes when this key does; see HasKey.
	HasKey bool      // Whether Key was given: any term is a key.
	Until  time.Time // The key goes at this time.
	Bucket string    // The bucket, or the default one when empty.

	// ReturnNoQuorum asks for an error without a quorum, instead of trying
	// until ctx ends.
	ReturnNoQuorum bool
}

// ReadOptions are the options of get, pid and node. A zero field is an option
// not given; pid and node know only Bucket and ReturnNoQuorum.
type ReadOptions struct {
	Bucket         string
	Default        any  // The answer when there is no such key; see HasDefault.
	HasDefault     bool // Whether Default was given: any term is a default.
	Stale          bool // The last learned value will do.
	ReturnNoQuorum bool // See PutOptions.
}

// ClusterInfo is the answer of the cluster command.
type ClusterInfo struct {
	Size   int
	Nodes  []string
	Quorum bool
}
