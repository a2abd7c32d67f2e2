package host

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/paxoskv/paxoskv/paxos"
)

func (h *Host) started() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.replica != nil
}

// refresh looks whether nodes came or went, or the quorum did, and tells those
// who wait for it.
func (h *Host) refresh() {
	var e Event
	h.read(func(r *paxos.Replica) {
		e = Event{Nodes: len(r.Member.Nodes()), Quorum: r.Member.Quorum(), Size: h.size(r)}
	})
	h.setUp()
	h.state.Lock()
	e.Changed = e.Quorum != h.quorum
	news := e.Changed || e.Nodes != h.nodes
	h.quorum, h.nodes = e.Quorum, e.Nodes
	if news {
		close(h.changed)
		h.changed = make(chan struct{})
	}
	events := h.events
	h.state.Unlock()
	if !news {
		return
	}
	yes := "no"
	if e.Quorum {
		yes = "yes"
	}
	if h.Err() == nil {
		h.Logger().Info(fmt.Sprintf("%d of %d nodes [quorum:%s]", e.Nodes, e.Size, yes))
	}
	if e.Changed && !e.Quorum {
		h.quorumLost()
	}
	if events != nil {
		events(e)
	}
}

// tellMissing names in the log, whenever it changes, whom a cluster without a
// quorum waits for. What one tick finds and the next does not is left out: a node
// that joins hears of the seats from the first member that it is connected to, a
// moment before it is connected to the others.
func (h *Host) tellMissing() {
	var missing []string
	h.read(func(r *paxos.Replica) { missing = r.Member.Missing() })
	h.state.Lock()
	steady := slices.Equal(missing, h.missing)
	news := steady && !slices.Equal(missing, h.named)
	h.missing = missing
	if steady {
		h.named = missing
	}
	h.state.Unlock()
	if news && len(missing) > 0 {
		h.Logger().Warn("there is no quorum; not heard of: " + strings.Join(missing, ", "))
	}
}

// setUp tells the proposers which members are connected.
func (h *Host) setUp() {
	up := h.up()
	for _, b := range h.Buckets() {
		b.setUp(up)
	}
}

// size is the cluster's, or before there is one the one wished for.
func (h *Host) size(r *paxos.Replica) int {
	if c := r.Member.Config(); c.Epoch > 0 {
		return c.Size
	}
	return h.opts.Size
}

func (h *Host) logNotes(notes []paxos.Note) {
	for _, n := range notes {
		if n.Warn {
			h.Logger().Error(n.Text)
		} else {
			h.Logger().Info(n.Text)
		}
	}
}

// Changed is closed at the next change of the network, the quorum or the
// buckets.
func (h *Host) Changed() <-chan struct{} {
	h.state.RLock()
	defer h.state.RUnlock()
	return h.changed
}

func (h *Host) noteChange() {
	h.state.Lock()
	close(h.changed)
	h.changed = make(chan struct{})
	h.state.Unlock()
}

// Cluster is what a node knows of its cluster.
type Cluster struct {
	// Size is how many members the cluster is to have.
	Size int
	// Nodes are the connected nodes that run the store, this one included, by
	// name; Members those of them that have a seat.
	Nodes, Members []string
	// Quorum says whether enough members are connected.
	Quorum bool
	// Voting says that this node has a seat and that its votes count: after it took
	// the seat it merged the state of the others.
	Voting bool
	// ID and Epoch name the configuration; 0 before the first.
	ID    paxos.ClusterID
	Epoch paxos.Epoch
	// Unmerged names the members, connected or not, that have not merged what they
	// owe, as far as this node knows. While there is one the size stays as it is.
	Unmerged []string
	// Missing names the seats that nobody accounts for while there is no quorum.
	Missing []string
	// Foreign are clusters of other ids that were met.
	Foreign []paxos.ClusterID
}

// Cluster reads what this node knows.
func (h *Host) Cluster() Cluster {
	var c Cluster
	h.read(func(r *paxos.Replica) {
		m := r.Member
		cfg := m.Config()
		c = Cluster{Size: h.size(r), Quorum: m.Quorum(), Voting: m.Voting(), ID: cfg.Cluster, Epoch: cfg.Epoch,
			Missing: m.Missing(), Foreign: m.Foreign()}
		for _, n := range m.Nodes() {
			c.Nodes = append(c.Nodes, n.Name)
		}
		for _, n := range m.Up() {
			c.Members = append(c.Members, n.Name)
		}
		for _, n := range m.Unmerged() {
			c.Unmerged = append(c.Unmerged, n.Name)
		}
	})
	slices.Sort(c.Nodes)
	return c
}

// Quorum says whether enough members are connected.
func (h *Host) Quorum() bool {
	h.state.RLock()
	defer h.state.RUnlock()
	return h.quorum
}

// Creation is the Erlang creation of a connected node, or of this one; 0 when it
// is not connected. On a wire without Links it is known of nodes of the store.
func (h *Host) Creation(name string) (c uint32) {
	h.read(func(r *paxos.Replica) { c = r.Acceptor.Creation(name) })
	return c
}

// Resize changes the size in steps of one, until ctx ends; end gets nil when the
// size is reached, and ErrRefused with the reason where it cannot be, or where
// another resize takes its place.
func (h *Host) Resize(ctx context.Context, size int, end func(error)) {
	if !h.started() {
		end(ErrClosed)
		return
	}
	if size < 1 { // 0 would end the Member's resize, and nobody would be told
		end(fmt.Errorf("%w: a size is 1 or more", ErrRefused))
		return
	}
	// The Member is after one size at a time, and the end that it tells is of that.
	h.stopResize(fmt.Errorf("%w: another resize was asked for", ErrRefused))
	var w waiter
	h.state.Lock()
	h.resizes = append(h.resizes, func(err error) {
		w.release()
		end(err)
	})
	h.state.Unlock()
	if err := h.Err(); err != nil { // it ended before it knew of this one, perhaps
		h.endResizes(err)
	}
	h.do(func(t *task) {
		t.replica(func(r *paxos.Replica, out *paxos.Output) { r.Member.Resize(size, out) })
	})
	w.hold(func() func() bool {
		return context.AfterFunc(ctx, func() { h.stopResize(h.heldUp(h.account(false, context.Cause(ctx)))) })
	})
}

// heldUp adds to an error of a resize what held it up, where that is known.
func (h *Host) heldUp(err error) error {
	if names := h.Cluster().Unmerged; len(names) > 0 {
		return fmt.Errorf("%w: the size changes only after every member has merged what the last change asked of it; "+
			"not yet, as far as this node knows: %s", err, strings.Join(names, ", "))
	}
	return err
}

// stopResize gives up a resize that is under way.
func (h *Host) stopResize(err error) {
	h.read(func(r *paxos.Replica) { r.Member.StopResize() })
	h.endResizes(err)
}

func (h *Host) resized(r *paxos.Resized) {
	if r.Refused == "" {
		h.endResizes(nil)
	} else {
		h.endResizes(fmt.Errorf("%w: %s", ErrRefused, r.Refused))
	}
}

func (h *Host) endResizes(err error) {
	h.state.Lock()
	ends := h.resizes
	h.resizes = nil
	h.state.Unlock()
	for _, end := range ends {
		end(err)
	}
}
