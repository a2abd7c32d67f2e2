// Command embed shows the store in a program of its own: a node, a supervision
// tree with a bucket, a pause until it is up, and the cluster service; and a key
// that lives as long as a process.
//
//	go run ./examples/embed
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/node"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/dist"
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/pauseuntil"
	"github.com/paxoskv/paxoskv/sup"
)

const bucket = "locks"

// tree is the program's supervisor. It embeds pauseuntil.Supervisor in place of
// gen.Supervisor, so that it ends there and then if the bucket does not come up.
type tree struct{ pauseuntil.Supervisor }

// Init lists the parts, in the order in which they start.
func (*tree) Init(...etf.Term) (gen.SupervisorSpec, error) {
	return gen.SupervisorSpec{
		Strategy: gen.SupervisorStrategy{
			Type:      gen.SupervisorStrategyOneForOne,
			Restart:   gen.SupervisorStrategyRestartPermanent,
			Intensity: 5,
			Period:    10,
		},
		Children: []gen.SupervisorChildSpec{
			sup.BucketChild("", bucket),
			pauseuntil.Child("", 10*time.Second, func(ctx context.Context) error {
				return paxoskv.WaitForBucket(ctx, bucket)
			}),
			sup.ClusterChild("", host.Options{Size: 1}),
		},
	}, nil
}

// worker is a process that does nothing but live.
type worker struct{ gen.Server }

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "embed:", err)
		os.Exit(1)
	}
}

func run(out io.Writer) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()

	// A cluster of one needs no port mapper. One of several is the same with
	// Size 3, addresses or a port mapper, and wire.Connect.
	// The node lives as long as the context that it is started with, so that is not ctx.
	wire, n, err := dist.Start(context.Background(), "embed@127.0.0.1", node.Options{},
		dist.Options{Cookie: "secret", EPMD: dist.EPMD{Off: true}})
	if err != nil {
		return err
	}
	defer wire.Stop()
	defer n.Stop()
	if _, err := n.Spawn("", gen.ProcessOptions{}, &tree{}); err != nil {
		return err
	}
	if err := paxoskv.WaitForQuorum(ctx); err != nil {
		return err
	}
	nodes, size, err := paxoskv.NodesAndClusterSize()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "a cluster of %d: %v\n", size, nodes)
	return lock(ctx, out, n)
}

// lock has a worker hold a key, and shows that the key goes with it.
func lock(ctx context.Context, out io.Writer, n node.Node) error {
	w, err := n.Spawn("worker", gen.ProcessOptions{}, &worker{})
	if err != nil {
		return err
	}
	const key = "printer"
	in := paxoskv.InBucket(bucket)
	for _, who := range []string{"first", "second"} {
		res, err := paxoskv.Put(ctx, key, etf.Atom(who), in, paxoskv.TiedToPID(w.Self()))
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "put %s for the %s: %v has it, mine: %v\n", key, who, res.Value, res.Mine)
	}
	holder, err := paxoskv.PID(ctx, key, in)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "it is tied to the worker: %v\n", holder == w.Self())

	w.Kill()
	if err := untilGone(ctx, key, in); err != nil {
		return err
	}
	fmt.Fprintln(out, "the worker ended, and the key is gone")

	res, err := paxoskv.Put(ctx, key, etf.Atom("third"), in)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "put %s for the third: %v has it, mine: %v\n", key, res.Value, res.Mine)
	return nil
}

// untilGone waits until a key holds nothing: its process is seen to end first.
func untilGone(ctx context.Context, key any, opts ...paxoskv.Option) error {
	for tick := time.NewTicker(10 * time.Millisecond); ; <-tick.C {
		switch _, err := paxoskv.Get(ctx, key, opts...); {
		case errors.Is(err, paxoskv.ErrNotFound):
			return nil
		case err != nil:
			return err
		}
	}
}
