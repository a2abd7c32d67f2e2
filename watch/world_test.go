package watch

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// world is a cluster of the real core, with feeds, on a network that loses,
// doubles and reorders. One seed gives one run.
type world struct {
	rng    *rand.Rand
	now    int64
	size   int
	nodes  []*node
	net    []paxos.Envelope
	lossy  bool
	cuts   map[[2]string]bool
	truth  truth
	faults []string // what was found wrong
	keys   []paxos.Key
	lives  uint64
	puts   int
}

const prefix = "b/"

// node is one node of the world.
type node struct {
	w      *world
	id     paxos.NodeID
	r      *paxos.Replica
	p      *paxos.Proposer
	f      *Feed
	timers []paxos.Timer
	final  map[paxos.Key]*paxos.Entry
	gets   map[paxos.OpID]Refresh
	ops    paxos.OpID
	// seen are the connections as the node sees them.
	seen      map[string]bool
	consumers []*consumer
	ticked    int64
}

func newWorld(seed uint64, size, nodes int) *world {
	w := &world{rng: rand.New(rand.NewPCG(seed, 1)), size: size, cuts: make(map[[2]string]bool)}
	w.truth.init()
	for i := range 6 {
		w.keys = append(w.keys, paxos.Key(fmt.Sprint(prefix, i)))
	}
	for i := range nodes {
		w.nodes = append(w.nodes, w.start(fmt.Sprint("n", i)))
	}
	return w
}

func (w *world) start(name string) *node {
	w.lives++
	id := paxos.NodeID{Name: name, Incarnation: w.lives}
	n := &node{w: w, id: id, r: paxos.NewReplica(id, uint32(w.lives), w.size, w.rng.Uint64(), paxos.DefaultTiming),
		p: paxos.NewProposer(id, 0), final: make(map[paxos.Key]*paxos.Entry), gets: make(map[paxos.OpID]Refresh),
		seen: make(map[string]bool)}
	n.renew()
	return n
}

// renew gives the node a feed without subscribers.
func (n *node) renew() {
	n.f = New(n.id, prefix, func(k paxos.Key) *paxos.Entry { return n.final[k] })
	if c := n.r.Member.Config(); c.Epoch > 0 {
		n.f.Adopt(c)
	}
}

func (w *world) chance(percent int) bool { return w.rng.IntN(100) < percent }

func (w *world) cut(a, b string) bool { return w.cuts[[2]string{min(a, b), max(a, b)}] }

// do runs a step of the core and carries out what it asks for.
func (n *node) do(step func(out *paxos.Output)) {
	var out paxos.Output
	step(&out)
	for _, m := range out.Messages {
		n.w.truth.sent(m, n.r.Member.Config())
		n.w.net = append(n.w.net, m)
	}
	n.timers = append(n.timers, out.Timers...)
	if cfg := out.Adopted; cfg != nil {
		for k := range n.final {
			if cfg.Epoch == 1 {
				delete(n.final, k) // perhaps of another cluster
			}
		}
		n.do(func(out *paxos.Output) { n.p.Adopt(n.w.now, cfg, out) })
		n.f.Adopt(cfg)
	}
	for _, l := range out.Learned {
		n.do(func(out *paxos.Output) { n.r.Acceptor.Learn(l.Key, l.Entry, out) })
		if l.Entry.Tombstone && !l.Collected {
			n.do(func(out *paxos.Output) { n.p.Collect(l.Key, out) })
		}
		if l.Entry.Live() && len(l.Entry.Guards) == 0 {
			n.final[l.Key] = l.Entry
		}
		n.feed(func(out *Output) { n.f.Learn(l, out) })
	}
	n.p.SetUp(n.r.Member.Up())
	for _, e := range out.Erasures {
		n.do(func(out *paxos.Output) { n.p.Erase(n.w.now, e, out) })
	}
	for _, r := range out.Results {
		if g, ok := n.gets[r.Op]; ok {
			delete(n.gets, r.Op)
			n.feed(func(out *Output) { n.f.Refreshed(g, r, n.w.rng.IntN(20) > 0, out) })
		}
	}
}

// feed runs a step of the feed.
func (n *node) feed(step func(out *Output)) {
	var out Output
	step(&out)
	n.w.net = append(n.w.net, out.Messages...)
	for _, g := range out.Refresh {
		n.ops++
		n.gets[n.ops] = g
		id := n.ops
		n.do(func(out *paxos.Output) { n.p.Start(n.w.now, id, paxos.Request{Kind: paxos.Get, Key: g.Key}, out) })
	}
}

