package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/paxoskv/paxoskv/cmd/node/config"
	"github.com/paxoskv/paxoskv/cmd/node/doctor"
	"github.com/paxoskv/paxoskv/cmd/node/look"
)

// The exit statuses of the doctor.
const (
	statusWell     = 0
	statusFindings = 1
	statusBlind    = 2 // It could not look.
)

// lookAgain is when what was found is looked at again: a node that starts, a link
// that comes, a seat that changes hands are no findings.
const lookAgain = 1500 * time.Millisecond

// ours are the names that nodes of this program have.
var ours = regexp.MustCompile(`^node[0-9]+@`)

// diagnose looks at a cluster and says what is wrong with it. err is what kept the
// doctor from getting a cookie.
func diagnose(cfg config.Config, err error, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	var facts doctor.Facts
	var found []doctor.Finding
	if err == nil {
		facts, found, err = examine(ctx, cfg, 0)
	}
	if err == nil && cfg.JSON {
		err = doctor.PrintJSON(out, facts, found)
	} else if err == nil {
		err = doctor.Print(out, facts, found)
	}
	switch {
	case err != nil:
		fmt.Fprintf(errs, "node: %v\n", err)
		return statusBlind
	case len(found) > 0:
		return statusFindings
	}
	return statusWell
}

// inShell is the patience of the command doctor in the shell of a node, where two
// looks and the pause between them have to fit commandTimeout.
const inShell = time.Second

// consult begins with some of the nodes, and says what diagnose prints before its table.
func consult(ctx context.Context, cfg config.Config, nodes []string, patience time.Duration) ([]string, error) {
	cfg.Patients = nodes
	facts, found, err := examine(ctx, cfg, patience)
	if err != nil {
		return nil, err
	}
	return doctor.Lines(facts, found), nil
}

// examine looks, and looks again where the first look finds something. patience is
// that of look.Options.
func examine(ctx context.Context, cfg config.Config, patience time.Duration) (facts doctor.Facts, found []doctor.Finding, err error) {
	o := look.Options{Nodes: cfg.Patients, Host: cfg.Host, Named: ours.MatchString, Ports: cfg.Routes,
		Cookie: cfg.Cookie, Mapper: epmdPort(), Patience: patience}
	look := func() error {
		facts, err = look.Look(ctx, o)
		found = doctor.Judge(facts)
		return err
	}
	if err := look(); err != nil || len(found) == 0 {
		return facts, found, err
	}
	select {
	case <-time.After(lookAgain):
	case <-ctx.Done():
		return facts, nil, ctx.Err()
	}
	err = look()
	return facts, found, err
}
