// Package look gathers the facts about a cluster for package doctor: it asks port
// mappers, links with every node that it is told of or hears of, and asks each for
// a report. It does so as a hidden node of its own, which takes no seat, is in no
// port mapper, and is gone when the look is over.
package look

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	ergo "github.com/ergo-services/ergo/node"

	"github.com/paxoskv/paxoskv/cmd/node/doctor"
	"github.com/paxoskv/paxoskv/dist"
	"github.com/paxoskv/paxoskv/dist/epmd"
	"github.com/paxoskv/paxoskv/report"
)

// ErrNothing is returned when there is no node to look at.
var ErrNothing = errors.New("no node to look at")

// Options say what to look at.
type Options struct {
	// Nodes are the names to begin with. Without any, those that the port mapper of
	// Host has and Named accepts.
	Nodes []string
	Host  string
	Named func(node string) bool
	// Ports are those of nodes for which no port mapper is to be asked.
	Ports  map[string]int
	Cookie string
	// Mapper is the port of port mappers; the default when 0.
	Mapper uint16
	// Patience bounds each step with a node; 5 s when 0.
	Patience time.Duration
}

// most bounds the nodes of one look, so that no report leads it astray.
const most = 1000

// looking is one look under way.
type looking struct {
	o    Options
	wire *dist.Wire
	node ergo.Node

	mu      sync.Mutex
	nodes   map[string]*doctor.Node
	mappers map[string]*mapper
	// ways are where other nodes have found nodes that no port mapper has.
	ways map[string]string
}

// Look looks at all nodes that it can find.
func Look(ctx context.Context, o Options) (doctor.Facts, error) {
	if o.Mapper == 0 {
		o.Mapper = epmd.DefaultPort
	}
	if o.Patience == 0 {
		o.Patience = 5 * time.Second
	}
	l := &looking{o: o, nodes: make(map[string]*doctor.Node), mappers: make(map[string]*mapper), ways: make(map[string]string)}
	names, err := l.begin(ctx)
	if err != nil {
		return doctor.Facts{}, err
	}
	if err := l.start(ctx); err != nil {
		return doctor.Facts{}, err
	}
	defer l.stop()
	for _, name := range names {
		l.nodes[name] = &doctor.Node{Name: name, Asked: true}
	}
	for len(names) > 0 {
		l.visit(ctx, names)
		names = l.unvisited()
	}
	if err := ctx.Err(); err != nil {
		return doctor.Facts{}, err
	}
	return l.facts(), nil
}

