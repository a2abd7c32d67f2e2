package explore

import (
	"fmt"
	"slices"
	"strings"

	"github.com/paxoskv/paxoskv/paxos"
)

// gathering holds the ways to go on, those of one effect together.
type gathering struct {
	m       *rounds
	h       heard
	classes map[string]*outcome
	talks   map[string]map[string]talk
	order   []string
}

// run plays one talk and notes what the proposer does.
func (c *gathering) run(t talk) {
	d := c.m.play(t)
	ask, asked, inspecting := d.inspects()
	_, sent := d.accept()
	if inspecting && !sent && len(d.out.Results) == 0 {
		c.inspect(t, ask, asked)
		return
	}
	c.note(t, d)
}

// inspect goes on after the question about guards.
func (c *gathering) inspect(t talk, ask paxos.Inspect, asked []int) {
	answered := func(s paxos.GuardState) talk {
		return t.with(word{asked[0], paxos.Inspected{Key: key, Round: ask.Round, Guard: s}})
	}
	quiet := t.with(word{})
	switch {
	case !c.m.run.Guards:
		for s := paxos.Holds; s <= paxos.Gone; s++ {
			c.note(answered(s), c.m.play(answered(s)))
		}
		c.note(quiet, c.m.play(quiet))
	case c.h.guard == 0:
		from := 0
		for _, w := range t.heard {
			from |= 1 << w.from
		}
		c.outcome(fmt.Sprintf("inspect %d", from), outcome{prop: inspecting, from: from})
	case c.h.guard == silence:
		c.note(quiet, c.m.play(quiet))
	default:
		s := answered(paxos.GuardState(c.h.guard - 1))
		c.note(s, c.m.play(s))
	}
}

// note files what came of a talk.
func (c *gathering) note(t talk, d *driver) {
	if a, ok := d.accept(); ok {
		entry := c.m.acc.entry(a.Entry)
		o := outcome{violation: c.m.lawful(t, a)}
		if o.violation == "" {
			o.violation, o.erases = c.m.erasure(t, a.Entry)
		}
		at := fmt.Sprintf("accept %d %d %s", entry, o.erases, o.violation)
		c.outcome(at, o)
		kind := fmt.Sprintf("%c %s", t.kind, c.m.verdict(t))
		if c.talks == nil {
			c.talks = make(map[string]map[string]talk)
		}
		if c.talks[at] == nil {
			c.talks[at] = make(map[string]talk)
		}
		if _, ok := c.talks[at][kind]; !ok {
			c.talks[at][kind] = t
		}
		return
	}
	if r, ok := d.result(); ok {
		denies := t.kind == 'r' && r.Kind == paxos.Found && !r.Mine
		o := c.outcome(fmt.Sprintf("end %v", denies), outcome{prop: ended, denies: denies})
		a := answer{t.kind, r}
		if !slices.ContainsFunc(o.answers, func(x answer) bool { return x.String() == a.String() }) {
			o.answers = append(o.answers, a)
		}
	}
}

func (c *gathering) outcome(at string, o outcome) *outcome {
	if have, ok := c.classes[at]; ok {
		return have
	}
	c.order = append(c.order, at)
	c.classes[at] = &o
	return &o
}

// outcomes lists what was found, with the classes numbered.
func (c *gathering) outcomes() []outcome {
	var all []outcome
	for _, at := range c.order {
		o := c.classes[at]
		if talks := c.talks[at]; talks != nil {
			o.prop = c.m.class(talks)
		}
		all = append(all, *o)
	}
	return all
}

// class numbers the proposers that ask for the same votes and answer the same.
func (m *rounds) class(talks map[string]talk) int {
	kinds := make([]string, 0, len(talks))
	for k := range talks {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	cl := &class{}
	for _, k := range kinds {
		a, _ := m.play(talks[k]).accept()
		cl.entry = m.acc.entry(a.Entry)
		cl.talks = append(cl.talks, talks[k])
	}
	b, epoch := cl.talks[0].b, cl.talks[0].cfg.Epoch
	return firstClass + m.classes.id(fmt.Sprintf("%d %d %d %s", b, epoch, cl.entry, strings.Join(kinds, ",")), cl)
}

// verdict is what the proposer of a talk answers after the votes of a quorum;
// with less it must not answer.
func (m *rounds) verdict(t talk) string {
	var votes []word
	for _, n := range t.cfg.Members() {
		if len(votes) < t.cfg.Size/2+1 {
			votes = append(votes, vote(t.b, indexOf(n)))
		}
	}
	if _, early := m.play(t.with(votes[1:]...)).result(); early {
		return "answers without a quorum"
	}
	r, ok := m.play(t.with(votes...)).result()
	if !ok {
		return "goes on"
	}
	return answer{t.kind, r}.String()
}

func vote(b, from int) word { return word{from, paxos.Accepted{Key: key, Ballot: ballot(b)}} }
