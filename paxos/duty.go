package paxos

import "slices"

// merge is the taking over of state that a member owes before it votes. A new
// epoch starts it afresh.
type merge struct {
	// need of the sources, besides this node itself, must be read to the end.
	need    int
	sources []NodeID
	// voters says that a source must be allowed to vote itself.
	voters bool
	// next is the first slot not yet read, for each source.
	next map[NodeID]int
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
	g := &merge{next: make(map[NodeID]int)}
	if duty == m.cfg.Epoch && duty == m.cfg.Reset.Epoch {
		g.sources = slices.Clone(m.cfg.Reset.Sources)
		g.need = m.cfg.Reset.Need
		if slices.Contains(g.sources, m.self) {
			g.need--
		}
	} else {
		g.sources = m.cfg.Members()
		g.need = len(m.cfg.Seats) - m.cfg.Quorum() + 1
		g.voters = true
	}
	g.sources = slices.DeleteFunc(g.sources, func(n NodeID) bool { return n == m.self })
	m.merge = g
	if !m.endMerge(out) {
		m.askMerge(out)
	}
}

// askMerge asks each source for what comes next; called again now and then,
// since questions and answers may be lost.
func (m *Member) askMerge(out *Output) {
	for _, n := range m.merge.sources {
		if next := m.merge.next[n]; next < Slots && m.connected(n) {
			m.send(n, MergeRequest{Slot: next}, out)
		}
	}
}

// mergeBytes is about how much state one answer carries.
const mergeBytes = 64 << 10

// mergeRequest answers with the slots from m.Slot on. Each slot is read at one
// moment, with its floor, so each key is as it was at a moment after this
// node adopted the epoch.
func (m *Member) mergeRequest(from NodeID, q MergeRequest, out *Output) {
	if !m.cfg.Has(m.self) || q.Slot < 0 || q.Slot >= Slots {
		return
	}
	s := MergeState{Slot: q.Slot, Next: q.Slot, Voting: m.Voting()}
	for bytes := 0; s.Next < Slots && bytes < mergeBytes; s.Next++ {
		if m.keys.slots[s.Next] == nil {
			continue
		}
		st := m.keys.State(s.Next)
		if len(st.Records) == 0 && st.Floor.IsZero() && st.Collected.IsZero() {
			continue
		}
		s.States = append(s.States, st)
		for _, r := range st.Records {
			bytes += 100 + len(r.Key)
			if r.Held.Entry != nil {
				bytes += len(r.Held.Entry.Value)
			}
		}
	}
	m.send(from, s, out)
}

// mergeState takes the next slots of a source.
func (m *Member) mergeState(from NodeID, s MergeState, out *Output) {
	g := m.merge
	if g == nil || !slices.Contains(g.sources, from) || g.next[from] != s.Slot || s.Next <= s.Slot || s.Next > Slots {
		return
	}
	if g.voters && !s.Voting {
		return // what it holds may lack what was chosen: asked again later
	}
	for _, st := range s.States {
		m.keys.Merge(m.cfg.Epoch, st, out)
	}
	g.next[from] = s.Next
	if s.Next < Slots {
		m.send(from, MergeRequest{Slot: s.Next}, out)
		return
	}
	m.endMerge(out)
}

// endMerge ends the duty once enough sources were read.
func (m *Member) endMerge(out *Output) bool {
	read := 0
	for _, n := range m.merge.sources {
		if m.merge.next[n] == Slots {
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
