package dist

import (
	"cmp"
	"errors"
	"maps"
	"time"

	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/node"
)

// EnvKey is where the processes of a node find its Wire, in their environment:
//
//	wire, ok := process.Env(dist.EnvKey).(*dist.Wire)
//
// A part of the program that shall not depend on this package asks for an
// interface with the methods that it needs.
const EnvKey gen.EnvKey = "dist:Wire"

// setEnv puts the Wire into the environment of a node that is to be started.
func (w *Wire) setEnv(options *node.Options) {
	options.Env = maps.Clone(options.Env)
	if options.Env == nil {
		options.Env = make(map[gen.EnvKey]any)
	}
	options.Env[EnvKey] = w
}

// Link returns the creation that a linked node gave in its handshake, and the
// serial of the link; zeros when there is none. A link is told of before core
// knows it and until core has forgotten it: so of every node that node.Nodes()
// names this tells the life that core's connection leads to, or a later one.
func (w *Wire) Link(name string) (creation uint32, serial uint64) {
	if l := w.table.link(name); l != nil {
		return l.peer.Creation, l.peer.Serial
	}
	return 0, 0
}

// Address is where a node listens: where it was said to, or where this node has
// reached it; "" where neither is so. No port mapper is asked.
func (w *Wire) Address(name string) string {
	w.addresses.mu.Lock()
	address := w.addresses.given[name]
	w.addresses.mu.Unlock()
	if l := w.table.link(name); address == "" && l != nil && l.peer.Dialed {
		return l.peer.Address
	}
	return address
}

// Mapper is the port of the port mapper that the node uses; 0 where it uses none.
func (w *Wire) Mapper() uint16 {
	if w.opts.EPMD.Off {
		return 0
	}
	return w.opts.EPMD.Port
}

// errTrying stands for the reason of a node of which none is known yet.
var errTrying = errors.New("dist: being dialled")

// Trouble is why the last attempt to reach a node failed, for each node that
// Connect was asked for and that has no link.
func (w *Wire) Trouble() map[string]error {
	w.table.mu.Lock()
	defer w.table.mu.Unlock()
	trouble := make(map[string]error)
	for name, s := range w.table.slots {
		if s.wanted && s.link == nil {
			trouble[name] = cmp.Or(s.failed, errTrying)
		}
	}
	return trouble
}

// Silence is how long a peer may be silent; see Options.Silence. It is given up
// after two thirds of that at the earliest.
func (w *Wire) Silence() time.Duration { return w.opts.Silence }

// Queued is how many bytes wait to be written to a node; see Options.QueueBytes.
func (w *Wire) Queued(name string) int {
	if l := w.table.link(name); l != nil {
		return l.queue.waiting()
	}
	return 0
}
