package sim

import (
	"fmt"

	"github.com/paxoskv/paxoskv/paxos"
)

// outcome is what a client knows of a call.
type outcome uint8

const (
	open    outcome = iota // no answer yet
	found                  // a live entry
	absent                 // not found
	unknown                // cancelled, lost with its node, or indeterminate
	never                  // cancelled before any accept: cannot take effect
)

// String names the outcome in a word.
func (o outcome) String() string {
	return [...]string{"open", "found", "absent", "unknown", "never"}[o]
}

// call is one put or get of a client, and what came of it. Begin and end are
// places in the order of all beginnings and ends; beginAt and endAt are times.
type call struct {
	w      *world
	client *client
	put    bool
	key    paxos.Key
	value  paxos.Value
	guards []paxos.Guard
	on     *life
	op     paxos.OpID

	begin, end     uint64
	beginAt, endAt int64
	outcome        outcome
	got            paxos.Value
	rev            paxos.Rev
	mine           bool
	cluster        paxos.ClusterID
}

// String shows the call and its end.
func (c *call) String() string {
	name := "get"
	if c.put {
		name = fmt.Sprintf("put %s%s", c.value, showGuards(c.guards))
	}
	s := fmt.Sprintf("%s %s on %s [%d, %d]: %s", name, c.key, c.on.id, c.beginAt, c.endAt, c.outcome)
	if c.outcome == found {
		s += fmt.Sprintf(" %s rev %s mine=%t", c.got, c.rev, c.mine)
	}
	return s
}

// client makes one call after the other on one key.
type client struct {
	w    *world
	key  paxos.Key
	left int
	// patience is after what time it cancels a call; 0 is never.
	patience int64
}

func (w *world) startClients() {
	for _, k := range w.keys {
		for range w.opt.Clients {
			c := &client{w: w, key: k, left: w.opt.Calls}
			if w.cli.IntN(2) == 0 {
				c.patience = between(w.cli, 20, 300)
			}
			w.clients = append(w.clients, c)
			w.pending++
			c.rest()
		}
	}
}

// rest lets the client think, and call.
func (c *client) rest() {
	pause := max(2, c.w.opt.Duration/int64(c.w.opt.Calls))
	c.w.after(between(c.w.cli, 1, pause), c.next)
}

func (c *client) next() {
	if c.left == 0 {
		c.w.pending--
		return
	}
	l := c.w.hosts[c.w.cli.IntN(len(c.w.hosts))].life
	if l == nil || l.paused {
		c.rest()
		return
	}
	c.left--
	put := c.w.cli.IntN(5) < 2
	k := &call{w: c.w, client: c, put: put, key: c.key, on: l}
	if put {
		k.value = paxos.Value(fmt.Sprintf("v%d", len(c.w.calls)))
		if c.w.cli.Float64() < c.w.opt.Guarded {
			k.guards = c.w.drawGuards(c.key)
		}
		c.w.puts[k.value] = k
	}
	k.start()
	if c.patience > 0 {
		l.after(c.patience, k.cancel)
	}
}

// start begins the call at its node.
func (c *call) start() {
	w := c.w
	w.seq++
	c.begin, c.beginAt, c.endAt = w.seq, w.now, -1
	w.calls = append(w.calls, c)
	w.stats.Calls++
	c.on.nextOp++
	c.op = c.on.nextOp
	c.on.ops[c.op] = c
	w.tracef("call %s", c)
	r := paxos.Request{Kind: paxos.Get, Key: c.key}
	if c.put {
		r = paxos.Request{Kind: paxos.Put, Key: c.key, Value: c.value, Guards: c.guards}
	}
	c.on.do(func(out *paxos.Output) { c.on.p.Start(c.on.clockNow(), c.op, r, out) })
}

// cancel ends a call that its client has waited for long enough.
func (c *call) cancel() {
	if c.outcome != open {
		return
	}
	sent := false
	c.on.do(func(out *paxos.Output) { sent = c.on.p.Cancel(c.on.clockNow(), c.op, out) })
	delete(c.on.ops, c.op)
	c.w.stats.Cancelled++
	if c.put && !sent {
		c.close(never)
		return
	}
	c.close(unknown)
}

// lose ends a call whose node or proposer is no more.
func (c *call) lose() { c.close(unknown) }

func (c *call) close(o outcome) {
	w := c.w
	w.seq++
	c.end, c.endAt, c.outcome = w.seq, w.now, o
	w.tracef("end  %s", c)
	if c.client != nil {
		c.client.rest()
	}
}

// underWay lists the open calls on a life, in the order of their beginnings.
func (w *world) underWay(l *life) []*call {
	var cs []*call
	for _, c := range w.calls {
		if c.on == l && c.outcome == open {
			cs = append(cs, c)
		}
	}
	return cs
}

// result takes the result of a client's call, or of a get about a guard.
func (l *life) result(r paxos.Result) {
	if g, ok := l.asked[r.Op]; ok {
		delete(l.asked, r.Op)
		if r.Kind == paxos.NotFound || r.Kind == paxos.Found && r.Entry.Rev != g.Rev {
			l.observe(g)
		}
		return
	}
	c := l.ops[r.Op]
	if c == nil {
		l.w.fail("an answer to nobody", "%s got %v", l.id, r)
		return
	}
	delete(l.ops, r.Op)
	c.cluster = l.in
	switch r.Kind {
	case paxos.Found:
		c.got, c.rev, c.mine = r.Entry.Value, r.Entry.Rev, r.Mine
		c.close(found)
		l.w.witness.answered(c)
		return
	case paxos.NotFound:
		if c.put {
			l.w.fail("a put answered not found", "%s", c)
		}
		c.close(absent)
	case paxos.Indeterminate:
		l.w.stats.Indeterminate++
		if !c.put {
			l.w.fail("a get answered indeterminate", "%s", c)
		}
		c.close(unknown)
	default:
		l.w.fail("an answer of no kind", "%s: %v", c, r)
	}
}
