//go:build linux

package chaos

import (
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/dist/epmd"
	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/chaos/judge"
	"github.com/paxoskv/paxoskv/tests/chaos/lan"
	"github.com/paxoskv/paxoskv/tests/spawn"
)

// world is a run under way.
type world struct {
	opt      Options
	dir      string // of the programs
	programs programs
	cookie   string
	timing   paxos.Timing
	lan      *lan.LAN
	rec      *recorder

	mu    sync.Mutex
	hosts []*host
	// paths are the faults of cables that are under way.
	paths map[*pathFault]struct{}
	procs []*proc

	keys   keys
	values atomic.Uint64
	// recovered is how long after the last heal every node served.
	recovered time.Duration
}

// host is a machine, and the node that runs on it.
type host struct {
	index   int
	addr    string
	name    string // of the node
	node    *node  // nil while none runs
	life    int    // its place in the record
	paused  bool
	busy    bool // a fault of the process is under way
	logs    *spawn.Logs
	mapper  *epmd.Server
	suspect time.Time // until when others may take its seat
}

// newWorld makes the machines and builds the programs.
func newWorld(o Options) (w *world, err error) {
	w = &world{opt: o, rec: newRecorder(o.Logf), cookie: fmt.Sprintf("c%x", o.stream("cookie").Uint64()),
		paths: make(map[*pathFault]struct{})}
	w.timing = timings[o.stream("timing").IntN(len(timings))]
	if w.dir, err = os.MkdirTemp("", "paxoskv-chaos"); err != nil {
		return nil, err
	}
	if w.lan, err = lan.New(o.Size+o.Spares, o.Seed); err != nil {
		return w, err
	}
	if w.programs, err = build(w.dir, o.Edits, o.Race); err != nil {
		return w, err
	}
	for i := range w.lan.Len() {
		h := &host{index: i, addr: w.lan.Machine(i).Addr.String(), logs: &spawn.Logs{}}
		h.name = "node1@" + h.addr
		if h.mapper, err = mapper(w.lan.Machine(i)); err != nil {
			return w, err
		}
		w.hosts = append(w.hosts, h)
	}
	w.rec.change(func(r *judge.Record) { r.Sizes = append(r.Sizes, judge.Size{At: agent.Now(), Size: o.Size}) })
	return w, nil
}

// mapper serves a port mapper on a machine, so that it outlives the nodes.
func mapper(m *lan.Machine) (*epmd.Server, error) {
	type made struct {
		l   net.Listener
		err error
	}
	ready := make(chan made, 1)
	m.In <- func() {
		l, err := net.Listen("tcp4", fmt.Sprintf("0.0.0.0:%d", epmdPort))
		ready <- made{l, err}
	}
	got := <-ready
	if got.err != nil {
		return nil, got.err
	}
	return epmd.Serve(got.l), nil
}

// close ends everything that the run has made.
func (w *world) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range w.hosts {
		if h.node != nil {
			h.node.process.Kill()
		}
		if h.mapper != nil {
			h.mapper.Close()
		}
	}
	if w.lan != nil {
		w.lan.Close()
	}
	_ = os.RemoveAll(w.dir)
}

// start starts the node of a machine; it may take a while to answer.
func (w *world) start(h *host) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var others []string
	for _, o := range w.hosts {
		if o != h {
			others = append(others, o.name)
		}
	}
	begin := agent.Now()
	n, err := startNode(w.lan.Machine(h.index).In, h.logs, w.programs.agent, nodeSetup{name: h.name, host: h.addr,
		cookie: w.cookie, connect: others, size: w.opt.Size, timing: w.timing})
	if err != nil {
		return err
	}
	w.rec.change(func(r *judge.Record) {
		h.life = len(r.Lives)
		r.Lives = append(r.Lives, judge.Life{Node: h.name, Begin: begin})
	})
	h.node = n
	return nil
}

// kill ends the node of a machine.
func (w *world) kill(h *host) {
	w.mu.Lock()
	n, life := h.node, h.life
	h.node, h.paused = nil, false
	w.mu.Unlock()
	if n == nil {
		return
	}
	w.rec.change(func(r *judge.Record) { r.Lives[life].End = agent.Now() })
	n.process.Kill()
	w.rec.change(func(r *judge.Record) { r.Lives[life].Ended = agent.Now() })
}

// up lists the machines whose nodes run; stopped ones count if asked for.
func (w *world) up(stopped bool) (up []*host) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range w.hosts {
		if h.node != nil && (stopped || !h.paused) {
			up = append(up, h)
		}
	}
	return up
}

// at is the node of a machine now, nil for none.
func (w *world) at(h *host) *node {
	w.mu.Lock()
	defer w.mu.Unlock()
	return h.node
}

// state is what a node says of its cluster.
type state struct {
	host *host
	info paxoskv.ClusterInfo
	err  error
}

// states asks every node that runs, at the same time.
func (w *world) states(patience time.Duration) []state {
	up := w.up(false)
	states := make([]state, len(up))
	var wait sync.WaitGroup
	for i, h := range up {
		wait.Go(func() {
			states[i] = state{host: h, err: errGone}
			if n := w.at(h); n != nil {
				states[i].err = n.ask("Cluster", struct{}{}, &states[i].info, patience)
			}
		})
	}
	wait.Wait()
	return states
}

// begin starts all nodes and waits until the cluster stands.
func (w *world) begin() error {
	for _, h := range w.hosts {
		if err := w.start(h); err != nil {
			return err
		}
	}
	return w.await(time.Minute, "the first cluster", func() (bool, string) { return w.stands() })
}

// stands says whether every node sees all others, and every seat is taken by a node
// that may vote; or what is missing.
func (w *world) stands() (bool, string) {
	states := w.states(5 * time.Second)
	voting := 0
	for _, s := range states {
		switch {
		case s.err != nil:
			return false, fmt.Sprintf("%s: %v", s.host.name, s.err)
		case !s.info.Quorum:
			return false, s.host.name + " has no quorum"
		case len(s.info.Nodes) != len(w.hosts):
			return false, fmt.Sprintf("%s sees %d nodes", s.host.name, len(s.info.Nodes))
		}
		if s.info.Voting && slices.Contains(s.info.Members, s.host.name) {
			voting++
		}
	}
	if len(states) != len(w.hosts) || voting != states[0].info.Size {
		return false, fmt.Sprintf("%d of %d nodes run, %d vote", len(states), len(w.hosts), voting)
	}
	return true, ""
}

// await waits until done says true.
func (w *world) await(patience time.Duration, what string, done func() (bool, string)) error {
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		ok, why := done()
		if ok {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("waited %v for %s: %s", patience, what, why)
		}
	}
}
