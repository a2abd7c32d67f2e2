package paxos

import (
	"cmp"
	"slices"
)

// merge is the taking over of state that a member owes before it votes. A new
// epoch starts it afresh.
type merge struct {
	// need of the sources, besides this node itself, must be read to the end.
	need    int
	sources []*source
	// voters says that a source must be allowed to vote itself.
	voters bool
}

// source is a member that state is read from, in several lanes at once, so that
// the next pieces are under way while one is taken in. It keeps its places while
// it is away: what it held was held in this epoch whenever it was read.
type source struct {
	node  NodeID
	lanes []lane
	// tries counts how often it was asked again since it answered last.
	tries int
}

// lane is a range of slots, read piece by piece.
type lane struct {
	next  Place
	until int
	// asked says that the piece at next was asked for, at since as far as that is
	// known: 0 until the Tick after.
	asked bool
	since int64
}

// startMerge begins what this node owes in the epoch that it just adopted.
//
// In the epoch of a reset: Need of the Sources, itself counted, whether they
// may vote or not, since what they hold is from before the reset. Otherwise, for
// a seat taken over (and for a reset that the next epoch has overtaken):
// |members| - Q + 1 others that may vote themselves, numbers of the present
// configuration. Any quorum then shares a member with those merged.
func (m *Member) startMerge(out *Output) {
	duty := m.cfg.Duty(m.self)
	if duty <= m.done {
		return
	}
	g := &merge{}
	sources := m.cfg.Reset.Sources
	if duty == m.cfg.Epoch && duty == m.cfg.Reset.Epoch {
		g.need = m.cfg.Reset.Need
		if slices.Contains(sources, m.self) {
			g.need--
		}
	} else {
		sources = m.cfg.Members()
		g.need = len(m.cfg.Seats) - m.cfg.Quorum() + 1
		g.voters = true
	}
	for _, n := range sources {
		if n != m.self {
			g.sources = append(g.sources, newSource(n, m.timing.Lanes))
		}
	}
	m.merge = g
	if !m.endMerge(out) {
		m.askMerge(0, out)
	}
}

func newSource(n NodeID, lanes int) *source {
	s := &source{node: n, lanes: make([]lane, lanes)}
	for i := range s.lanes {
		s.lanes[i] = lane{next: Place{Slot: i * Slots / lanes}, until: (i + 1) * Slots / lanes}
	}
	return s
}

func (l *lane) read() bool { return l.next.Slot == l.until }

// read says whether the source was read to the end, in every lane.
func (s *source) read() bool {
	return !slices.ContainsFunc(s.lanes, func(l lane) bool { return !l.read() })
}

// progress is how many slots of the source were read.
func (s *source) progress() int {
	n := Slots
	for _, l := range s.lanes {
		n -= l.until - l.next.Slot
	}
	return n
}

// toAsk picks as many sources as are still needed, of those that are there and
// do: those that answer, and of them the ones that most was read of. So one that
// goes away or falls silent has another in its place.
func (m *Member) toAsk() []*source {
	g, left := m.merge, m.merge.need
	var open []*source
	for _, s := range g.sources {
		switch {
		case s.read():
			left--
		case m.connected(s.node) && (!g.voters || m.mayVote(s.node)):
			open = append(open, s)
		}
	}
	slices.SortStableFunc(open, func(a, b *source) int {
		return cmp.Or(cmp.Compare(a.tries, b.tries), cmp.Compare(b.progress(), a.progress()))
	})
	return open[:min(left, len(open))]
}

// askMerge asks sources for what comes next, and again for what did not come in
// time, since questions and answers may be lost. The longer a source is silent,
// the longer it gets: it may be behind a slow link.
func (m *Member) askMerge(now int64, out *Output) {
	for _, s := range m.toAsk() {
		patience, again := m.timing.Round<<min(s.tries, 3), false
		for i := range s.lanes {
			switch l := &s.lanes[i]; {
			case l.read():
			case !l.asked:
				m.askLane(s, l, out)
			case l.since == 0:
				l.since = now
			case now-l.since >= patience:
				again = true
				m.askLane(s, l, out)
			}
		}
		if again {
			s.tries++
		}
	}
}

func (m *Member) askLane(s *source, l *lane, out *Output) {
	l.asked, l.since = true, 0
	m.send(s.node, MergeRequest{From: l.next, Until: l.until}, out)
}

// mergeRequest answers with a piece of the state, which is read at one moment:
// each key is as it was at a moment after this node adopted the epoch. A piece is
// bounded, so that this node soon goes on with what else it is asked.
func (m *Member) mergeRequest(from NodeID, q MergeRequest, out *Output) {
	if !m.cfg.Has(m.self) || q.From.Slot < 0 || q.From.Slot >= q.Until || q.Until > Slots {
		return
	}
	states, next := m.keys.piece(q.From, q.Until, m.timing.Piece)
	m.send(from, MergeState{From: q.From, Next: next, Voting: m.Voting(), States: states}, out)
}

// mergeState takes the next piece of a source.
func (m *Member) mergeState(from NodeID, p MergeState, out *Output) {
	g := m.merge
	if g == nil {
		return
	}
	s, l := g.lane(from, p)
	if l == nil {
		return // not what was asked for, or it came twice
	}
	if g.voters && !p.Voting {
		return // what it holds may lack what was chosen: asked again later
	}
	for _, st := range p.States {
		m.keys.Merge(m.cfg.Epoch, st, out)
	}
	s.tries = 0
	if l.next = p.Next; !l.read() {
		m.askLane(s, l, out)
		return
	}
	m.endMerge(out)
}

// lane finds the lane whose next piece p is, nil where there is none.
func (g *merge) lane(from NodeID, p MergeState) (*source, *lane) {
	for _, s := range g.sources {
		for i := range s.lanes {
			l := &s.lanes[i]
			if s.node == from && !l.read() && l.next == p.From &&
				p.From.Compare(p.Next) < 0 && p.Next.Compare(Place{Slot: l.until}) <= 0 {
				return s, l
			}
		}
	}
	return nil, nil
}

// endMerge ends the duty once enough sources were read.
func (m *Member) endMerge(out *Output) bool {
	read := 0
	for _, s := range m.merge.sources {
		if s.read() {
			read++
		}
	}
	if read < m.merge.need {
		return false
	}
	m.done = m.cfg.Duty(m.self)
	m.merge = nil
	m.keep(out)
	m.greet(out)
	return true
}
