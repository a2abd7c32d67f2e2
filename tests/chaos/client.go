//go:build linux

package chaos

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/paxoskv/paxoskv/tests/chaos/judge"
)

// client makes one call after the other, each on any node that its kind can call.
type client struct {
	w    *world
	name string
	r    *rand.Rand
	// on are the machines whose nodes it calls; by, where there is one, the machine of
	// the Erlang node that it calls them from.
	on []*host
	by *host
}

// clients are those of a run.
func (w *world) clients() (all []*client) {
	nodes := w.opt.nodes()
	add := func(kind string, on []*host, by *host) {
		for i := range w.opt.Clients {
			name := fmt.Sprint(kind, i)
			all = append(all, &client{w: w, name: name, r: w.opt.stream(name), on: on, by: by})
		}
	}
	add("go", w.hosts[:nodes-w.opt.Shells], nil)
	if w.opt.Shells > 0 {
		add("shell", w.hosts[nodes-w.opt.Shells:nodes], nil)
	}
	for _, h := range w.hosts[nodes:] {
		add("erlang", w.members(), h)
	}
	return all
}

// run calls until stop is closed.
func (c *client) run(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(pause(c.r, c.w.opt.Think)):
		}
		up := c.w.up(c.on, c.r.IntN(10) == 0)
		if len(up) == 0 {
			continue
		}
		h := up[c.r.IntN(len(up))]
		call, t := c.draw()
		if c.by == nil {
			c.w.do(h, call, t)
		} else {
			c.w.doBy(c.by, h, call, t)
		}
	}
}

// draw makes up a call.
func (c *client) draw() (*judge.Call, ties) {
	key, lasts := c.w.keys.draw(c.r)
	call := &judge.Call{Client: c.name, Key: key, Put: c.r.IntN(2) == 0}
	call.Timeout = int64(200*time.Millisecond) << c.r.IntN(6)
	t := ties{noQuorum: c.r.IntN(5) == 0}
	switch {
	case call.Put:
		call.Value = c.w.nextValue()
		if !lasts {
			c.tie(call, &t)
		}
	case c.r.IntN(6) == 0:
		call.Stale, t.stale = true, true
	}
	return call, t
}

// tie ties a put to one thing, now and then to two. A node or another key may go on
// for long, so they come with something that does not: keys are to be put often.
func (c *client) tie(call *judge.Call, t *ties) {
	switch c.r.IntN(10) {
	case 0, 1:
		c.tieUntil(call, t)
	case 2:
		_, name := c.w.now(c.w.hosts[c.r.IntN(c.w.opt.nodes())])
		t.nodes = append(t.nodes, name)
		call.Guards = append(call.Guards, judge.Guard{Kind: "node", Name: name})
		c.tieUntil(call, t)
	case 3:
		if other, lasts := c.w.keys.draw(c.r); other != call.Key && !lasts {
			t.keys = append(t.keys, other)
			call.Guards = append(call.Guards, judge.Guard{Kind: "key", Name: other})
		}
		c.tiePID(call, t)
	case 4:
		c.tiePID(call, t)
		c.tieUntil(call, t)
	default:
		c.tiePID(call, t)
	}
}

func (c *client) tieUntil(call *judge.Call, t *ties) {
	t.until = time.Now().Add(time.Duration(c.r.Int64N(int64(5 * time.Second)))).Truncate(time.Millisecond)
	call.Guards = append(call.Guards, judge.Guard{Kind: "until", Deadline: t.until.UnixMilli()})
}

func (c *client) tiePID(call *judge.Call, t *ties) {
	if p := c.w.anyProc(c.r); p != nil {
		t.procs = append(t.procs, p)
		call.Guards = append(call.Guards, judge.Guard{Kind: "pid", Name: p.name})
		return
	}
	c.tieUntil(call, t)
}

// do makes a call on the node of a machine, and records what came of it.
func (w *world) do(h *host, call *judge.Call, t ties) {
	l, name := w.now(h)
	m, ok := l.(member)
	if !ok {
		return // it was killed just now
	}
	call.Node = name
	a := m.call(call, t, w.patience(call), func() { w.rec.begin(call) })
	w.rec.end(call, a)
}

// doBy has an Erlang node call the node of a machine.
func (w *world) doBy(by, h *host, call *judge.Call, t ties) {
	l, _ := w.now(by)
	e, ok := l.(*erlangNode)
	if !ok {
		return
	}
	_, call.Node = w.now(h)
	call.Machine = by.addr
	w.rec.begin(call)
	w.rec.end(call, e.call(call, t, w.patience(call)))
}

// end records what came of a call. One that never began is not recorded.
func (r *recorder) end(call *judge.Call, a answer) {
	r.change(func(*judge.Record) {
		if a.began != 0 {
			call.Begin = a.began
		}
		call.End, call.Outcome, call.Error = a.ended, a.outcome, a.text
		call.Got, call.Rev, call.Marked = a.got, a.rev, a.marked
	})
}

// patience is how long the answer to a call is waited for: until it would be a
// finding, whatever stops the node meanwhile, and the calls before it.
func (w *world) patience(call *judge.Call) time.Duration {
	return time.Duration(call.Timeout) + 2*w.opt.Longest + 2*w.opt.Limits.Late + time.Minute
}

// nextValue is one that nobody has put.
func (w *world) nextValue() string { return fmt.Sprintf("v%d", w.values.Add(1)) }
