package host

import "fmt"

// ended is why a host takes no part any more.
type ended struct{ reason error }

// Err is why the store has ended on this node, nil while it has not: its storage
// could not be read, or written to, or the node has ended.
func (h *Host) Err() error {
	if e := h.ended.Load(); e != nil {
		return e.reason
	}
	return nil
}

// Failed is closed when the node's storage has failed; Err tells more.
func (h *Host) Failed() <-chan struct{} { return h.failed }

// fail ends the store on this node: what is on its disk is not known, or not to be
// used, so it gives no vote and no answer from now on.
func (h *Host) fail(what string, err error) {
	h.Logger().Error(what+", and this node takes no part from now on", "err", err)
	if h.end(fmt.Errorf("%w: %s: %w", ErrClosed, what, err)) {
		close(h.failed)
	}
}

// Close ends the store of a node that has ended, and lets its storage go.
func (h *Host) Close() {
	h.end(fmt.Errorf("%w: the node has ended", ErrClosed))
	h.mu.Lock()
	d := h.disk
	h.mu.Unlock()
	if d != nil {
		<-d.ended
	}
}

// end takes the replica away, and says whether it had not been.
func (h *Host) end(reason error) bool {
	h.mu.Lock()
	d, first := h.disk, h.ended.CompareAndSwap(nil, &ended{reason})
	h.replica = nil
	h.mu.Unlock()
	if !first {
		return false
	}
	if d != nil {
		close(d.stop)
	}
	for _, b := range h.Buckets() {
		b.endAll(reason)
	}
	h.endResizes(reason)
	h.refresh()
	return true
}
