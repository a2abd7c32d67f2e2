// Package config reads the command line of the node program.
package config

import (
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/paxoskv/paxoskv/cmd/node/names"
	"github.com/paxoskv/paxoskv/host"
)

// CookieEnv is the environment variable that a cookie is taken from when there
// is no flag. Unlike a flag, it is not shown to other users of the machine.
const CookieEnv = "PAXOSKV_COOKIE"

// Usage is the help text of the program.
const Usage = `usage: node NUMBER [flags]   start a node named nodeNUMBER@HOST
       node _      [flags]   start a node with the lowest free number, from 1
       node local  [flags]   start several nodes on this machine
       node doctor [NODE...] say what is wrong with a cluster

A node connects to the NUMBER nodes before it and the NUMBER after it, and opens
a shell: with a terminal for people, with a pipe for scripts.

  --host HOST           the host part of the name, and where to listen (127.0.0.1)
  --cookie COOKIE       what the nodes of a cluster share (from PAXOSKV_COOKIE, or
                        the file .erlang.cookie in the home directory)
  --size N              how many nodes vote (3; with local, as many as --nodes)
  --connect NODE,...    connect to these nodes too
  --limits NAME=SIZE,...  what keys may hold and the node takes upon itself, of key,
                        value, ties, under-way, learned and outbox: docs/limits.md
  --data-dir DIR        keep what the node must not forget in DIR, with local in a
                        directory there for each node (in memory): docs/storage.md
  --log-level LEVEL     debug, info, warn or error (info; with local, warn)
  --no-shell            open no shell, and run until a signal comes
  --nodes N             with local: how many nodes to start (3)

The doctor takes no part in the cluster. It begins with the nodes that it is given,
as NUMBER, NODE or NODE:PORT, or else with those that EPMD has on HOST, and goes on
to all that these tell of. For each finding it says what to do; its exit status is
0 where all is well, 1 with findings, and 2 where it could not look.

  --json                print the findings, and the facts they rest on, as JSON

  --version             print what the program was built from, and end
`

// ErrUsage is returned for a wrong command line; its text says what is wrong.
var ErrUsage = errors.New("usage")

// ErrHelp is returned when the help text was asked for.
var ErrHelp = errors.New("help")

// ErrVersion is returned when the version was asked for.
var ErrVersion = errors.New("version")

// Kind is what the program is asked to be.
type Kind int

// The kinds.
const (
	Numbered Kind = iota // Node Config.Number.
	Lowest               // The node with the lowest free number.
	Local                // A launcher of several nodes.
	Doctor               // Who says what is wrong with a cluster.
)

// Config is a checked command line.
type Config struct {
	Kind     Kind
	Number   int    // Of a Numbered node: 0 to names.Most.
	Host     string // Without a port.
	Cookie   string // Empty when it is to come from the cookie file.
	Size     int
	Connect  []string    // Names of further nodes, without doubles.
	Limits   host.Limits // Those that are not given are 0.
	DataDir  string      // Empty for none.
	LogLevel slog.Level
	NoShell  bool
	Nodes    int // Of a launcher.

	// What a doctor is to look at, and how it is to say what it finds; the ports of
	// nodes that were given are in Routes.
	Patients []string
	JSON     bool

	// What a launcher tells its nodes, and nobody else uses.
	Framed bool           // The shell speaks frames.
	Port   int            // The port to listen on; 0 for any.
	Routes map[string]int // The ports of nodes by name: no EPMD is asked for them.
	Listed bool           // EPMD is told of the node, and asked for others.
}

// Name is the name of node n under this configuration.
func (c Config) Name(n int) string { return names.Name(n, c.Host) }

// Peers lists whom node n is to connect to, itself left out. With Routes, only
// the neighbours before it count, as far as they have a route: the launcher
// names the nodes that it has started by Connect, and those that it may start
// later connect to the others.
func (c Config) Peers(n int) []string {
	peers := names.Peers(n, c.Host)
	if c.Routes != nil {
		peers = slices.DeleteFunc(peers[:n], func(peer string) bool { return c.Routes[peer] == 0 })
	}
	for _, peer := range c.Connect {
		if peer != c.Name(n) && !slices.Contains(peers, peer) {
			peers = append(peers, peer)
		}
	}
	return peers
}

// NodeArgs is the command line of node n of a launcher. The cookie is not on
// it: it goes by the environment.
func (c Config) NodeArgs(n int) []string {
	args := []string{
		itoa(n), "--framed", "--listed", "--host", c.Host, "--size", itoa(c.Size),
		"--log-level", strings.ToLower(c.LogLevel.String()), "--port", itoa(c.Routes[c.Name(n)]),
	}
	if limits := limitsArg(c.Limits); limits != "" {
		args = append(args, "--limits", limits)
	}
	if c.DataDir != "" {
		args = append(args, "--data-dir", filepath.Join(c.DataDir, c.Name(n)))
	}
	var started, routes []string
	for i := 1; i <= c.Nodes; i++ {
		started = append(started, c.Name(i))
	}
	args = append(args, "--connect", strings.Join(started, ","))
	for _, name := range slices.Sorted(maps.Keys(c.Routes)) {
		routes = append(routes, name+":"+itoa(c.Routes[name]))
	}
	if len(routes) > 0 {
		args = append(args, "--routes", strings.Join(routes, ","))
	}
	return args
}