// begin lists the nodes that the look begins with.
func (l *looking) begin(ctx context.Context) ([]string, error) {
	if len(l.o.Nodes) > 0 {
		return slices.Compact(slices.Sorted(slices.Values(l.o.Nodes))), nil
	}
	m := l.mapper(ctx, l.o.Host)
	if m.err != nil {
		return nil, fmt.Errorf("%w: EPMD on %s does not answer, so no node runs there, or its nodes do without, or what serves it hangs: "+
			"name some, as NODE or NODE:PORT (%w)", ErrNothing, l.o.Host, m.err)
	}
	var names []string
	for name := range m.ports {
		if l.o.Named(name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%w: EPMD on %s has none", ErrNothing, l.o.Host)
	}
	slices.Sort(names)
	return names, nil
}

// lives is how many doctors may look at once from one host; more may cut each other
// short. A member keeps the name of each node that it ever met.
const lives = 1000

// ownName is what the names of doctors begin with, before a number.
const ownName = "doctor"

var doctors = regexp.MustCompile("^" + ownName + "[0-9]+@")

// start starts the node that looks.
func (l *looking) start(ctx context.Context) error {
	name := fmt.Sprintf("%s%d@%s", ownName, os.Getpid()%lives, l.o.Host)
	wire, n, err := dist.Start(context.WithoutCancel(ctx), name, ergo.Options{System: ergo.System{DisableAnonMetrics: true}},
		dist.Options{Cookie: l.o.Cookie, Listen: "127.0.0.1:0", EPMD: dist.EPMD{Off: true},
			HandshakeTimeout: l.o.Patience, Log: slog.New(slog.DiscardHandler)})
	l.wire, l.node = wire, n
	return err
}

func (l *looking) stop() {
	l.node.Stop()
	l.wire.Stop()
}

// visit looks at nodes, all at once.
func (l *looking) visit(ctx context.Context, names []string) {
	var all sync.WaitGroup
	for _, name := range names {
		all.Go(func() {
			n := l.one(ctx, name)
			l.mu.Lock()
			defer l.mu.Unlock()
			n.Asked = l.nodes[name].Asked
			l.nodes[name] = n
			l.rename(n)
			if n.Report != nil {
				l.hear(n.Report)
			}
		})
	}
	all.Wait()
}

// rename looks for a node by the name that it has. A port mapper knows only the part
// before the @, and a host may have several names: localhost and 127.0.0.1.
func (l *looking) rename(n *doctor.Node) {
	if n.Reach != doctor.Misnamed || len(l.o.Nodes) > 0 {
		return
	}
	_, quoted, _ := strings.Cut(n.Why, callsItself)
	name, err := strconv.Unquote(quoted)
	if err != nil || !strings.HasPrefix(name, n.Name[:strings.Index(n.Name, "@")+1]) {
		return
	}
	delete(l.nodes, n.Name)
	l.ways[name] = n.Address
	if l.nodes[name] == nil {
		l.nodes[name] = &doctor.Node{Name: name, Asked: true}
	}
}

// hear takes note of the nodes that a report tells of, and of where they were
// reached. Doctors that have looked before are among them, and are left out: there
// may be so many of them that there were no room for others.
func (l *looking) hear(r *report.Report) {
	names := make([]string, 0, len(r.Peers)+len(r.Seats))
	for _, p := range r.Peers {
		if !p.Store && doctors.MatchString(p.Node) {
			continue
		}
		names = append(names, p.Node)
		if p.Address != "" {
			l.ways[p.Node] = p.Address
		}
	}
	for _, s := range r.Seats {
		names = append(names, s.Node)
	}
	for _, name := range names {
		if l.nodes[name] == nil && name != l.node.Name() && len(l.nodes) < most {
			l.nodes[name] = &doctor.Node{Name: name}
		}
	}
}

// unvisited are the nodes that were heard of and not looked at yet.
func (l *looking) unvisited() (names []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, n := range l.nodes {
		if n.Reach == "" {
			names = append(names, name)
		}
	}
	return names
}

func (l *looking) facts() (f doctor.Facts) {
	for _, n := range l.nodes {
		f.Nodes = append(f.Nodes, *n)
	}
	slices.SortFunc(f.Nodes, func(a, b doctor.Node) int { return doctor.Compare(a.Name, b.Name) })
	for host, m := range l.mappers {
		seen := doctor.Mapper{Host: host, Ports: m.ports}
		if m.err != nil {
			seen.Err = m.err.Error()
		}
		f.Mappers = append(f.Mappers, seen)
	}
	slices.SortFunc(f.Mappers, func(a, b doctor.Mapper) int { return doctor.Compare(a.Host, b.Host) })
	return f
}

// mapper is the port mapper of a host, asked once in a look.
type mapper struct {
	once  sync.Once
	ports map[string]int
	err   error
}

func (l *looking) mapper(ctx context.Context, host string) *mapper {
	l.mu.Lock()
	m := l.mappers[host]
	if m == nil {
		m = &mapper{}
		l.mappers[host] = m
	}
	l.mu.Unlock()
	m.once.Do(func() {
		entries, err := epmd.Names(ctx, net.JoinHostPort(host, strconv.Itoa(int(l.o.Mapper))))
		m.err, m.ports = err, make(map[string]int)
		for _, e := range entries {
			m.ports[e.Name+"@"+host] = int(e.Port)
		}
	})
	return m
}
