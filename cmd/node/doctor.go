package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
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

// consultEnv holds a consultation, and so has the program look for the shell of a
// node: a process holds one node of ergo, whose core has variables of its own, and
// the doctor is a node.
const consultEnv = "PAXOSKV_CONSULT"

// consultation is what the shell of a node asks of a doctor.
type consultation struct {
	Nodes    []string
	Host     string
	Ports    map[string]int
	Patience time.Duration
}

// consult begins with some of the nodes, and says what diagnose prints before its
// table. It looks in a process of its own.
func consult(ctx context.Context, cfg config.Config, nodes []string, patience time.Duration) (lines []string, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	asked, err := json.Marshal(consultation{nodes, cfg.Host, cfg.Routes, patience})
	if err != nil {
		return nil, err
	}
	c := exec.CommandContext(ctx, self)
	c.Env = append(os.Environ(), consultEnv+"="+string(asked), config.CookieEnv+"="+cfg.Cookie)
	var errs strings.Builder
	c.Stderr = &errs
	out, err := c.Output()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("the doctor: %w: %s", err, strings.TrimSpace(errs.String()))
	}
	return lines, json.Unmarshal(out, &lines)
}

// consulted answers a consultation.
func consulted(asked string, out io.Writer) error {
	var c consultation
	if err := json.Unmarshal([]byte(asked), &c); err != nil {
		return err
	}
	cfg := config.Config{Patients: c.Nodes, Host: c.Host, Routes: c.Ports, Cookie: os.Getenv(config.CookieEnv)}
	facts, found, err := examine(context.Background(), cfg, c.Patience)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(doctor.Lines(facts, found))
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
