package host

import (
	"context"
	"time"
)

// reachTimeout is how long a node is dialled to which there is no link.
const reachTimeout = 700 * time.Millisecond

// Reach ends with the creation under which this node knows another; 0 where it is
// not connected. It has the wire dial one that is not, and waits for that a
// while. want is the creation that is asked about, 0 for any.
func (h *Host) Reach(name string, want uint32, end func(creation uint32)) {
	known := h.Creation(name)
	wire := h.distribution()
	if wire == nil || known != 0 && (want == 0 || want == known) {
		end(known)
		return
	}
	if linked, _ := wire.Link(name); linked != 0 && linked == known {
		end(known)
		return
	}
	if h.reaching.join(name, end) {
		go h.dial(wire, name)
	}
}

// dial ends what Reach began: when the attempt has failed, or when its time is
// up. What it succeeds in Network tells sooner.
func (h *Host) dial(wire Links, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), reachTimeout)
	defer cancel()
	if wire.Dial(ctx, name) == nil {
		if linked, _ := wire.Link(name); linked != h.Creation(name) {
			<-ctx.Done()
		}
	}
	h.reached(name)
}

func (h *Host) reached(name string) { h.reaching.answer(name, h.Creation(name)) }
