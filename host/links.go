package host

import (
	"context"

	"github.com/ergo-services/ergo/gen"
)

// Links is what the host asks of a distribution that knows the lives of its
// peers, as package dist does. Without it (on ergo's own wire) the host knows the
// creations of those nodes that run the store, from their Hellos, and of no
// others: nothing can be tied to those.
type Links interface {
	// Link is the creation of a linked node and the serial of the link; zeros
	// where there is none. It must not wait.
	Link(name string) (creation uint32, serial uint64)
	// Dial makes one attempt to link with a node, unless it is linked, and waits
	// for its outcome.
	Dial(ctx context.Context, name string) error
}

// LinksKey is where the environment of a node's processes has its Links.
const LinksKey gen.EnvKey = "dist:Wire"

// life is a node as it is connected now; the zero life where that is not known.
type life struct {
	creation uint32
	serial   uint64
}

// SetLinks gives the host the distribution of its node.
func (h *Host) SetLinks(l Links) {
	h.state.Lock()
	h.wire = l
	h.state.Unlock()
}

func (h *Host) distribution() Links {
	h.state.RLock()
	defer h.state.RUnlock()
	return h.wire
}
