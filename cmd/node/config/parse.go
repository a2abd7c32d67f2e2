package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/paxoskv/paxoskv/cmd/node/cookie"
	"github.com/paxoskv/paxoskv/cmd/node/names"
)

const (
	maxSize  = 99
	maxNodes = 9
)

var levels = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
}

// raw is the command line before it is checked.
type raw struct {
	flags                                                       *flag.FlagSet
	what, host, cookie, connect, level, dataDir, routes, limits string
	size, nodes, port                                           int
	noShell, framed, listed, json, version                      bool
	given                                                       map[string]bool
	patients                                                    []string // what follows "doctor"
}

// Parse reads a command line, without the program's name. Flags may stand
// before and after the argument. The error is ErrUsage, ErrHelp or ErrVersion.
func Parse(args []string, getenv func(string) string) (Config, error) {
	r, err := split(args)
	if err != nil {
		return Config{}, err
	}
	c := Config{Host: r.host, NoShell: r.noShell, Framed: r.framed, Listed: r.listed, Port: r.port, DataDir: r.dataDir}
	for _, check := range []func(*Config) error{r.kind, r.names, r.numbers, r.words, r.readLimits, r.doctor} {
		if err := check(&c); err != nil {
			return Config{}, err
		}
	}
	return c, r.secret(&c, getenv)
}

// split parts the flags from the argument. Package flag stops at the first
// argument, so it is asked again for what follows that.
func split(args []string) (*raw, error) {
	r := &raw{flags: flag.NewFlagSet("node", flag.ContinueOnError), given: map[string]bool{}}
	r.define()
	var arguments []string
	for {
		if err := r.flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, ErrHelp
		} else if err != nil {
			return nil, usage("%v", err)
		}
		if r.flags.NArg() == 0 {
			break
		}
		arguments = append(arguments, r.flags.Arg(0))
		args = r.flags.Args()[1:]
	}
	if len(arguments) == 1 && arguments[0] == "help" {
		return nil, ErrHelp
	}
	if r.version {
		return nil, ErrVersion
	}
	if len(arguments) > 0 && arguments[0] == "doctor" {
		arguments, r.patients = arguments[:1], arguments[1:]
	}
	if len(arguments) != 1 {
		return nil, usage("expected one argument, a number, _, local or doctor, but got %d", len(arguments))
	}
	r.what = arguments[0]
	r.flags.Visit(func(f *flag.Flag) { r.given[f.Name] = true })
	return r, nil
}

func (r *raw) define() {
	f := r.flags
	f.SetOutput(io.Discard)
	f.StringVar(&r.host, "host", "127.0.0.1", "")
	f.StringVar(&r.cookie, "cookie", "", "")
	f.IntVar(&r.size, "size", 3, "")
	f.StringVar(&r.connect, "connect", "", "")
	f.StringVar(&r.level, "log-level", "", "")
	f.BoolVar(&r.noShell, "no-shell", false, "")
	f.IntVar(&r.nodes, "nodes", 3, "")
	f.BoolVar(&r.framed, "framed", false, "")
	f.BoolVar(&r.listed, "listed", false, "")
	f.IntVar(&r.port, "port", 0, "")
	f.StringVar(&r.routes, "routes", "", "")
	f.StringVar(&r.dataDir, "data-dir", "", "")
	f.StringVar(&r.limits, "limits", "", "")
	f.BoolVar(&r.json, "json", false, "")
	f.BoolVar(&r.version, "version", false, "")
}

// kind reads the argument, and refuses flags that do not go with it.
func (r *raw) kind(c *Config) error {
	switch r.what {
	case "_":
		c.Kind = Lowest
	case "local":
		c.Kind = Local
	case "doctor":
		c.Kind = Doctor
	default:
		n, err := strconv.Atoi(r.what)
		if err != nil || n < 0 || n > names.Most || r.what != itoa(n) {
			return usage("%q is neither a number from 0 to %d, nor _, local or doctor", r.what, names.Most)
		}
		c.Number = n
	}
	if c.Kind != Local && r.given["nodes"] {
		return usage("--nodes goes with local only")
	}
	if c.Kind != Doctor && r.given["json"] {
		return usage("--json goes with doctor only")
	}
	if r.given["data-dir"] && r.dataDir == "" {
		return usage("--data-dir is empty")
	}
	if c.Kind == Lowest && r.given["data-dir"] {
		return usage("--data-dir goes with a number or local: it is of one node")
	}
	without := map[Kind][]string{Local: {"connect", "framed", "listed", "port", "routes"},
		Doctor: {"connect", "framed", "listed", "port", "routes", "size", "nodes", "no-shell", "log-level", "limits", "data-dir"}}
	for _, name := range without[c.Kind] {
		if r.given[name] {
			return usage("--%s does not go with %s", name, r.what)
		}
	}
	return nil
}

