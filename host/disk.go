package host

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/storage"
)

// identity is who the node is: as a member, which it stays over restarts where it
// has a disk, and as this life of it, which its proposers are.
type identity struct{ self, life paxos.NodeID }

// Self is the node as a member.
func (h *Host) Self() paxos.NodeID { return h.id.Load().self }

func (h *Host) life() paxos.NodeID { return h.id.Load().life }

// drawIncarnation draws the incarnation of a life: later ones are higher.
func drawIncarnation() uint64 {
	return uint64(time.Now().UnixMilli())<<16 | uint64(rand.Uint32N(1<<16))
}

// OpenStorage opens what a node of a name keeps in a directory, and makes it where
// it is missing: for Options.Storage. Errors are those of package storage.
func OpenStorage(dir, node string) (storage.Store, error) {
	return storage.Open(dir, node, drawIncarnation())
}

// disk is the committer of a node with storage: what the replica puts out leaves
// only after the writes that it speaks of are durable. Writes that gather while
// others are on their way are written together, whatever keys they are of.
type disk struct {
	h     *Host
	store storage.Store
	// commits is guarded by the host's mu.
	commits paxos.Commits
	// wake says that there is something to write, and stop, when it is closed, that
	// the node has ended.
	wake, stop chan struct{}
	// durable are the outputs to be carried out, batch by batch, in their order.
	durable chan []paxos.Output
	// ended is closed when the storage is.
	ended chan struct{}
}

// backlogMost bounds what waits for the disk, in bytes: what a node is asked
// beyond is dropped, and asked again by the timers of the protocol.
const backlogMost = 64 << 20

// begin makes the replica of a node that has none, from storage where there is any.
// A storage that cannot be read ends the store on the node: the node itself goes
// on, since ergo waits for ever for an application that does not start.
func (h *Host) begin(o Options, creation uint32) {
	if err := h.make(o, creation); err != nil {
		h.fail("the storage is refused", errors.Join(err, o.Storage.Close()))
	}
}

func (h *Host) make(o Options, creation uint32) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.Err() != nil || h.replica != nil {
		return nil
	}
	h.opts = o
	if o.Storage != nil {
		return h.restore(o, creation)
	}
	h.replica = paxos.NewReplica(h.Self(), creation, o.Size, rand.Uint64(), o.Timing)
	h.replica.Meet()
	return nil
}

// restore makes it from storage, and begins to write there.
func (h *Host) restore(o Options, creation uint32) error {
	self := o.Storage.Self()
	if self.Name != h.name {
		return fmt.Errorf("%w: it is of %s, and this is %s", storage.ErrOtherNode, self.Name, h.name)
	}
	r := paxos.NewReplica(self, creation, o.Size, rand.Uint64(), o.Timing)
	r.Meet()
	if err := o.Storage.Load(r.Load); err != nil {
		return err
	}
	for _, g := range r.Acceptor.Watched() {
		if g.Node == h.name && g.Creation == creation {
			return fmt.Errorf("%w: %d", ErrSameCreation, creation)
		}
	}
	h.take(identity{self, paxos.NodeID{Name: h.name, Incarnation: o.Storage.Life()}})
	d := &disk{h: h, store: o.Storage, wake: make(chan struct{}, 1), stop: make(chan struct{}),
		durable: make(chan []paxos.Output, 1), ended: make(chan struct{})}
	var out paxos.Output
	r.Continue(o.Storage.Life(), &out)
	d.add(&out)
	h.replica, h.disk = r, d
	h.watch(watchesOf(r))
	go d.write()
	go d.release()
	go h.closeWith(h.node)
	return nil
}

// take has the host be who its storage says. Buckets that are up already have
// asked nobody yet, as there was no configuration.
func (h *Host) take(id identity) {
	h.id.Store(&id)
	for _, b := range h.Buckets() {
		b.mu.Lock()
		b.proposer.Live(id.life)
		b.mu.Unlock()
	}
}

// closeWith closes the host when its node has ended.
func (h *Host) closeWith(n Core) {
	if n, ok := n.(interface{ Wait() }); ok {
		n.Wait()
		h.Close()
	}
}

// add takes the output of a step, under the host's mu. What it leaves in out is to
// be carried out now.
func (d *disk) add(out *paxos.Output) {
	if !d.commits.Add(out) {
		wakeUp(d.wake)
	}
}

// full says whether so much waits for the disk that no more is to be asked.
func (d *disk) full() bool { return d != nil && d.commits.Weight() >= backlogMost }

// write writes what has gathered, until the node ends or a write fails.
func (d *disk) write() {
	defer close(d.ended)
	defer close(d.durable)
	for {
		select {
		case <-d.stop:
			if err := d.store.Close(); err != nil {
				d.h.Logger().Error("the storage does not close", "err", err)
			}
			return
		case <-d.wake:
		}
		for d.commit() {
		}
	}
}

// commit writes a batch, and hands on what waited for it.
func (d *disk) commit() bool {
	d.h.mu.Lock()
	ws := d.commits.Begin()
	d.h.mu.Unlock()
	if ws == nil {
		return false
	}
	if err := d.store.Append(ws); err != nil {
		d.h.fail("writing to the disk has failed", err)
		return false
	}
	d.h.Stats.Commits.Add(1)
	d.h.Stats.Writes.Add(uint64(len(ws)))
	d.h.mu.Lock()
	outs := d.commits.End()
	d.h.mu.Unlock()
	d.durable <- outs
	return true
}

// release carries out what has become durable, while the next batch is written.
func (d *disk) release() {
	for outs := range d.durable {
		d.h.do(func(t *task) {
			for i := range outs {
				t.out = outs[i]
				t.take()
			}
		})
	}
}
