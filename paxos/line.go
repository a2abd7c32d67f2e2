package paxos

import (
	"cmp"
	"maps"
	"slices"
)

// enter puts an operation in the line of its key, and starts its first round
// when it is the only one there.
func (p *Proposer) enter(now int64, o *op, out *Output) {
	p.unask(o)
	o.phase = waiting
	l := p.lines[o.req.Key]
	if l == nil {
		l = &line{}
		p.lines[o.req.Key] = l
	}
	l.ops = append(l.ops, o)
	p.noteBehind(o, 1)
	if len(l.ops) == 1 {
		p.hold(o, out)
	}
}

// startFirst starts the first in a line, unless it runs; an empty line ends.
func (p *Proposer) startFirst(key Key, l *line, out *Output) {
	switch {
	case len(l.ops) == 0:
		delete(p.lines, key)
	case !l.ops[0].holds:
		p.hold(l.ops[0], out)
	}
}

// hold lets the first in a line run rounds.
func (p *Proposer) hold(o *op, out *Output) {
	p.noteBehind(o, -1)
	o.holds = true
	p.prepare(o, out)
}

// noteBehind counts an operation in or out of those that wait in a line.
func (p *Proposer) noteBehind(o *op, n int) {
	if o.id < ownOp && !o.holds {
		p.behind += n
	}
}

func (p *Proposer) inLine(o *op) bool {
	l := p.lines[o.req.Key]
	return l != nil && slices.Contains(l.ops, o)
}

// sorted lists the operations by id: outputs must not depend on the order of a
// map.
func (p *Proposer) sorted() []*op {
	return slices.SortedFunc(maps.Values(p.ops), func(a, b *op) int { return cmp.Compare(a.id, b.id) })
}
