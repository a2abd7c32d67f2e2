package paxos

// PeerView is what a member knows of another node.
type PeerView struct {
	// Name is the node's; ID its present or last life, zero where it never told.
	Name      string
	ID        NodeID
	Connected bool
}

// Peers lists the nodes that were ever connected, by name.
func (m *Member) Peers() []PeerView {
	views := make([]PeerView, 0, len(m.names))
	for _, name := range m.names {
		p := m.peers[name]
		views = append(views, PeerView{Name: name, ID: p.id, Connected: p.connected})
	}
	return views
}

// Target is the size that a resize is after, 0 if none.
func (m *Member) Target() int { return m.target }

// Merging says how many slots of state were taken over, and how many there are to
// take over before this node votes; 0 of 0 where it owes none.
func (m *Member) Merging() (read, slots int) {
	if m.merge == nil {
		return 0, 0
	}
	for _, s := range m.merge.sources {
		read += s.progress()
	}
	slots = m.merge.need * Slots
	return min(read, slots), slots
}

// Unmerged lists the members that have not merged what they owe, as far as this
// node knows. While there is one the size stays as it is.
func (m *Member) Unmerged() []NodeID {
	var ns []NodeID
	for _, s := range m.cfg.Seats {
		if !m.mayVote(s.Node) {
			ns = append(ns, s.Node)
		}
	}
	return ns
}
