package paxoskv

import (
	"context"
	"fmt"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/report"
)

// ClusterSize is how many members the cluster is to have.
func ClusterSize(opts ...Option) (int, error) {
	c, err := cluster(opts)
	return c.Size, err
}

// Nodes lists the connected nodes that run the store, this one included.
func Nodes(opts ...Option) ([]string, error) {
	c, err := cluster(opts)
	return c.Nodes, err
}

// NodesAndClusterSize is both, read at one moment.
func NodesAndClusterSize(opts ...Option) ([]string, int, error) {
	c, err := cluster(opts)
	return c.Nodes, c.Size, err
}

// Quorum says whether enough members are connected for anything to be decided.
func Quorum(opts ...Option) (bool, error) {
	c, err := cluster(opts)
	return c.Quorum, err
}

// ClusterInfo is all that a node knows of its cluster.
type ClusterInfo = host.Cluster

// Cluster returns it.
func Cluster(opts ...Option) (ClusterInfo, error) { return cluster(opts) }

// Report is what the node of this program says of itself, as "node doctor" asks
// of every node.
func Report(opts ...Option) (report.Report, error) {
	h, err := collect(opts).host()
	if err != nil {
		return report.Report{}, err
	}
	return h.Report(), nil
}

func cluster(opts []Option) (host.Cluster, error) {
	h, err := collect(opts).host()
	if err != nil {
		return host.Cluster{}, err
	}
	return h.Cluster(), nil
}

// Ping returns nil when the cluster service runs on the node of this program,
// ErrClosed otherwise.
func Ping(opts ...Option) error {
	_, err := collect(opts).host()
	return err
}

// ResizeCluster changes the size, in steps of one, and waits for each. It is
// ErrRefused, with the reason, where a step would break the quorum or cannot be
// voted; what was reached by then stays. When ctx ends while it waits for a member
// that has not merged what an earlier step asked of it, the error names that member.
func ResizeCluster(ctx context.Context, size int, opts ...Option) error {
	h, err := collect(opts).host()
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	h.Resize(ctx, size, func(err error) { done <- err })
	return <-done
}

// Subscribe has quorum_reached and quorum_lost sent to a process as plain
// messages: the present state at once, then each change. The process is
// monitored, and forgotten when it ends.
func Subscribe(pid etf.Pid, opts ...Option) error {
	return tell(etf.Tuple{etf.Atom("subscribe"), pid}, opts)
}

// Unsubscribe ends that.
func Unsubscribe(pid etf.Pid, opts ...Option) error {
	return tell(etf.Tuple{etf.Atom("unsubscribe"), pid}, opts)
}

// tell sends the cluster service what it is to do, as a cast.
func tell(message etf.Term, opts []Option) error {
	h, err := collect(opts).host()
	if err != nil {
		return err
	}
	h.Send(h.Name(), gen.ProcessID{Name: host.ClusterName, Node: h.Name()},
		etf.Tuple{etf.Atom("$gen_cast"), message})
	return nil
}

// WaitForBucket waits until a bucket is up on the node of this program, or ctx
// ends: then it is ErrUnknownBucket.
func WaitForBucket(ctx context.Context, name string, opts ...Option) error {
	o := collect(opts)
	return wait(ctx, o, fmt.Errorf("%w: %q", ErrUnknownBucket, name),
		func(h *host.Host) bool { return h.Bucket(name) != nil })
}

// WaitForQuorum waits until enough members are connected, or ctx ends: then it
// is ErrNoQuorum.
func WaitForQuorum(ctx context.Context, opts ...Option) error {
	return wait(ctx, collect(opts), ErrNoQuorum, (*host.Host).Quorum)
}

// wait waits for a condition that changes with the host.
func wait(ctx context.Context, o *options, missing error, done func(*host.Host) bool) error {
	for {
		changed := host.Made()
		if h := host.Any(o.node); h != nil {
			changed = h.Changed()
			if done(h) {
				return nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if host.Any(o.node) == nil {
				missing = fmt.Errorf("%w: %s", missing, noService)
			}
			return fmt.Errorf("%w (%w)", missing, context.Cause(ctx))
		}
	}
}