func (n *node) step(env paxos.Envelope) {
	_, forProposer := paxos.ForProposer(env.Body)
	_, inventory := env.Body.(paxos.Inventory)
	switch {
	case env.To.Incarnation != 0 && env.To != n.id:
	case inventory:
		n.feed(func(out *Output) { n.f.Read(n.w.now, env, out) })
	case forProposer:
		n.do(func(out *paxos.Output) { n.p.Step(n.w.now, env, out) })
	default:
		n.do(func(out *paxos.Output) { n.r.Step(n.w.now, env, out) })
	}
}

// put proposes a value, which lives for a while or for ever.
func (n *node) put(key paxos.Key) {
	n.w.puts++
	r := paxos.Request{Kind: paxos.Put, Key: key, Value: paxos.Value(fmt.Sprint(n.w.puts))}
	if key != n.w.keys[0] {
		r.Guards = []paxos.Guard{{Kind: paxos.GuardTime, Deadline: n.w.now + int64(n.w.rng.IntN(400))}}
	}
	n.ops++
	id := n.ops
	n.do(func(out *paxos.Output) { n.p.Start(n.w.now, id, r, out) })
}

// look has the node see its connections as they are.
func (n *node) look() {
	for _, o := range n.w.nodes {
		up := o != n && !n.w.cut(n.id.Name, o.id.Name)
		if o == n || up == n.seen[o.id.Name] {
			continue
		}
		n.seen[o.id.Name] = up
		if up {
			n.do(func(out *paxos.Output) { n.r.PeerUp(o.id.Name, out) })
		} else {
			n.down(o.id.Name)
		}
	}
}

func (n *node) down(name string) {
	n.seen[name] = false
	n.do(func(out *paxos.Output) { n.r.PeerDown(n.w.now, name, out) })
	if slices.ContainsFunc(n.r.Member.Config().Members(), func(m paxos.NodeID) bool { return m.Name == name }) {
		n.f.Lost(name)
		for _, c := range n.consumers {
			c.awaits = n.w.now
		}
	}
}

func (n *node) tick() {
	n.look()
	n.do(func(out *paxos.Output) { n.r.Member.Tick(n.w.now, out) })
	n.do(func(out *paxos.Output) { n.r.Acceptor.Sweep(n.w.now, out) })
	for _, k := range n.r.Acceptor.Tombstones(10) {
		if n.w.chance(5) {
			n.do(func(out *paxos.Output) { n.p.CollectHeld(k, out) })
		}
	}
	n.feed(func(out *Output) { n.f.Tick(n.w.now, n.r.Member.Up(), out) })
}

// run lets so many milliseconds pass, a few steps in each.
func (w *world) run(ms int64, each func()) {
	for end := w.now + ms; w.now < end; w.now++ {
		for range 30 {
			w.deliver()
		}
		for _, n := range w.nodes {
			w.fire(n)
			if w.now-n.ticked >= 50 {
				n.ticked = w.now
				n.tick()
			}
			for _, c := range n.consumers {
				c.take()
			}
		}
		each()
	}
}

// deliver delivers a message, perhaps not, or twice.
func (w *world) deliver() {
	if len(w.net) == 0 {
		return
	}
	i := w.rng.IntN(len(w.net))
	env := w.net[i]
	switch {
	case w.lossy && w.chance(3): // it comes again
	default:
		w.net[i] = w.net[len(w.net)-1]
		w.net = w.net[:len(w.net)-1]
	}
	local := env.From.Name == env.To.Name
	if !local && (w.cut(env.From.Name, env.To.Name) || w.lossy && w.chance(10)) {
		return
	}
	for _, n := range w.nodes {
		if n.id.Name == env.To.Name {
			n.step(env)
		}
	}
}

func (w *world) fire(n *node) {
	for range len(n.timers) {
		if len(n.timers) > 0 && w.chance(3) {
			i := w.rng.IntN(len(n.timers))
			t := n.timers[i]
			n.timers = slices.Delete(n.timers, i, i+1)
			n.do(func(out *paxos.Output) { n.p.Fire(w.now, t, out) })
		}
	}
}

// spares says whether the cluster keeps its memory without a node.
func (w *world) spares(n *node) bool {
	epochs, voters := make(map[paxos.Epoch]bool), 0
	for _, o := range w.nodes {
		epochs[o.r.Member.Config().Epoch] = true
		if o != n && o.r.Member.Voting() {
			voters++
		}
	}
	return len(epochs) == 1 && voters >= paxos.Quorum(w.size)
}

// restart ends a node and starts it anew, without memory.
func (w *world) restart(i int) {
	old := w.nodes[i]
	w.nodes[i] = w.start(old.id.Name)
	for _, o := range w.nodes {
		if o != w.nodes[i] && o.seen[old.id.Name] {
			o.down(old.id.Name)
		}
	}
}

func (w *world) wrong(format string, args ...any) {
	w.faults = append(w.faults, fmt.Sprintf("at %d: ", w.now)+fmt.Sprintf(format, args...))
}
