//go:build linux

package chaos

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/chaos/judge"
)

// keys are those that the clients use: a few at a time, so that they contend, each
// for so many calls, so that its history can be searched.
type keys struct {
	mu    sync.Mutex
	names []string
	left  []int
	made  int
}

const (
	keysActive = 8
	keyCalls   = 250
	// everlasting is the share of keys whose values are tied to nothing.
	everlasting = 5
)

// draw takes a key; lasts says that nothing is to be tied to.
func (k *keys) draw(r *rand.Rand) (name string, lasts bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := r.IntN(keysActive)
	for len(k.names) < keysActive {
		k.names, k.left = append(k.names, ""), append(k.left, 0)
	}
	if k.left[i] == 0 {
		k.names[i], k.left[i] = fmt.Sprintf("k%d", k.made), keyCalls
		k.made++
	}
	k.left[i]--
	return k.names[i], keyLasts(k.names[i])
}

func keyLasts(name string) bool {
	n := 0
	_, _ = fmt.Sscanf(name, "k%d", &n)
	return n%everlasting == 0
}

// client makes one call after the other, each on any node.
type client struct {
	w    *world
	name string
	r    *rand.Rand
}

// run calls until stop is closed.
func (c *client) run(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(pause(c.r, c.w.opt.Think)):
		}
		up := c.w.up(c.r.IntN(10) == 0)
		if len(up) == 0 {
			continue
		}
		if n := c.w.at(up[c.r.IntN(len(up))]); n != nil {
			c.call(n)
		}
	}
}

// call makes a call that is drawn.
func (c *client) call(n *node) {
	key, lasts := c.w.keys.draw(c.r)
	call := &judge.Call{Client: c.name, Node: n.name, Key: key, Put: c.r.IntN(2) == 0}
	call.Timeout = int64(200*time.Millisecond) << c.r.IntN(6)
	var o agent.Options
	if c.r.IntN(5) == 0 {
		o.NoQuorum = paxoskv.Return
	}
	switch {
	case call.Put:
		call.Value = c.w.nextValue()
		if !lasts {
			c.tie(call, &o)
		}
	case c.r.IntN(6) == 0:
		call.Stale, o.Stale = true, true
	}
	c.w.do(n, call, o)
}

// tie ties a put to one thing, now and then to two. A node or another key may go on
// for long, so they come with something that does not: keys are to be put often.
func (c *client) tie(call *judge.Call, o *agent.Options) {
	switch c.r.IntN(10) {
	case 0, 1:
		c.tieUntil(call, o)
	case 2:
		h := c.w.hosts[c.r.IntN(len(c.w.hosts))]
		o.Nodes = append(o.Nodes, h.name)
		call.Guards = append(call.Guards, judge.Guard{Kind: "node", Name: h.name})
		c.tieUntil(call, o)
	case 3:
		if other, lasts := c.w.keys.draw(c.r); other != call.Key && !lasts {
			o.Keys = append(o.Keys, encodeKey(other))
			call.Guards = append(call.Guards, judge.Guard{Kind: "key", Name: other})
		}
		c.tiePID(call, o)
	case 4:
		c.tiePID(call, o)
		c.tieUntil(call, o)
	default:
		c.tiePID(call, o)
	}
}

func (c *client) tieUntil(call *judge.Call, o *agent.Options) {
	at := time.Now().Add(time.Duration(c.r.Int64N(int64(5 * time.Second)))).Truncate(time.Millisecond)
	o.Until = at
	call.Guards = append(call.Guards, judge.Guard{Kind: "until", Deadline: at.UnixMilli()})
}

func (c *client) tiePID(call *judge.Call, o *agent.Options) {
	if p := c.w.anyProc(c.r); p != nil {
		o.PIDs = append(o.PIDs, p.pid)
		call.Guards = append(call.Guards, judge.Guard{Kind: "pid", Name: p.name})
		return
	}
	c.tieUntil(call, o)
}

func encodeKey(key string) term.Raw {
	raw, err := term.Encode(etf.Atom(key))
	if err != nil {
		panic(err) // an atom of letters and digits
	}
	return raw
}

// do makes a call by way of an agent, and records what came of it.
func (w *world) do(n *node, call *judge.Call, o agent.Options) {
	method := "Get"
	r := agent.Request{Key: encodeKey(call.Key), Options: o, Timeout: time.Duration(call.Timeout)}
	if call.Put {
		method = "Put"
		r.Value, _ = term.Encode([]byte(call.Value))
	}
	w.rec.begin(call)
	var reply agent.Reply
	err := n.ask(method, r, &reply, w.patience(call))
	w.rec.change(func(*judge.Record) {
		switch {
		case err != nil && n.process.Running():
			call.Outcome, call.Error = judge.Unknown, err.Error() // no End: it is still under way
			return
		case err != nil:
			call.End, call.Outcome, call.Error = agent.Now(), judge.Unknown, "the node was killed"
			return
		}
		call.Begin, call.End = reply.Began, reply.Ended
		call.Outcome = judge.Found
		call.Rev, call.Marked = reply.Rev, reply.Stale
		switch err := reply.Err; {
		case err == nil:
			v, _ := term.Decode(reply.Value)
			got, _ := v.([]byte)
			call.Got = string(got)
		case errors.Is(err, paxoskv.ErrNotFound):
			call.Outcome = judge.Absent
		case errors.Is(err, paxoskv.ErrIndeterminate):
			call.Outcome, call.Error = judge.Unknown, err.Text
		default:
			call.Outcome, call.Error = judge.Refused, err.Text
		}
	})
}

// patience is how long the answer to a call is waited for: until it would be a
// finding, whatever stops the node meanwhile.
func (w *world) patience(call *judge.Call) time.Duration {
	return time.Duration(call.Timeout) + w.opt.Longest + 2*w.opt.Limits.Late + 10*time.Second
}

// nextValue is one that nobody has put.
func (w *world) nextValue() string { return fmt.Sprintf("v%d", w.values.Add(1)) }