// names checks the host and the names of other nodes.
func (r *raw) names(c *Config) error {
	if !isHost(r.host) {
		return usage("--host %q is not a host: letters, digits, points and dashes are expected", r.host)
	}
	if r.given["connect"] {
		for _, node := range strings.Split(r.connect, ",") {
			if !isNode(node) {
				return usage("--connect %q: %q is not a node, such as node2@127.0.0.1", r.connect, node)
			}
			if !slices.Contains(c.Connect, node) {
				c.Connect = append(c.Connect, node)
			}
		}
	}
	return r.readRoutes(c)
}

func (r *raw) readRoutes(c *Config) error {
	if !r.given["routes"] {
		return nil
	}
	c.Routes = map[string]int{}
	for _, route := range strings.Split(r.routes, ",") {
		i := strings.LastIndexByte(route, ':')
		if i < 0 || !isNode(route[:i]) {
			return usage("--routes: %q is not of the form NODE:PORT", route)
		}
		port, err := strconv.Atoi(route[i+1:])
		if err != nil || port < 1 || port > 65535 {
			return usage("--routes: %q has no port from 1 to 65535", route)
		}
		c.Routes[route[:i]] = port
	}
	return nil
}

// doctor reads the nodes that a doctor is to look at: NUMBER, NODE or NODE:PORT.
func (r *raw) doctor(c *Config) error {
	c.JSON = r.json
	for _, patient := range r.patients {
		name, port, found := strings.Cut(patient, ":")
		if n, err := strconv.Atoi(name); err == nil && n >= 0 && n <= names.Most {
			name = c.Name(n)
		}
		if !isNode(name) {
			return usage("%q is not a node: a number, such as 2, a name, such as node2@127.0.0.1, or either with :PORT is expected", patient)
		}
		if !slices.Contains(c.Patients, name) {
			c.Patients = append(c.Patients, name)
		}
		if !found {
			continue
		}
		number, err := strconv.Atoi(port)
		if err != nil || number < 1 || number > 65535 {
			return usage("%q has no port from 1 to 65535", patient)
		}
		if c.Routes == nil {
			c.Routes = map[string]int{}
		}
		c.Routes[name] = number
	}
	return nil
}

func (r *raw) numbers(c *Config) error {
	if r.size < 1 || r.size > maxSize {
		return usage("--size %d is not from 1 to %d", r.size, maxSize)
	}
	if r.nodes < 1 || r.nodes > maxNodes {
		return usage("--nodes %d is not from 1 to %d", r.nodes, maxNodes)
	}
	if r.port < 0 || r.port > 65535 {
		return usage("--port %d is not from 0 to 65535", r.port)
	}
	c.Size = r.size
	if c.Kind == Local {
		c.Nodes = r.nodes
		if !r.given["size"] {
			c.Size = r.nodes
		}
	}
	return nil
}

func (r *raw) words(c *Config) error {
	if !r.given["log-level"] {
		// A launcher's session is read by a person, who sees the cluster by its
		// commands; a node of its own is more likely watched by its log.
		r.level = "info"
		if c.Kind == Local {
			r.level = "warn"
		}
	}
	level, known := levels[r.level]
	if !known {
		return usage("--log-level %q is not one of debug, info, warn and error", r.level)
	}
	c.LogLevel = level
	return nil
}

// secret takes the cookie from its flag or from the environment.
func (r *raw) secret(c *Config, getenv func(string) string) error {
	from, value := "--cookie", r.cookie
	if !r.given["cookie"] {
		from, value = CookieEnv, getenv(CookieEnv)
		if value == "" {
			return nil
		}
	}
	if err := cookie.Check(value); err != nil {
		return usage("%s: %v", from, err)
	}
	c.Cookie = value
	return nil
}

func isHost(host string) bool {
	return host != "" && !strings.ContainsFunc(host, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(".-_", r)
	})
}

func isNode(node string) bool {
	name, host, found := strings.Cut(node, "@")
	return found && isHost(name) && isHost(host)
}

func usage(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrUsage}, args...)...)
}

func itoa(n int) string { return strconv.Itoa(n) }
