package host

import (
	"container/list"
	"context"
	"errors"
	"fmt"

	"github.com/paxoskv/paxoskv/paxos"
)

// WithoutQuorum says what becomes of a request while there is no quorum.
type WithoutQuorum uint8

// What may become of it.
const (
	// Retry waits for a quorum until the request's time is over.
	Retry WithoutQuorum = iota
	// Return ends it with ErrNoQuorum.
	Return
	// Fail panics in the caller with ErrNoQuorum, as a BEAM process would exit.
	Fail
)

// call is a caller that waits for an operation.
type call struct {
	policy WithoutQuorum
	// request of a call whose operation has not begun, at its place in the queue.
	request paxos.Request
	place   *list.Element
	// end is called once, without locks: with a result, or with an error.
	end func(paxos.Result, error)
}

// Start begins an operation; end is called once with its outcome, from any
// goroutine, and must not block. The returned function gives the operation up,
// with a reason.
func (b *Bucket) Start(r paxos.Request, policy WithoutQuorum, end func(paxos.Result, error)) (cancel func(reason error)) {
	none := func(error) {}
	if policy != Retry && !b.host.Quorum() {
		b.host.Stats.NoQuorum.Add(1)
		end(paxos.Result{}, ErrNoQuorum)
		return none
	}
	id, err := b.register(&call{policy: policy, end: end})
	if err != nil {
		end(paxos.Result{}, err)
		return none
	}
	b.begin(id, r, policy)
	return func(reason error) { b.giveUp(id, reason) }
}

// register takes a call in. From now on it may be given up.
func (b *Bucket) register(c *call) (paxos.OpID, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.host.Err(); err != nil {
		return 0, err
	}
	if !b.doors[Proposer] {
		return 0, ErrClosed
	}
	b.next++
	b.calls[b.next] = c
	return b.next, nil
}

// begin starts the operation of a call, unless the call was given up meanwhile:
// its error has said that nothing was proposed.
func (b *Bucket) begin(id paxos.OpID, r paxos.Request, policy WithoutQuorum) {
	b.host.do(func(t *task) {
		t.proposer(b, func(*paxos.Proposer, *paxos.Output) {
			if c := b.calls[id]; c != nil {
				c.request, c.place = r, b.queue.PushBack(id)
			}
		})
	})
	if policy != Retry && !b.host.Quorum() {
		b.giveUp(id, ErrNoQuorum) // the quorum was lost before the call was registered
	}
}

// atOnce is how many operations of a bucket are under way at once on a node, but
// for those that wait behind another one on their key. More of them do not end
// sooner: their messages wait behind each other, past the time after which they
// are sent again, and a flood so feeds itself.
const atOnce = 256

// startQueued starts operations of calls as far as there is room, and none once
// the proposer's actor is gone: then all of them are about to be given up.
func (b *Bucket) startQueued(p *paxos.Proposer, out *paxos.Output) {
	for b.queue.Len() > 0 && b.doors[Proposer] && p.Active() < atOnce {
		id := b.queue.Front().Value.(paxos.OpID)
		c := b.calls[id]
		b.queue.Remove(c.place)
		c.place = nil
		p.Start(now(), id, c.request, out)
		c.request = paxos.Request{}
	}
}

// remove takes a call out, and returns it.
func (b *Bucket) remove(id paxos.OpID) *call {
	c := b.calls[id]
	if c == nil {
		return nil
	}
	delete(b.calls, id)
	if c.place != nil {
		b.queue.Remove(c.place)
	}
	return c
}

// giveUp ends a call. Where accepts were sent for it, the outcome is unknown.
func (b *Bucket) giveUp(id paxos.OpID, reason error) {
	var c *call
	sent := false
	b.host.do(func(t *task) {
		t.proposer(b, func(p *paxos.Proposer, out *paxos.Output) {
			if c = b.remove(id); c != nil {
				sent = p.Cancel(now(), id, out)
			}
		})
	})
	if c != nil {
		c.end(paxos.Result{}, b.host.account(sent, reason))
	}
}

// account names the error of a request that was given up.
func (h *Host) account(sent bool, reason error) error {
	switch {
	case sent:
		h.Stats.Indeterminate.Add(1)
		return fmt.Errorf("%w (%w)", ErrIndeterminate, reason)
	case errors.Is(reason, context.DeadlineExceeded) && !h.Quorum():
		h.Stats.NoQuorum.Add(1)
		return fmt.Errorf("%w (%w)", ErrNoQuorum, reason)
	case errors.Is(reason, context.DeadlineExceeded):
		h.Stats.Timeout.Add(1)
	}
	return reason
}

// endAll gives up every call of the bucket.
func (b *Bucket) endAll(reason error) {
	for _, id := range b.callsOf(func(*call) bool { return true }) {
		b.giveUp(id, reason)
	}
}

func (b *Bucket) callsOf(which func(*call) bool) []paxos.OpID {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ids []paxos.OpID
	for id, c := range b.calls {
		if which(c) {
			ids = append(ids, id)
		}
	}
	return ids
}

// quorumLost ends the calls that do not wait for a quorum to come back.
func (h *Host) quorumLost() {
	for _, b := range h.Buckets() {
		for _, id := range b.callsOf(func(c *call) bool { return c.policy != Retry }) {
			b.giveUp(id, ErrNoQuorum)
		}
	}
}
