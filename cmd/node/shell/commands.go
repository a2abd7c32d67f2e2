package shell

import (
	"context"
	"time"

	"github.com/ergo-services/ergo/etf"
)

// maxSize bounds the size of a cluster that the shell asks for. It is there to
// catch a slip of the finger; the protocol has no such bound.
const maxSize = 99

var (
	keyParam  = Param{Name: "KEY", Kind: Term}
	bucketOpt = Option{Name: "bucket", Value: "B", Kind: &Name}

	noQuorum    = OneOf("return", "retry")
	noQuorumOpt = Option{Name: "no_quorum", Value: "return", Kind: &noQuorum}
)

// Commands is the table of a node's commands. With a nil backend it serves for
// help and completion only.
func Commands(b Backend) []Command {
	return append(keyCommands(b), nodeCommands(b)...)
}

func keyCommands(b Backend) []Command {
	return []Command{{
		Name:   "put",
		Params: []Param{keyParam, {Name: "VALUE", Kind: Term}},
		Options: []Option{
			{Name: "pid", Value: "P", Kind: &PID},
			{Name: "node", Value: "N", Kind: &Name},
			{Name: "key", Value: "K", Kind: &Term},
			{Name: "until", Value: "MS|+5s", Kind: &Until},
			bucketOpt, noQuorumOpt,
		},
		Help: "puts VALUE under KEY unless it has a value, and answers with the one it has; " +
			"the key goes when what it is tied to goes (where that is not there: invalid_value)",
		Run: func(ctx context.Context, c *Call) (any, error) {
			v, err := b.Put(ctx, c.args["KEY"], c.args["VALUE"], putOptions(c))
			return ok(v), err
		},
	}, {
		Name:    "get",
		Params:  []Param{keyParam},
		Options: []Option{{Name: "default", Value: "D", Kind: &Term}, bucketOpt, {Name: "stale"}, noQuorumOpt},
		Help:    "answers with the value of KEY; with stale the last learned one will do, and is marked so",
		Run: func(ctx context.Context, c *Call) (any, error) {
			v, stale, err := b.Get(ctx, c.args["KEY"], readOptions(c))
			if stale {
				return etf.Tuple{etf.Atom("stale"), v}, err
			}
			return ok(v), err
		},
	}, {
		Name:    "pid",
		Params:  []Param{keyParam},
		Options: []Option{bucketOpt, noQuorumOpt},
		Help:    "answers with the process that KEY is tied to",
		Run: func(ctx context.Context, c *Call) (any, error) {
			v, err := b.PID(ctx, c.args["KEY"], readOptions(c))
			return ok(v), err
		},
	}, {
		Name:    "node",
		Params:  []Param{keyParam},
		Options: []Option{bucketOpt, noQuorumOpt},
		Help:    "answers with the node that KEY is tied to",
		Run: func(ctx context.Context, c *Call) (any, error) {
			v, err := b.Node(ctx, c.args["KEY"], readOptions(c))
			return ok(v), err
		},
	}}
}

func nodeCommands(b Backend) []Command {
	return []Command{{
		Name: "cluster",
		Help: "answers with the size of the cluster, the connected nodes, and whether there is a quorum",
		Run: func(ctx context.Context, _ *Call) (any, error) {
			info, err := b.Cluster(ctx)
			return ok(info.term()), err
		},
	}, {
		Name: DoctorName,
		Help: "says what is wrong with the cluster, and what to do: the findings of node doctor",
		Run:  Doctor(func(ctx context.Context) ([]string, error) { return b.Doctor(ctx) }),
	}, {
		Name:   "resize",
		Params: []Param{{Name: "N", Kind: Integer(1, maxSize)}},
		Help:   "asks the cluster to have N seats",
		Run:    plain("N", func(ctx context.Context, n int) error { return b.Resize(ctx, n) }),
	}, {
		Name:   "bucket",
		Params: []Param{{Name: "NAME", Kind: Name}},
		Help:   "starts a bucket on this node; more than half of the members must have it before it answers",
		Run:    plain("NAME", func(ctx context.Context, name string) error { return b.StartBucket(ctx, name) }),
	}, {
		Name: "spawn",
		Help: "starts an idle process, to tie keys to",
		Run: func(ctx context.Context, _ *Call) (any, error) {
			v, err := b.Spawn(ctx)
			return ok(v), err
		},
	}, {
		Name:   "kill",
		Params: []Param{{Name: "PID", Kind: PID}},
		Help:   "ends a process that spawn started",
		Run:    plain("PID", func(ctx context.Context, pid etf.Pid) error { return b.Kill(ctx, pid) }),
	}, {
		Name:   "connect",
		Params: []Param{{Name: "NODE", Kind: Name}},
		Help:   "connects this node to another",
		Run:    plain("NODE", func(ctx context.Context, node string) error { return b.Connect(ctx, node) }),
	}, {
		Name:   "disconnect",
		Params: []Param{{Name: "NODE", Kind: Name}},
		Help:   "drops the connection to another node",
		Run:    plain("NODE", func(ctx context.Context, node string) error { return b.Disconnect(ctx, node) }),
	}}
}

// DoctorName is the name of the command that Doctor runs: a launcher, whose nodes may
// all be down, runs it itself.
const DoctorName = "doctor"

// Doctor runs the command doctor by a function that looks, and answers with its lines.
func Doctor(look func(context.Context) ([]string, error)) func(context.Context, *Call) (any, error) {
	return func(ctx context.Context, _ *Call) (any, error) {
		lines, err := look(ctx)
		findings := make(etf.List, len(lines))
		for i, line := range lines {
			findings[i] = line
		}
		return ok(findings), err
	}
}

// plain runs a command of one argument that answers ok.
func plain[T any](name string, run func(context.Context, T) error) func(context.Context, *Call) (any, error) {
	return func(ctx context.Context, c *Call) (any, error) {
		return done, run(ctx, Arg[T](c, name))
	}
}

func putOptions(c *Call) PutOptions {
	opts := PutOptions{
		Node:           Arg[string](c, "node"),
		Key:            c.args["key"],
		HasKey:         c.Has("key"),
		Until:          Arg[time.Time](c, "until"),
		Bucket:         Arg[string](c, "bucket"),
		ReturnNoQuorum: Arg[string](c, "no_quorum") == "return",
	}
	if pid, given := c.args["pid"].(etf.Pid); given {
		opts.PID = &pid
	}
	return opts
}

func readOptions(c *Call) ReadOptions {
	return ReadOptions{
		Bucket:         Arg[string](c, "bucket"),
		Default:        c.args["default"],
		HasDefault:     c.Has("default"),
		Stale:          c.Has("stale"),
		ReturnNoQuorum: Arg[string](c, "no_quorum") == "return",
	}
}
