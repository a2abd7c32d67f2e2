//go:build linux

package chaos

import (
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/dist/epmd"
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
	lan      *lan.LAN
	rec      *recorder
	keys     keys
	values   atomic.Uint64
	// recovered is how long after the last heal every node served, and seated until
	// every seat was held by a node that votes.
	recovered, seated time.Duration
	// held is how long the run itself was held up at most, and synced how long a sync of
	// its own took.
	held, synced time.Duration

	mu sync.Mutex
	// hosts are those of the store first, then that of Erlang.
	hosts []*host
	// paths are the faults of cables that are under way.
	paths map[*pathFault]struct{}
	procs []*proc
	// losing says that a Lose is under way, resizing counts the changes of size.
	losing   bool
	resizing int
	// found is what was seen while faults happened.
	found []judge.Finding

	losses sync.WaitGroup
}

// find takes note of something that must not be.
func (w *world) find(rule, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.found = append(w.found, judge.Finding{Rule: rule, What: fmt.Sprintf(format, args...)})
}

// program is what runs on a machine.
type program int

const (
	runsAgent program = iota
	runsShell
	runsErlang
)

// host is a machine, and the node that runs on it.
type host struct {
	index  int
	addr   string
	runs   program
	name   string // of the node
	logs   *spawn.Logs
	mapper *epmd.Server
	clock  *clockFile

	// The rest is guarded by world.mu.
	life    life // nil while none runs
	at      int  // its place in the record
	started time.Time
	paused  bool
	busy    bool      // a fault of the process is under way
	jumped  bool      // its clock is off
	suspect time.Time // until when a vote on its seat may be under way
}

// number is that of the node, in its name: a node that replaces another has the
// next one.
func (h *host) number() (n int) {
	_, _ = fmt.Sscanf(h.name, h.stem()+"%d", &n)
	return n
}

func (h *host) stem() string {
	if h.runs == runsErlang {
		return "erl"
	}
	return "node"
}

// rename gives the node that is started next a name of its own.
func (h *host) rename() { h.name = fmt.Sprintf("%s%d@%s", h.stem(), h.number()+1, h.addr) }

// newWorld makes the machines and builds the programs.
func newWorld(o Options) (w *world, err error) {
	w = &world{opt: o, rec: newRecorder(o.Logf), cookie: fmt.Sprintf("c%x", o.stream("cookie").Uint64()),
		paths: make(map[*pathFault]struct{})}
	if w.dir, err = os.MkdirTemp("", "paxoskv-chaos"); err != nil {
		return nil, err
	}
	if w.lan, err = lan.New(o.machines(), o.Seed); err != nil {
		return w, err
	}
	if w.programs, err = build(w.dir, o.Edits, o.Race); err != nil {
		return w, err
	}
	if o.Erlang > 0 {
		if err := w.prepareErlang(); err != nil {
			return w, err
		}
	}
	for i := range w.lan.Len() {
		if err := w.addHost(i); err != nil {
			return w, err
		}
	}
	w.rec.change(func(r *judge.Record) {
		r.Sizes = append(r.Sizes, judge.Size{At: now(), Size: o.Size})
		for _, h := range w.hosts[o.nodes():] {
			r.Strangers = append(r.Strangers, h.addr)
		}
	})
	return w, nil
}

func (w *world) addHost(i int) (err error) {
	h := &host{index: i, addr: w.lan.Machine(i).Addr.String(), logs: &spawn.Logs{}}
	switch nodes := w.opt.nodes(); {
	case i >= nodes:
		h.runs = runsErlang
	case i >= nodes-w.opt.Shells:
		h.runs = runsShell
	}
	h.rename()
	if h.mapper, err = mapper(w.lan.Machine(i)); err != nil {
		return err
	}
	if h.clock, err = newClockFile(w.dir, i); err != nil {
		return err
	}
	w.hosts = append(w.hosts, h)
	return nil
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
		if h.life != nil {
			h.life.process().Kill()
		}
		h.mapper.Close()
		_ = h.clock.file.Close()
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
	for _, o := range w.members() {
		if o != h {
			others = append(others, o.name)
		}
	}
	run := map[program]func(*host, []string, []string) (life, error){
		runsAgent: w.startAgent, runsShell: w.startShell, runsErlang: w.startErlang}[h.runs]
	begin := now()
	l, err := run(h, others, []string{clockEnv + "=" + h.clock.file.Name(), journalEnv + "=1", "GORACE=atexit_sleep_ms=0"})
	if err != nil {
		return err
	}
	w.rec.change(func(r *judge.Record) {
		h.at = len(r.Lives)
		r.Lives = append(r.Lives, judge.Life{Node: h.name, Begin: begin})
	})
	h.life, h.started = l, time.Now()
	return nil
}

