package host

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/storage"
)

// Host is one node's store. It lives as long as the node, whatever becomes of
// its actors.
type Host struct {
	name string
	node Core
	// id changes once, where the node's storage says who it is.
	id    atomic.Pointer[identity]
	Stats Stats
	log   atomic.Pointer[slog.Logger]
	// limits are those of the options, the default ones before they are known.
	limits atomic.Pointer[Limits]
	// underWay is what the requests under way count for, in bytes.
	underWay atomic.Int64
	// unswept is how many Sweeps in a row have been left out.
	unswept atomic.Int32

	// mu guards the replica; it is nil before the cluster service first starts.
	mu      sync.Mutex
	replica *paxos.Replica
	opts    Options
	disk    *disk           // nil where the node keeps nothing
	told    map[string]life // the connections that the replica knows of
	ended   atomic.Pointer[ended]
	failed  chan struct{}

	// state guards what follows.
	state   sync.RWMutex
	buckets map[string]*Bucket
	links   map[string]*link
	wire    Links       // nil on a wire that does not tell lives
	sender  gen.Process // through which frames leave
	watcher Watcher
	resizes []func(error)
	events  func(Event)
	changed chan struct{} // closed and made anew on every change
	quorum  bool
	nodes   int
	missing []string // at the last tick
	named   []string // those missing, as the log has them

	// reaching and seeing are questions about nodes that are under way.
	reaching shared[string, uint32]
	seeing   shared[sighting, int]
}

// Core is what the host needs of an ergo node.
type Core interface {
	Name() string
	IsAlive() bool
	Nodes() []string
	ProcessByPid(etf.Pid) gen.Process
	ProcessByName(string) gen.Process
}

// Options of a node's store.
type Options struct {
	// Size is how many members the cluster is to have; 3 when 0.
	Size int
	// Timing of the choice of members; the default when zero.
	Timing paxos.Timing
	// Limits of keys, values and of what the node takes upon itself.
	Limits Limits
	// Storage keeps what the node must not forget over a restart: see OpenStorage.
	// It is closed when the node ends. When nil the node keeps all in memory, and
	// after a restart gets it from the others.
	Storage storage.Store
	// Logger gets what happens; none when nil.
	Logger *slog.Logger
}

// DefaultSize is the cluster size where none is given.
const DefaultSize = 3

// Event tells that the network or the quorum changed.
type Event struct {
	// Nodes is how many nodes of the store are connected, this one included, and
	// Size how many the cluster is to have.
	Nodes, Size int
	// Quorum says whether there is one; Changed whether that is news.
	Quorum, Changed bool
}

// registry holds the hosts of the nodes of this program, which is one as a rule.
var registry = struct {
	sync.Mutex
	hosts map[hostKey]*Host
	made  chan struct{} // closed and made anew when a host is made
}{hosts: make(map[hostKey]*Host), made: make(chan struct{})}

type hostKey struct {
	name     string
	creation uint32
}

// Of returns the host of the node that p runs on, and makes it when there is
// none yet.
func Of(n Core, p gen.Process) *Host {
	key := hostKey{p.NodeName(), p.Self().Creation}
	registry.Lock()
	defer registry.Unlock()
	if h := registry.hosts[key]; h != nil {
		return h
	}
	h := &Host{
		name: key.name, node: n,
		buckets: make(map[string]*Bucket), links: make(map[string]*link), told: make(map[string]life),
		changed: make(chan struct{}), failed: make(chan struct{}),
	}
	life := paxos.NodeID{Name: key.name, Incarnation: drawIncarnation()}
	h.id.Store(&identity{life, life})
	h.log.Store(slog.New(slog.DiscardHandler))
	h.limits.Store(&DefaultLimits)
	registry.hosts[key] = h
	close(registry.made)
	registry.made = make(chan struct{})
	return h
}

// Any returns the host of the node of a name that runs in this program, or of
// any where name is empty; nil when there is none.
func Any(name string) *Host {
	registry.Lock()
	defer registry.Unlock()
	for _, h := range registry.hosts {
		if (name == "" || h.name == name) && h.node.IsAlive() {
			return h
		}
	}
	return nil
}

// Made is closed when the next host is made.
func Made() <-chan struct{} {
	registry.Lock()
	defer registry.Unlock()
	return registry.made
}

// Find is like Any, for a node whose cluster service runs.
func Find(name string) *Host {
	if h := Any(name); h != nil && h.Running() {
		return h
	}
	return nil
}

// Running says whether the cluster service runs.
func (h *Host) Running() bool {
	if h.Err() != nil {
		return false
	}
	h.state.RLock()
	defer h.state.RUnlock()
	return h.sender != nil && h.sender.IsAlive()
}

// Name is the node's name.
func (h *Host) Name() string { return h.name }

// Logger is where the host logs to.
func (h *Host) Logger() *slog.Logger { return h.log.Load() }

func now() int64 { return time.Now().UnixMilli() }

