package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
)

// Ties are what a key lives as long as; all of them may be given. The zero Ties
// let it live for ever.
type Ties struct {
	PIDs  []etf.Pid
	Nodes []string
	// Keys are other keys of the same bucket.
	Keys []any
	// Until is a deadline; zero for none.
	Until time.Time
}

func (t Ties) empty() bool {
	return t.count() == 0
}

// count is how many things they are.
func (t Ties) count() int {
	n := len(t.PIDs) + len(t.Nodes) + len(t.Keys)
	if !t.Until.IsZero() {
		n++
	}
	return n
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalidValue, fmt.Sprintf(format, args...))
}

// guards turns ties into guards, and ends with ErrInvalidValue where one of them
// is down already.
func (b *Bucket) guards(ctx context.Context, t Ties, policy WithoutQuorum, end func([]paxos.Guard, error)) {
	if t.empty() {
		end(nil, nil)
		return
	}
	var gs []paxos.Guard
	if !t.Until.IsZero() {
		if !time.Now().Before(t.Until) {
			end(nil, invalid("the time %s has passed", t.Until.Format(time.RFC3339Nano)))
			return
		}
		gs = append(gs, paxos.Guard{Kind: paxos.GuardTime, Deadline: t.Until.UnixMilli()})
	}
	gs = append(gs, make([]paxos.Guard, len(t.Nodes)+len(t.PIDs))...)
	free := gs[len(gs)-len(t.Nodes)-len(t.PIDs):]
	var w waiter
	parts := &all{left: len(free) + 1, end: func(err error) {
		w.release()
		switch {
		case err == nil:
			b.keyGuards(ctx, t.Keys, policy, gs, end)
		case ctx.Err() != nil:
			end(nil, b.host.account(false, context.Cause(ctx)))
		default:
			end(nil, err)
		}
	}}
	w.hold(func() func() bool {
		return context.AfterFunc(ctx, func() { parts.done(context.Cause(ctx)) })
	})
	for i, n := range t.Nodes {
		b.host.nodeGuard(n, &free[i], parts.done)
	}
	for i, p := range t.PIDs {
		b.host.pidGuard(p, &free[len(t.Nodes)+i], parts.done)
	}
	parts.done(nil)
}

// all ends when all of its parts have, or with the first error of one.
type all struct {
	mu   sync.Mutex
	left int
	over bool
	end  func(error)
}

func (a *all) done(err error) {
	a.mu.Lock()
	a.left--
	end := !a.over && (err != nil || a.left == 0)
	a.over = a.over || end
	a.mu.Unlock()
	if end {
		a.end(err)
	}
}

// keyGuards looks up the revs of guarding keys, one after the other.
func (b *Bucket) keyGuards(ctx context.Context, keys []any, policy WithoutQuorum, gs []paxos.Guard,
	end func([]paxos.Guard, error)) {
	if len(keys) == 0 {
		end(gs, nil)
		return
	}
	key, err := b.key(keys[0])
	if err != nil {
		end(nil, err)
		return
	}
	b.Get(ctx, Query{Key: keys[0], Policy: policy}, func(a Answer, err error) {
		if err != nil {
			if errors.Is(err, ErrNotFound) {
				err = invalid("the key %s holds nothing", term.Format(keys[0]))
			}
			end(nil, err)
			return
		}
		g := paxos.Guard{Kind: paxos.GuardKey, Subject: string(key), Rev: a.Rev}
		b.keyGuards(ctx, keys[1:], policy, append(gs, g), end)
	})
}

// nodeGuard makes the guard of a node as it runs now.
func (h *Host) nodeGuard(name string, g *paxos.Guard, end func(error)) {
	h.Reach(name, 0, func(creation uint32) {
		if creation == 0 {
			end(invalid("the node %s is not connected", name))
			return
		}
		*g = paxos.Guard{Kind: paxos.GuardNode, Node: name, Creation: creation}
		h.checkSeen(*g, end)
	})
}

// pidGuard makes the guard of a process.
func (h *Host) pidGuard(p etf.Pid, g *paxos.Guard, end func(error)) {
	subject, err := term.Key(p)
	if err != nil {
		end(fmt.Errorf("pid: %w", err))
		return
	}
	name := string(p.Node)
	h.Reach(name, p.Creation, func(creation uint32) {
		switch {
		case creation == 0:
			end(invalid("the node of %s is not connected", term.Format(p)))
			return
		case creation != p.Creation:
			end(invalid("%s is of another life of its node", term.Format(p)))
			return
		}
		*g = paxos.Guard{Kind: paxos.GuardPID, Subject: string(subject), Node: name, Creation: creation}
		parts := &all{left: 2, end: end}
		h.checkAlive(p, parts.done)
		h.checkSeen(*g, parts.done)
	})
}

// checkSeen ends with an error where too few of the members are connected to the
// node of a guard. Of this node they are, or this one has no quorum.
func (h *Host) checkSeen(g paxos.Guard, end func(error)) {
	if g.Node == h.name {
		end(nil)
		return
	}
	h.seen(sighting{g.Node, g.Creation}, func(without, need, of int) {
		if of-without < need {
			end(invalid("the node %s is not connected to %d of %d members, and has to be to %d",
				g.Node, without, of, need))
			return
		}
		end(nil)
	})
}

// checkAlive ends with an error where a process does not run.
func (h *Host) checkAlive(p etf.Pid, end func(error)) {
	check := func(alive bool) {
		if !alive {
			end(invalid("%s is not alive", term.Format(p)))
			return
		}
		end(nil)
	}
	if string(p.Node) == h.name {
		check(h.node.ProcessByPid(p) != nil)
		return
	}
	h.alive(p, check)
}
