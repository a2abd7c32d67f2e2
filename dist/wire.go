package dist

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/paxoskv/paxoskv/dist/internal/shake"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/node"
)

// elixirPrefix stands before every module name of Elixir. A message to a name
// with it that is not registered goes to the name without.
const elixirPrefix = "Elixir."

// Wire is the distribution of one node. Make it with New, plug it into the
// node's options with Plug, start the node and Attach it; Start does all three.
type Wire struct {
	opts    Options
	log     *slog.Logger
	limited *slog.Logger // for lines that a peer can cause at will
	allowed map[string]bool

	name     string // of the own node, from core
	node     node.Node
	attached chan struct{} // closed once node is set
	ctx      context.Context
	stop     context.CancelFunc
	listener net.Listener
	port     uint16
	work     sync.WaitGroup

	unregistered error // why Register failed, if it did

	junction  junction
	table     table
	addresses addresses
	events    hub
	park      park
	stats     counters
	doors     doors

	signalsMax int // see the constant; tests have less patience

	serial  atomic.Uint64 // of links
	watches atomic.Uint64 // of monitors, see wireRef
	linking sync.Mutex    // serialises RouteLink, which loses entries otherwise
	downs   sync.Mutex    // held from tearDown to Terminate, see there
}

// New makes a Wire. Nothing is opened before the node starts.
func New(o Options) (*Wire, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	w := &Wire{
		opts:     o,
		log:      o.Log,
		limited:  slog.New(limit(o.Log.Handler())),
		allowed:  make(map[string]bool),
		attached: make(chan struct{}),

		signalsMax: signalsMax,
	}
	w.ctx, w.stop = context.WithCancel(context.Background())
	for _, name := range o.AllowNodes {
		w.allowed[name] = true
	}
	w.park.limit, w.park.stats, w.park.room = o.ParkBytes, &w.stats, w.room
	w.addresses.init(o.Addresses)
	return w, nil
}

// Start starts a node with a Wire of its own. The node runs until it is stopped, or
// ctx ends: give it a context of the program, not one with a deadline for the start.
func Start(ctx context.Context, name string, options node.Options, o Options) (*Wire, node.Node, error) {
	if !shake.ValidName(name) {
		return nil, nil, fmt.Errorf("%w: %q", ErrName, name)
	}
	w, err := New(o)
	if err != nil {
		return nil, nil, err
	}
	w.Plug(&options)
	n, err := node.StartWithContext(ctx, name, o.Cookie, options)
	if err != nil {
		w.Stop()
		if w.unregistered != nil { // core has made a text of it
			err = w.unregistered
		}
		return nil, nil, err
	}
	if err := w.Attach(n); err != nil {
		n.Stop()
		w.Stop()
		return nil, nil, err
	}
	return w, n, nil
}

// Plug puts the Wire into the options of a node that is to be started with
// node.StartWithContext: Handshake, Proto, Registrar, Creation, Listeners, and
// itself into Env. The listener is not the one that peers see: core takes over
// finished links there, from this program alone. Metrics to outside are switched
// off.
//
// ergo.StartNode must not be used: it adds processes that answer Erlang's
// net_kernel wrongly.
func (w *Wire) Plug(options *node.Options) {
	options.Handshake = handshaker{w}
	options.Proto = protocol{w}
	options.Registrar = registrar{w}
	options.Creation = w.opts.Creation
	options.Listeners = []node.Listener{{Hostname: junctionHost}}
	options.TLS = nil
	options.System.DisableAnonMetrics = true
	w.setEnv(options)
}

// Attach gives the started node to the Wire, which from now on takes links from
// peers and dials those it was asked for.
func (w *Wire) Attach(n node.Node) error {
	if w.listener == nil || n.Name() != w.name {
		return fmt.Errorf("%w: the node was not started with this wire", ErrStopped)
	}
	if w.ctx.Err() != nil || w.node != nil {
		return fmt.Errorf("%w: a wire serves one start of one node", ErrStopped)
	}
	w.node = n
	if err := w.spawnSystem(n); err != nil {
		return err
	}
	close(w.attached)
	return nil
}

// Stop closes all links and the listener. Stopping the node does the same.
func (w *Wire) Stop() {
	w.stop()
	w.work.Wait()
}

// Port returns the port on which peers reach this node.
func (w *Wire) Port() uint16 { return w.port }

// Peers returns the live links, the oldest first.
func (w *Wire) Peers() []Peer { return w.events.peers() }

// Subscribe returns a subscription to links that come up and go down. It begins
// with an Up for every link that is live now.
func (w *Wire) Subscribe() *Subscription { return w.events.subscribe() }

// isLocal says whether a pid is of this node, and of this start of it.
func (w *Wire) isLocal(pid etf.Pid) bool {
	return string(pid.Node) == w.name && pid.Creation == w.opts.Creation
}

// process returns a living process of this node, or nil. Core itself would not
// look at the pid's creation.
func (w *Wire) process(pid etf.Pid) gen.Process {
	if !w.isLocal(pid) {
		return nil
	}
	return w.node.ProcessByPid(pid)
}

// room returns how many messages a process's mailbox can take. For a process
// that is gone it is more than anybody has: sending tells.
func (w *Wire) room(pid etf.Pid) int {
	p := w.process(pid)
	if p == nil {
		return math.MaxInt
	}
	mailbox := p.ProcessChannels().Mailbox
	return cap(mailbox) - len(mailbox)
}

func (w *Wire) processByName(name string) gen.Process {
	if name == "" || name == string(probeName) {
		return nil
	}
	p := w.node.ProcessByName(name)
	if plain, found := strings.CutPrefix(name, elixirPrefix); p == nil && found && plain != "" {
		p = w.node.ProcessByName(plain)
	}
	return p
}

// wireMark is the third word of the references that this package makes.
const wireMark = 0x64697374

// wireRef makes the reference under which a peer knows a monitor.
func (w *Wire) wireRef(n uint64) etf.Ref {
	return etf.Ref{
		Node:     etf.Atom(w.name),
		Creation: w.opts.Creation,
		ID:       [5]uint32{uint32(n), uint32(n >> 32), wireMark},
	}
}

// watchNumber is the inverse of wireRef.
func (w *Wire) watchNumber(ref etf.Ref) (uint64, bool) {
	n := uint64(ref.ID[1])<<32 | uint64(ref.ID[0])
	return n, ref == w.wireRef(n)
}

// probePid is the sender of probes. Core never gives this number to a process.
func (w *Wire) probePid() etf.Pid {
	return etf.Pid{Node: etf.Atom(w.name), ID: 2, Creation: w.opts.Creation}
}

// watched says whether a monitor stands, over whichever link is live.
func (w *Wire) watched(m watch) bool {
	for _, l := range w.table.links() {
		l.sig.mu.Lock()
		_, found := l.sig.number[m]
		l.sig.mu.Unlock()
		if found {
			return true
		}
	}
	return false
}

// running returns an error if the Wire cannot work now.
func (w *Wire) running() error {
	select {
	case <-w.attached:
	default:
		return ErrStopped
	}
	if w.ctx.Err() != nil {
		return ErrStopped
	}
	return nil
}

var errNotOurs = errors.New("dist: connection is not from this wire")
