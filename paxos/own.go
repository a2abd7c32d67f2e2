package paxos

// ownMost bounds the operations of a proposer's own that are under way. Without a
// bound, ten thousand keys whose guards go at once are ten thousand questions at
// once, three times over: the answers come when those who asked have given up,
// and what is then asked anew fares no better.
const ownMost = 256

// ownOps are the operations that nobody waits for: they erase what is down and
// collect tombstones.
type ownOps struct {
	// known are those under way, those that wait for others to end, and those that
	// wait for a timer.
	known   map[ownRequest]struct{}
	waiting []Request
	running int
	// next is where their ids come from: they have the top bit set, the caller's
	// have not.
	next OpID
}

// ownRequest tells them apart.
type ownRequest struct {
	kind Kind
	key  Key
	rev  Rev
}

func (r *Request) own() ownRequest { return ownRequest{r.Kind, r.Key, r.Rev} }

const ownOp OpID = 1 << 63

// note adds an operation and says whether it is new.
func (w *ownOps) note(r Request) bool {
	if _, known := w.known[r.own()]; known {
		return false
	}
	w.known[r.own()] = struct{}{}
	return true
}

// Erase begins the erasure of an entry that this node found down: at once where
// it is the key's primary, after a pause elsewhere, so that one round does.
func (p *Proposer) Erase(now int64, e Erasure, out *Output) {
	r := Request{Kind: Erase, Key: e.Key, Rev: e.Rev}
	switch {
	case p.primary(e.Key):
		p.startOwn(now, r, out)
	case p.own.note(r):
		out.Timers = append(out.Timers, Timer{Kind: TimerErase, Key: e.Key, Rev: e.Rev})
	}
}

// eraseNow begins what Erase had wait.
func (p *Proposer) eraseNow(now int64, t Timer, out *Output) {
	r := Request{Kind: Erase, Key: t.Key, Rev: t.Rev}
	delete(p.own.known, r.own())
	p.startOwn(now, r, out)
}

// Forget takes a TimerErase back in place of Fire, where this node's acceptor does
// not hold the entry any more: another has erased it.
func (p *Proposer) Forget(t Timer) {
	r := Request{Kind: Erase, Key: t.Key, Rev: t.Rev}
	delete(p.own.known, r.own())
}

// Collect begins the collecting of a tombstone, after a pause, where this node
// is the key's primary; elsewhere it does nothing.
func (p *Proposer) Collect(key Key, out *Output) {
	if p.primary(key) {
		out.Timers = append(out.Timers, Timer{Kind: TimerCollect, Attempt: 1, Key: key})
	}
}

// CollectHeld is Collect for a tombstone that a sweep finds still held by this
// node. Other nodes than the primary do it too, after a longer pause (Attempt is
// 2), because the primary may not know of the tombstone, or may have collected
// it where this node did not hear of that.
func (p *Proposer) CollectHeld(key Key, out *Output) {
	attempt := 1
	if !p.primary(key) {
		attempt = 2
	}
	out.Timers = append(out.Timers, Timer{Kind: TimerCollect, Attempt: attempt, Key: key})
}

// startOwn starts an operation that nobody waits for, now or when others have
// ended, unless the same is known already.
func (p *Proposer) startOwn(now int64, r Request, out *Output) {
	if !p.own.note(r) {
		return
	}
	if p.own.running >= ownMost {
		p.own.waiting = append(p.own.waiting, r)
		return
	}
	p.runOwn(now, r, out)
}

func (p *Proposer) runOwn(now int64, r Request, out *Output) {
	p.own.running++
	p.own.next++
	p.Start(now, p.own.next, r, out)
}

// endOwn takes note that one has ended, and starts the next.
func (p *Proposer) endOwn(now int64, o *op, out *Output) {
	delete(p.own.known, o.req.own())
	p.own.running--
	if len(p.own.waiting) > 0 {
		r := p.own.waiting[0]
		p.own.waiting = p.own.waiting[1:]
		p.runOwn(now, r, out)
	}
}
