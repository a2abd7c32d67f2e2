// Command node runs a PaxosKV node, or several on one machine, and opens a
// shell on it. "node --help" says how.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/paxoskv/paxoskv/cmd/node/config"
	"github.com/paxoskv/paxoskv/cmd/node/cookie"
	"github.com/paxoskv/paxoskv/cmd/node/shell"
)

// The exit statuses of the program, but of the doctor: see there.
const (
	statusOK     = 0
	statusFailed = 1 // The node failed, or could not start.
	statusUsage  = 2 // The command line is wrong.
)

// commandTimeout bounds a command of the shell. It is Erlang's default for a
// call: a cluster without a quorum keeps nobody waiting longer.
const commandTimeout = 5 * time.Second

// stopTimeout bounds the end of a node. Nothing is lost when it is exceeded:
// the other nodes see this one go either way.
const stopTimeout = 5 * time.Second

func main() { os.Exit(run(os.Args[1:])) }

// run is the program: its arguments in, its exit status out.
func run(args []string) int {
	if asked := os.Getenv(consultEnv); asked != "" {
		if err := consulted(asked, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return statusFailed
		}
		return statusOK
	}
	cfg, err := config.Parse(args, os.Getenv)
	switch {
	case errors.Is(err, config.ErrHelp):
		fmt.Print(config.Usage)
		return statusOK
	case errors.Is(err, config.ErrVersion):
		fmt.Println(version())
		return statusOK
	case err != nil:
		fmt.Fprintf(os.Stderr, "node: %v\n\"node --help\" says what is expected\n", err)
		return statusUsage
	}
	if cfg.Cookie == "" {
		cfg.Cookie, err = cookie.Default()
	}
	if cfg.Kind == config.Doctor {
		return diagnose(cfg, err, os.Stdout, os.Stderr)
	}
	if err == nil {
		err = serve(cfg)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "node: %v\n", err)
		return statusFailed
	}
	return statusOK
}

// serve runs what the command line asks for, until its shell or a signal ends
// it. A second signal ends the program at once.
func serve(cfg config.Config) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop)

	logs := shell.NewLogs(os.Stderr)
	if cfg.Kind == config.Local {
		return serveLocal(ctx, cfg, logs)
	}
	return serveNode(ctx, cfg, logs)
}

// talk opens the shell in the mode that the command line and the streams ask
// for, and returns when it has ended or ctx has.
func talk(ctx context.Context, cfg config.Config, table []shell.Command, settings ...shell.Setting) error {
	if cfg.NoShell {
		<-ctx.Done()
		return nil
	}
	mode := shell.Pipe
	switch {
	case cfg.Framed:
		mode = shell.Framed
	case term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd())):
		mode = shell.Terminal
	}
	err := shell.New(table, settings...).Run(ctx, mode, os.Stdin, os.Stdout)
	if ctx.Err() != nil {
		return nil // A signal is an orderly end; a failed node says so itself.
	}
	return err
}

// newLogger writes one line for each record, as the shell's terminal needs it.
func newLogger(cfg config.Config, to io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{Level: cfg.LogLevel}))
}
