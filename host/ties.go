package host

import (
	"context"
	"errors"
	"fmt"
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
	return len(t.PIDs)+len(t.Nodes)+len(t.Keys) == 0 && t.Until.IsZero()
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalidValue, fmt.Sprintf(format, args...))
}

// guards turns ties into guards, and ends with ErrInvalidValue where one of
// them is down already.
func (b *Bucket) guards(ctx context.Context, t Ties, policy WithoutQuorum, end func([]paxos.Guard, error)) {
	var gs []paxos.Guard
	for _, n := range t.Nodes {
		g, err := b.host.nodeGuard(n)
		if err != nil {
			end(nil, err)
			return
		}
		gs = append(gs, g)
	}
	if !t.Until.IsZero() {
		if !time.Now().Before(t.Until) {
			end(nil, invalid("the time %s has passed", t.Until.Format(time.RFC3339Nano)))
			return
		}
		gs = append(gs, paxos.Guard{Kind: paxos.GuardTime, Deadline: t.Until.UnixMilli()})
	}
	for _, p := range t.PIDs {
		g, err := b.host.pidGuard(p)
		if err != nil {
			end(nil, err)
			return
		}
		gs = append(gs, g)
	}
	b.checkPIDs(ctx, t, 0, func(err error) {
		if err != nil {
			end(nil, err)
			return
		}
		b.keyGuards(ctx, t.Keys, policy, gs, end)
	})
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

func (h *Host) nodeGuard(name string) (paxos.Guard, error) {
	c := h.Creation(name)
	if c == 0 {
		return paxos.Guard{}, invalid("the node %s is not connected", name)
	}
	return paxos.Guard{Kind: paxos.GuardNode, Node: name, Creation: c}, nil
}

func (h *Host) pidGuard(p etf.Pid) (paxos.Guard, error) {
	subject, err := term.Key(p)
	if err != nil {
		return paxos.Guard{}, fmt.Errorf("pid: %w", err)
	}
	name := string(p.Node)
	if c := h.Creation(name); c == 0 {
		return paxos.Guard{}, invalid("the node of %s is not connected", term.Format(p))
	} else if c != p.Creation {
		return paxos.Guard{}, invalid("%s is of an earlier life of its node", term.Format(p))
	}
	if name == h.name && h.node.ProcessByPid(p) == nil {
		return paxos.Guard{}, invalid("%s is not alive", term.Format(p))
	}
	return paxos.Guard{Kind: paxos.GuardPID, Subject: string(subject), Node: name, Creation: p.Creation}, nil
}

// aliveTimeout is how long a put waits for word from the node of its pid. It
// goes on without: a process that has ended erases the key soon after.
const aliveTimeout = time.Second

// checkPIDs asks the nodes of pids elsewhere whether the processes run.
func (b *Bucket) checkPIDs(ctx context.Context, t Ties, i int, end func(error)) {
	for i < len(t.PIDs) && string(t.PIDs[i].Node) == b.host.name {
		i++
	}
	if i == len(t.PIDs) {
		end(nil)
		return
	}
	b.host.alive(ctx, t.PIDs[i], func(alive bool) {
		if !alive {
			end(invalid("%s is not alive", term.Format(t.PIDs[i])))
			return
		}
		b.checkPIDs(ctx, t, i+1, end)
	})
}
