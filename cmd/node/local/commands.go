package local

import (
	"context"
	"errors"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/cmd/node/shell"
)

// Commands is the table of the launcher's shell: the commands of a node, which
// the first node runs, and those that act on the nodes themselves.
func (c *Cluster) Commands() []shell.Command {
	table := shell.Commands(nil)
	for i := range table {
		table[i].Run = func(ctx context.Context, call *shell.Call) (any, error) {
			return c.at(ctx, 1, call.Text)
		}
		if table[i].Name == shell.DoctorName && c.opts.Doctor != nil {
			table[i].Run = shell.Doctor(c.diagnose)
		}
	}
	number := shell.Integer(1, c.opts.Most)
	return append(table, shell.Command{
		Name:   "at",
		Params: []shell.Param{{Name: "N", Kind: number}, {Name: "COMMAND", Kind: shell.CommandLine(shell.Commands(nil))}},
		Help:   "runs COMMAND in the shell of node N; without it, the first node runs a command",
		Run: func(ctx context.Context, call *shell.Call) (any, error) {
			return c.at(ctx, shell.Arg[int](call, "N"), shell.Arg[string](call, "COMMAND"))
		},
	},
		numbered("kill-node", "ends node N as SIGKILL does", number,
			func(_ context.Context, n int) (any, error) { return etf.Atom("ok"), c.KillNode(n) }),
		numbered("start-node", "starts node N, which may be a new one", number,
			func(ctx context.Context, n int) (any, error) {
				return etf.Tuple{etf.Atom("ok"), etf.Atom(c.opts.Name(n))}, c.StartNode(ctx, n)
			}),
		numbered("pause-node", "stops node N as SIGSTOP does", number,
			func(_ context.Context, n int) (any, error) { return etf.Atom("ok"), c.PauseNode(n) }),
		numbered("resume-node", "lets node N go on", number,
			func(_ context.Context, n int) (any, error) { return etf.Atom("ok"), c.ResumeNode(n) }),
	)
}

// numbered is a row for a command that takes the number of a node.
func numbered(name, help string, kind shell.Kind, run func(context.Context, int) (any, error)) shell.Command {
	return shell.Command{
		Name: name, Help: help, Params: []shell.Param{{Name: "N", Kind: kind}},
		Run: func(ctx context.Context, call *shell.Call) (any, error) {
			v, err := run(ctx, shell.Arg[int](call, "N"))
			return v, withReason(err)
		},
	}
}

func (c *Cluster) at(ctx context.Context, n int, line string) (any, error) {
	text, err := c.Execute(ctx, n, line)
	return shell.Line(text), withReason(err)
}

func (c *Cluster) diagnose(ctx context.Context) ([]string, error) {
	nodes := c.running()
	if len(nodes) == 0 {
		return nil, withReason(ErrNodeDown)
	}
	return c.opts.Doctor(ctx, nodes)
}

// withReason gives the errors of this package the atoms that they print as.
func withReason(err error) error {
	for sentinel, reason := range map[error]etf.Atom{
		ErrNodeDown: "node_down",
		ErrNodeUp:   "already_started",
		ErrBadLine:  "bad_line",
	} {
		if errors.Is(err, sentinel) {
			return shell.Fail(reason, err)
		}
	}
	return err
}
