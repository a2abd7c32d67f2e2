package paxos

// ask puts a question to the members named, under a new round number.
func (p *Proposer) ask(o *op, ph phase, round uint64, to []NodeID, m Body, out *Output) {
	p.unask(o)
	o.phase, o.round, o.asked, o.resends = ph, round, m, 0
	p.round[round] = o
	p.send(to, m, out)
	out.Timers = append(out.Timers, Timer{Kind: TimerResend, Attempt: 1, Op: o.id, Round: round})
}

// unask forgets the question of an operation: its answers are late from now on.
func (p *Proposer) unask(o *op) {
	delete(p.round, o.round)
	o.round = 0
}

func (p *Proposer) send(to []NodeID, m Body, out *Output) {
	for _, n := range to {
		out.Messages = append(out.Messages, Envelope{From: p.life, To: n,
			Cluster: p.cfg.Cluster, Epoch: p.cfg.Epoch, Body: m})
	}
}

// tick draws a counter above all that were used or seen.
func (p *Proposer) tick(above uint64) uint64 {
	p.counter = max(p.counter, above) + 1
	return p.counter
}

// query asks all members what they hold, without a promise.
func (p *Proposer) query(o *op, out *Output) {
	members := p.cfg.Members()
	o.answers = NewTally[Answer](members, p.cfg.Quorum())
	round := p.tick(0)
	p.ask(o, querying, round, members, Query{Key: o.req.Key, Round: round}, out)
}

// prepare opens a round at a new ballot: phase 1.
func (p *Proposer) prepare(o *op, out *Output) {
	if p.cfg.Epoch == 0 {
		o.phase = waiting
		return
	}
	members := p.cfg.Members()
	o.promises = NewTally[Promise](members, p.cfg.Quorum())
	o.inspected, o.accepts = nil, nil
	o.ballot = Ballot{Counter: p.tick(o.highest.Counter), Proposer: p.life}
	p.ask(o, preparing, o.ballot.Counter, members, Prepare{Key: o.req.Key, Ballot: o.ballot}, out)
}

// promised looks at the promises of a quorum: the members that do not hold the
// entry found are asked about its guards before the table is applied.
func (p *Proposer) promised(now int64, o *op, out *Output) {
	v := o.view(now, p.cfg.Quorum())
	if v.cur.Entry.Live() && len(v.cur.Entry.Guards) > 0 && !v.down {
		if s := o.strangers(v.cur.Entry); len(s) > 0 {
			o.inspected = NewTally[GuardState](s, len(s))
			round := p.tick(0)
			p.ask(o, inspecting, round, s,
				Inspect{Key: o.req.Key, Round: round, Guards: v.cur.Entry.Guards}, out)
			return
		}
	}
	p.apply(now, o, v, out)
}

// apply carries out the table.
func (p *Proposer) apply(now int64, o *op, v view, out *Output) {
	o.plan = decide(&o.req, o.ballot, v)
	if o.plan.propose == nil {
		p.conclude(now, o, out)
		return
	}
	if o.plan.propose.Rev == o.ballot && o.req.Kind == Put {
		o.req.Sent = append(o.req.Sent, o.ballot)
	}
	members := p.cfg.Members()
	o.accepts = NewTally[struct{}](members, p.cfg.Quorum())
	p.ask(o, accepting, o.ballot.Counter, members,
		Accept{Key: o.req.Key, Ballot: o.ballot, Entry: o.plan.propose}, out)
}

// chosen: a quorum accepted the ballot, so its entry is chosen.
func (p *Proposer) chosen(now int64, o *op, out *Output) {
	e := o.plan.propose
	p.send(p.cfg.Members(), Chosen{Key: o.req.Key, Ballot: o.ballot}, out)
	if e.Tombstone {
		out.Learned = append(out.Learned, Learned{Cluster: p.cfg.Cluster, Key: o.req.Key, Entry: e})
	}
	p.conclude(now, o, out)
}

// conclude gives the answer of the plan. A collect looks again at what every
// member holds now.
func (p *Proposer) conclude(now int64, o *op, out *Output) {
	if o.req.Kind == CollectTombstone && o.plan.propose != nil && o.collects < 3 {
		o.collects++
		p.query(o, out)
		return
	}
	p.finish(now, o, o.plan.result, out)
}

// lose ends a round that a higher ballot has won: again after a pause, and from
// the third on with a turn at the key's primary.
func (p *Proposer) lose(o *op, out *Output) {
	p.unask(o)
	o.phase = waiting
	o.lost++
	if o.lost >= 3 && !o.turn {
		p.askTurn(o, out)
		return
	}
	p.pause(o, o.lost, out)
}

// pause arms the timer that starts the next round.
func (p *Proposer) pause(o *op, attempt int, out *Output) {
	o.round = p.tick(0)
	p.round[o.round] = o
	out.Timers = append(out.Timers, Timer{Kind: TimerBackoff, Attempt: attempt, Op: o.id, Round: o.round})
}
