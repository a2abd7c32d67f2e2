package paxos

// Step takes a message for the proposer. What is asked of a primary is asked of
// a member, whichever life it leads; an answer to an earlier life of this node is
// dropped.
func (p *Proposer) Step(now int64, env Envelope, out *Output) {
	switch m := env.Body.(type) {
	case TurnRequest:
		p.turnRequest(env.From, m, out)
	case TurnDone:
		p.turnDone(env.From, m, out)
	default:
		if env.To == p.life {
			p.answer(now, env, out)
		}
	}
}

// route finds the operation that waits for an answer: of this cluster and
// epoch, to the question of its round. All other answers are dropped here.
func (p *Proposer) route(env Envelope, round uint64, ph phase) *op {
	if env.Cluster != p.cfg.Cluster || env.Epoch != p.cfg.Epoch {
		return nil
	}
	o := p.round[round]
	if o == nil || o.phase != ph {
		return nil
	}
	return o
}

func (p *Proposer) answer(now int64, env Envelope, out *Output) {
	switch m := env.Body.(type) {
	case Answer:
		if o := p.route(env, m.Round, querying); o != nil && m.Key == o.req.Key {
			o.answers.Yes(env.From, m)
			p.answered(now, o, out)
		}
	case Promise:
		if o := p.route(env, m.Ballot.Counter, preparing); o != nil && m.Ballot == o.ballot {
			o.promises.Yes(env.From, m)
			if o.promises.Outcome() == Reached {
				p.promised(now, o, out)
			}
		}
	case Inspected:
		if o := p.route(env, m.Round, inspecting); o != nil {
			o.inspected.Yes(env.From, m.Guard)
			if o.inspected.Answered() {
				p.apply(now, o, o.view(now, p.cfg.Quorum()), out)
			}
		}
	case Accepted:
		if o := p.route(env, m.Ballot.Counter, accepting); o != nil && m.Ballot == o.ballot {
			o.accepts.Yes(env.From, struct{}{})
			if o.accepts.Outcome() == Reached {
				p.chosen(now, o, out)
			}
		}
	case Nack:
		p.nacked(env, m, out)
	case TurnGrant:
		p.turnGrant(now, env.From, m, out)
	}
}

// nacked counts a refusal. The round goes on while a quorum is still possible.
func (p *Proposer) nacked(env Envelope, m Nack, out *Output) {
	if o := p.route(env, m.Ballot.Counter, preparing); o != nil && m.Ballot == o.ballot {
		o.highest = maxBallot(o.highest, m.Promised)
		o.promises.No(env.From)
		if o.promises.Outcome() == Impossible {
			p.lose(o, out)
		}
	}
	// A prepare that came twice is refused because its own promise stands. While
	// preparing that promise may be lost, so it counts; the vote it does not touch.
	own := m.Promised == m.Ballot
	if o := p.route(env, m.Ballot.Counter, accepting); o != nil && m.Ballot == o.ballot && !own {
		o.highest = maxBallot(o.highest, m.Promised)
		o.accepts.No(env.From)
		if o.accepts.Outcome() == Impossible {
			p.lose(o, out)
		}
	}
}

// answered looks at the answers to a query so far.
func (p *Proposer) answered(now int64, o *op, out *Output) {
	if o.req.Kind == CollectTombstone {
		if o.answers.Answered() {
			p.collect(now, o, out)
		}
		return
	}
	r, e := read(now, p.cfg.Quorum(), o.answers)
	switch r {
	case readEntry:
		p.finish(now, o, answerRead(o, Result{Kind: Found, Entry: e}), out)
	case readNone:
		p.finish(now, o, answerRead(o, Result{Kind: NotFound, Entry: e, Floor: floorOf(o.answers)}), out)
	case readRound:
		p.enter(now, o, out)
	}
}

// answerRead gives an erase its own result: what it was after is gone, or holds.
func answerRead(o *op, r Result) Result {
	if o.req.Kind == Erase {
		return Result{Kind: Done}
	}
	return r
}

// collect has the tombstone deleted that every member holds at one ballot; where
// they hold it at several, it is accepted again at one first.
func (p *Proposer) collect(now int64, o *op, out *Output) {
	at, collectable, finish := collecting(p.cfg.Quorum(), o.answers)
	switch {
	case collectable:
		p.send(p.cfg.Members(), Collect{Key: o.req.Key, Ballot: at}, out)
	case finish && !o.holds:
		p.enter(now, o, out)
		return
	case finish && o.collects < 3:
		p.prepare(o, out)
		return
	}
	p.finish(now, o, Result{Kind: Done}, out)
}

// Fire gives a timer back.
func (p *Proposer) Fire(now int64, t Timer, out *Output) {
	switch t.Kind {
	case TimerErase:
		p.eraseNow(now, t, out)
	case TimerCollect:
		p.startOwn(now, Request{Kind: CollectTombstone, Key: t.Key}, out)
	case TimerTurn:
		p.turnExpired(t, out)
	default:
		if o := p.round[t.Round]; o != nil && o.id == t.Op {
			p.fire(now, o, t, out)
		}
	}
}

func (p *Proposer) fire(now int64, o *op, t Timer, out *Output) {
	switch {
	case t.Kind == TimerBackoff:
		p.prepare(o, out)
	case o.phase == waiting:
		p.resendTurn(o, t, out)
	case o.id >= ownOp && o.resends >= 3:
		p.finish(now, o, Result{Kind: Done}, out) // members are away: the sweep asks again
	case o.phase == querying && o.req.Kind != CollectTombstone && o.answers.Outcome() == Reached:
		p.enter(now, o, out) // a quorum answered and does not agree
	case o.phase == inspecting:
		p.apply(now, o, o.view(now, p.cfg.Quorum()), out) // silence is no suspicion
	case o.phase == preparing && o.promises.Refused(), o.phase == accepting && o.accepts.Refused():
		p.lose(o, out) // those that might still outvote the refusal are silent
	default:
		o.resends++
		p.send(o.silent(), o.asked, out)
		t.Attempt++
		out.Timers = append(out.Timers, t)
	}
}