// kill ends the node of a machine.
func (w *world) kill(h *host) {
	w.mu.Lock()
	l, at := h.life, h.at
	h.life, h.paused = nil, false
	w.mu.Unlock()
	if l == nil {
		return
	}
	if !l.process().Running() {
		w.rec.count(endedAlone)
	}
	w.rec.change(func(r *judge.Record) { r.Lives[at].End = now() })
	l.process().Kill()
	w.rec.change(func(r *judge.Record) { r.Lives[at].Ended = now() })
}

// endedAlone counts the nodes that ended by themselves.
const endedAlone = "ended by themselves"

// missing names a node that ended by itself and is missing now, if there is one.
func (w *world) missing() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range w.hosts {
		if h.life != nil && !h.life.process().Running() {
			return h.name
		}
	}
	return ""
}

// members are the machines whose nodes run the store.
func (w *world) members() []*host { return w.hosts[:w.opt.nodes()] }

// up lists the machines of some whose nodes run; stopped ones count if asked for.
func (w *world) up(of []*host, stopped bool) (up []*host) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range of {
		if h.life != nil && (stopped || !h.paused) {
			up = append(up, h)
		}
	}
	return up
}

// now is the node that runs on a machine, and its name; nil for none.
func (w *world) now(h *host) (life, string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return h.life, h.name
}

// state is what a node says of its cluster.
type state struct {
	host *host
	info paxoskv.ClusterInfo
	err  error
	// voters are the seats that it knows to vote; agents only.
	voters []string
}

// states asks every node that runs, at the same time.
func (w *world) states(patience time.Duration) []state {
	up := w.up(w.members(), false)
	states := make([]state, len(up))
	var wait sync.WaitGroup
	for i, h := range up {
		wait.Go(func() {
			s := state{host: h, err: errGone}
			l, _ := w.now(h)
			if m, ok := l.(member); ok {
				s.info, s.err = m.state(patience)
			}
			if a, ok := l.(*agentNode); ok && s.err == nil {
				s.voters, s.err = a.voters(patience)
			}
			states[i] = s
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
	return w.await(time.Minute, "the first cluster", w.stands)
}

// stands says whether every node sees all others, also those of Erlang, and every seat
// is taken by a node that may vote; or what is missing.
func (w *world) stands() (bool, string) {
	if ok, why := w.allVote(5 * time.Second); !ok {
		return false, why
	}
	for _, h := range w.hosts[len(w.members()):] {
		if linked, err := h.life.(*erlangNode).connected(); err != nil || len(linked) != len(w.members()) {
			return false, fmt.Sprintf("%s is linked with %v, %v", h.name, linked, err)
		}
	}
	return true, ""
}

// allVote is stands among the nodes of the store.
func (w *world) allVote(patience time.Duration) (bool, string) {
	states := w.states(patience)
	for _, s := range states {
		switch {
		case s.err != nil:
			return false, fmt.Sprintf("%s: %v", s.host.name, s.err)
		case !s.info.Quorum:
			return false, s.host.name + " has no quorum"
		case len(s.info.Nodes) != len(w.members()):
			return false, fmt.Sprintf("%s sees %d nodes", s.host.name, len(s.info.Nodes))
		case s.voters != nil && len(s.voters) != s.info.Size:
			return false, fmt.Sprintf("%s sees %d voters", s.host.name, len(s.voters))
		}
	}
	if len(states) != len(w.members()) {
		return false, fmt.Sprintf("%d nodes run", len(states))
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
