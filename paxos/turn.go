package paxos

// A contended key is settled by turns: an operation that lost three rounds asks
// the key's primary for one, and the primary gives them out one at a time. The
// operation stays with its own proposer, and so do the revs of its ballots. A
// turn keeps proposers out of each other's way, no more: safety does not rest
// on it, and one that cannot be had is done without.

// turns is what a primary knows of the turns on a key; the first has it.
type turns struct {
	waiting []turn
	serial  uint64
}

type turn struct {
	node NodeID
	op   uint64
}

// askTurn asks the primary; without a primary the rounds go on alone.
func (p *Proposer) askTurn(o *op, out *Output) {
	primary := Primary(o.req.Key, p.up)
	if primary.IsZero() {
		p.pause(o, o.lost, out)
		return
	}
	o.turn = true
	o.round = p.tick(0)
	o.resends = 0
	p.round[o.round] = o
	p.send([]NodeID{primary}, TurnRequest{Key: o.req.Key, Op: uint64(o.id)}, out)
	out.Timers = append(out.Timers, Timer{Kind: TimerResend, Attempt: 1, Op: o.id, Round: o.round})
}

// resendTurn asks again, and after three times goes on without.
func (p *Proposer) resendTurn(o *op, t Timer, out *Output) {
	primary := Primary(o.req.Key, p.up)
	if o.resends++; o.resends > 3 || primary.IsZero() {
		p.unask(o)
		p.pause(o, o.lost, out)
		return
	}
	p.send([]NodeID{primary}, TurnRequest{Key: o.req.Key, Op: uint64(o.id)}, out)
	t.Attempt++
	out.Timers = append(out.Timers, t)
}

// turnRequest puts a request in line, once, and gives the first its turn.
func (p *Proposer) turnRequest(from NodeID, m TurnRequest, out *Output) {
	w := turn{from, m.Op}
	ts := p.turns[m.Key]
	if ts == nil {
		ts = &turns{}
		p.turns[m.Key] = ts
	}
	for i, x := range ts.waiting {
		if x == w {
			if i == 0 {
				p.grant(m.Key, w, out) // the grant was lost
			}
			return
		}
	}
	ts.waiting = append(ts.waiting, w)
	if len(ts.waiting) == 1 {
		p.giveTurn(m.Key, ts, out)
	}
}

func (p *Proposer) grant(key Key, w turn, out *Output) {
	p.send([]NodeID{w.node}, TurnGrant{Key: key, Op: w.op}, out)
}

func (p *Proposer) giveTurn(key Key, ts *turns, out *Output) {
	ts.serial = p.tick(0)
	p.grant(key, ts.waiting[0], out)
	out.Timers = append(out.Timers, Timer{Kind: TimerTurn, Attempt: 1, Key: key, Round: ts.serial})
}

// turnGrant starts the round that waited for it.
func (p *Proposer) turnGrant(now int64, from NodeID, m TurnGrant, out *Output) {
	o := p.ops[OpID(m.Op)]
	if o == nil || !o.turn || o.req.Key != m.Key {
		p.send([]NodeID{from}, TurnDone(m), out)
		return
	}
	if o.phase == waiting && o.holds && !o.granted {
		o.granted = true
		p.unask(o)
		p.prepare(o, out)
	}
}

// giveBackTurn tells the primary that an operation is over.
func (p *Proposer) giveBackTurn(o *op, out *Output) {
	if primary := Primary(o.req.Key, p.up); o.turn && !primary.IsZero() {
		p.send([]NodeID{primary}, TurnDone{Key: o.req.Key, Op: uint64(o.id)}, out)
	}
}

// turnDone takes a request out of the line, wherever it stands.
func (p *Proposer) turnDone(from NodeID, m TurnDone, out *Output) {
	ts := p.turns[m.Key]
	if ts == nil {
		return
	}
	for i, w := range ts.waiting {
		if w == (turn{from, m.Op}) {
			p.endTurn(m.Key, ts, i, out)
			return
		}
	}
}

// turnExpired takes the turn from a holder that kept it too long.
func (p *Proposer) turnExpired(t Timer, out *Output) {
	if ts := p.turns[t.Key]; ts != nil && ts.serial == t.Round {
		p.endTurn(t.Key, ts, 0, out)
	}
}

func (p *Proposer) endTurn(key Key, ts *turns, i int, out *Output) {
	ts.waiting = append(ts.waiting[:i], ts.waiting[i+1:]...)
	switch {
	case len(ts.waiting) == 0:
		delete(p.turns, key)
	case i == 0:
		p.giveTurn(key, ts, out)
	}
}