// Attach makes p the cluster service of the node: the host acts from now on. It
// is ErrAlreadyStarted while another process is that, and ErrLimits where the
// limits cannot work. The replica is made by the first service and kept by those
// that follow it. Where the storage cannot be read, or is another's, the store has
// ended on this node: see Err.
func (h *Host) Attach(p gen.Process, o Options, events func(Event)) error {
	limits, err := o.Limits.withDefaults()
	if err != nil {
		return err
	}
	h.state.Lock()
	if h.sender != nil && h.sender.Self() != p.Self() && h.sender.IsAlive() {
		h.state.Unlock()
		return ErrAlreadyStarted
	}
	h.sender, h.events = p, events
	h.state.Unlock()
	if o.Size == 0 {
		o.Size = DefaultSize
	}
	if o.Timing == (paxos.Timing{}) {
		o.Timing = paxos.DefaultTiming
	}
	if o.Logger != nil {
		h.log.Store(o.Logger)
	}
	h.limits.Store(&limits)
	h.begin(o, p.Self().Creation)
	h.Network()
	return nil
}

// read looks at the replica, under its lock.
func (h *Host) read(f func(r *paxos.Replica)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.replica != nil {
		f(h.replica)
	}
}

func (h *Host) up() (up []paxos.NodeID) {
	h.read(func(r *paxos.Replica) { up = r.Member.Up() })
	return up
}

// Tick does what is due a few times a second: what the Member has to do, and
// the sweep over guards, which makes good whatever was lost.
func (h *Host) Tick() {
	h.Network()
	h.do(func(t *task) {
		t.replica(func(r *paxos.Replica, out *paxos.Output) { r.Member.Tick(now(), out) })
		for _, b := range h.Buckets() {
			t.catchUp(b)
		}
	})
	h.refresh()
	h.tellMissing()
}

// Held is how many records the node's acceptor has, how many of them are
// tombstones, and how many guards are watched for it.
func (h *Host) Held() (records, tombstones, guards int) {
	h.read(func(r *paxos.Replica) { records, tombstones, guards = r.Acceptor.Held() })
	return records, tombstones, guards
}

// Gone takes note that guards ended for good.
func (h *Host) Gone(gs ...paxos.Guard) {
	h.Stats.Downs.Add(uint64(len(gs)))
	h.do(func(t *task) {
		t.replica(func(r *paxos.Replica, out *paxos.Output) {
			for _, g := range gs {
				r.Acceptor.Observe(g, out)
			}
		})
	})
}

// Expired looks at deadlines that may have passed.
func (h *Host) Expired(gs ...paxos.Guard) {
	h.do(func(t *task) {
		t.replica(func(r *paxos.Replica, out *paxos.Output) {
			for _, g := range gs {
				r.Acceptor.Check(now(), g, out)
			}
		})
	})
}

// Watcher observes guards for the host, which it tells by Gone and Expired.
type Watcher interface {
	// Watch starts and ends watches, in order. It is called under a lock: it must
	// not block, nor call the host.
	Watch([]paxos.Watch)
	// Up says that a node is connected, perhaps anew. It must not block.
	Up(name string)
	// Alive asks the node of a pid whether the process runs. It must not block;
	// answer may never be called.
	Alive(pid etf.Pid, answer func(bool))
	// Sees asks the watchers of some nodes whether those are connected to a node,
	// as this life of it. It must not block; answer is called for each of them at
	// most once.
	Sees(nodes []string, name string, creation uint32, answer func(bool))
}

// SetWatcher names who watches guards, nil for nobody. It gets at once all that
// are to be watched: a watcher that comes after another has none of them.
func (h *Host) SetWatcher(w Watcher) {
	h.state.Lock()
	h.watcher = w
	h.state.Unlock()
	if w == nil {
		return
	}
	h.read(func(r *paxos.Replica) { w.Watch(watchesOf(r)) })
}

// watchesOf are all that a replica asked for.
func watchesOf(r *paxos.Replica) (ws []paxos.Watch) {
	for _, g := range r.Acceptor.Watched() {
		ws = append(ws, paxos.Watch{Guard: g})
	}
	return ws
}

func (h *Host) watch(ws []paxos.Watch) {
	if w := h.currentWatcher(); w != nil {
		w.Watch(ws)
	}
}

func (h *Host) currentWatcher() Watcher {
	h.state.RLock()
	defer h.state.RUnlock()
	return h.watcher
}

// aliveTimeout is how long a put waits for word from the node of its pid. It
// goes on without: a process that has ended erases the key soon after.
const aliveTimeout = time.Second

// alive asks whether a process elsewhere runs; without word in time it is taken
// to.
func (h *Host) alive(pid etf.Pid, end func(bool)) {
	w := h.currentWatcher()
	if w == nil {
		end(true)
		return
	}
	var once sync.Once
	timer := time.AfterFunc(aliveTimeout, func() { once.Do(func() { end(true) }) })
	w.Alive(pid, func(alive bool) {
		timer.Stop()
		once.Do(func() { end(alive) })
	})
}
