package paxos

import "slices"

// Proposer drives the operations of one node to their end. Operations on
// different keys do not wait for each other; of those on one key, one at a time
// runs rounds, since a node that duels with itself only loses time.
//
// Every answer is matched to its question in one place, route: by cluster,
// epoch and round number.
type Proposer struct {
	// life is this start of the node: it is in every ballot, and every answer is
	// to it.
	life NodeID
	// counter is the highest ballot counter or round number used or seen. It
	// must survive the proposer: see Counter.
	counter uint64
	cfg     *Config
	// up lists the members that are connected, for the choice of primaries.
	up    []NodeID
	ops   map[OpID]*op
	round map[uint64]*op
	lines map[Key]*line
	// behind is how many of the callers' operations stand in them and are not the
	// first.
	behind int
	turns  map[Key]*turns
	own    ownOps
}

// line is the operations of this node that want to run rounds on one key; the
// first of them does.
type line struct{ ops []*op }

// NewProposer makes a proposer of a life of a node. counter is what Counter of
// the last proposer of this life returned, 0 for the first: no ballot may be
// used twice.
func NewProposer(life NodeID, counter uint64) *Proposer {
	return &Proposer{life: life, counter: counter, cfg: &Config{},
		ops: make(map[OpID]*op), round: make(map[uint64]*op),
		lines: make(map[Key]*line), turns: make(map[Key]*turns),
		own: ownOps{known: make(map[ownRequest]struct{}), next: ownOp}}
}

// Counter is the highest ballot counter used so far.
func (p *Proposer) Counter() uint64 { return p.counter }

// Len is the number of operations under way.
func (p *Proposer) Len() int { return len(p.ops) }

// Active is the number of those that callers began and that do not wait behind
// another one on their key.
func (p *Proposer) Active() int { return len(p.ops) - p.own.running - p.behind }

// Start begins an operation. Its id must be below 1<<63 and not in use.
func (p *Proposer) Start(now int64, id OpID, r Request, out *Output) {
	o := &op{id: id, req: r}
	p.ops[id] = o
	p.begin(now, o, out)
}

// begin puts the first question: a query where a read may do, a round for a put.
func (p *Proposer) begin(now int64, o *op, out *Output) {
	switch {
	case p.cfg.Epoch == 0:
		o.phase = waiting
	case o.req.Kind == Put:
		p.enter(now, o, out)
	default:
		p.query(o, out)
	}
}

// primary says whether this node is the key's primary. Members are known by
// their identities, so the name is what it shares with them.
func (p *Proposer) primary(key Key) bool { return Primary(key, p.up).Name == p.life.Name }

// Cancel ends an operation without a result, and says whether accepts were sent
// for it: then it may yet take effect.
func (p *Proposer) Cancel(now int64, id OpID, out *Output) (sent bool) {
	o := p.ops[id]
	if o == nil {
		return false
	}
	p.remove(now, o, out)
	return len(o.req.Sent) > 0
}

// Adopt begins a new epoch: every round under way starts again with a new
// ballot, since votes of two epochs do not add up.
func (p *Proposer) Adopt(now int64, cfg *Config, out *Output) {
	if cfg.Cluster == p.cfg.Cluster && cfg.Epoch <= p.cfg.Epoch {
		return
	}
	p.cfg = cfg
	for _, o := range p.sorted() {
		if o.phase == waiting && o.round != 0 {
			continue // a pause or a turn goes on, and the round after it is new
		}
		p.unask(o)
		switch {
		case o.holds:
			p.prepare(o, out)
		case !p.inLine(o):
			p.begin(now, o, out)
		}
	}
}

// Live has a proposer that has adopted nothing yet, and so asked nobody, be of
// another life of its node.
func (p *Proposer) Live(life NodeID) { p.life = life }

// SetUp tells which members are connected, this node included if it is one.
func (p *Proposer) SetUp(up []NodeID) { p.up = up }

// finish ends an operation with a result, once: serve may come to an operation
// that another one, served before it, has served already.
func (p *Proposer) finish(now int64, o *op, r Result, out *Output) {
	if p.ops[o.id] != o {
		return
	}
	r.Op = o.id
	if o.id >= ownOp {
		defer p.endOwn(now, o, out)
	} else {
		out.Results = append(out.Results, r)
	}
	if r.Kind == Found && !r.Past {
		out.Learned = append(out.Learned, Learned{Cluster: p.cfg.Cluster, Key: o.req.Key, Entry: r.Entry})
	}
	if r.Kind != Found || len(r.Entry.Guards) > 0 {
		p.remove(now, o, out)
		return
	}
	// Those behind it need no round, so it leaves before the next is started.
	p.take(o, out)
	p.serve(now, o.req.Key, r.Entry, out)
}

// serve answers the operations that wait in line with an entry that, having no
// guards, never changes.
func (p *Proposer) serve(now int64, key Key, e *Entry, out *Output) {
	l := p.lines[key]
	if l == nil {
		return
	}
	served := func(o *op) bool { return (o.req.Kind == Put || o.req.Kind == Get) && len(o.req.Sent) == 0 }
	rest := make([]*op, 0, len(l.ops))
	for _, o := range l.ops {
		if !served(o) {
			rest = append(rest, o)
			continue
		}
		out.Results = append(out.Results, Result{Op: o.id, Kind: Found, Entry: e})
		delete(p.ops, o.id)
		p.noteBehind(o, -1)
		p.unask(o)
		p.giveBackTurn(o, out)
	}
	l.ops = rest
	p.startFirst(key, l, out)
}

// remove takes an operation out of every table, and lets the next in line go on.
func (p *Proposer) remove(now int64, o *op, out *Output) {
	if p.take(o, out) {
		if l := p.lines[o.req.Key]; l != nil {
			p.startFirst(o.req.Key, l, out)
		}
	}
}

// take takes an operation out of every table and its line.
func (p *Proposer) take(o *op, out *Output) bool {
	if _, ok := p.ops[o.id]; !ok {
		return false
	}
	delete(p.ops, o.id)
	p.unask(o)
	p.giveBackTurn(o, out)
	if l := p.lines[o.req.Key]; l != nil {
		if i := slices.Index(l.ops, o); i >= 0 {
			p.noteBehind(o, -1)
			l.ops = slices.Delete(l.ops, i, i+1)
		}
	}
	o.holds = false
	return true
}
