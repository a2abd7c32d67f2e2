package host

import "fmt"

// ended is why a host that has a disk takes no part any more.
type ended struct{ reason error }

// Err is why the store has ended on this node, nil while it has not: a write to
// its disk has failed, or the node has ended.
func (h *Host) Err() error {
	if e := h.ended.Load(); e != nil {
		return e.reason
	}
	return nil
}

// Failed is closed when a write to the node's disk has failed; Err tells more.
func (h *Host) Failed() <-chan struct{} { return h.failed }

// fail ends the store on this node: what is on its disk is not known any more, so
// it gives no vote and no answer from now on.
func (h *Host) fail(err error) {
	h.Logger().Error("writing to the disk has failed, and this node takes no part any more: "+
		"mend the disk, and start the node again", "err", err)
	if h.end(fmt.Errorf("%w: %w", ErrClosed, err)) != nil {
		close(h.failed)
	}
}

// Close ends the store of a node that has ended, and lets its storage go. A node
// without storage needs no end.
func (h *Host) Close() {
	if d := h.end(fmt.Errorf("%w: the node has ended", ErrClosed)); d != nil {
		<-d.ended
	}
}

// end takes the replica away, and returns the disk to the first who does.
func (h *Host) end(reason error) *disk {
	h.mu.Lock()
	d := h.disk
	if d == nil || !h.ended.CompareAndSwap(nil, &ended{reason}) {
		h.mu.Unlock()
		return nil
	}
	h.replica = nil
	h.mu.Unlock()
	close(d.stop)
	for _, b := range h.Buckets() {
		b.endAll(reason)
	}
	h.endResizes(reason)
	h.refresh()
	return d
}
