package paxos

import (
	"fmt"
	"slices"
)

// step is what a node wants of the next configuration, as a function of the
// present one, so that it can be looked at again with what a quorum sees.
type step struct {
	// name tells one wish from another, to measure how long it stands.
	name string
	kind stepKind
	// old leaves its seat, new takes it.
	old, new NodeID
	// kept and others are the two sorts of seat holders of a recovery.
	kept, others []NodeID
	// patience is how long the wish must stand before it is acted upon.
	patience int64
}

type stepKind uint8

const (
	stepFound stepKind = iota + 1
	stepAdd
	stepRestarted // old restarted under its name, as new
	stepGone      // old is disconnected, new waits
	stepGrow
	stepShrink
	stepRecover
	stepRefound
)

// want is the step that this node would propose now. Seats are mended before
// the size is changed.
func (m *Member) want() (step, bool) {
	if m.cfg.Epoch == 0 {
		return m.wantFound()
	}
	for _, f := range []func() (step, bool){m.wantRecovery, m.wantRestarted, m.wantAdd, m.wantGone, m.wantSize} {
		if s, ok := f(); ok {
			return s, true
		}
	}
	return step{}, false
}

// wantFound: a quorum of fresh nodes found a cluster, a while after the last of
// them came, and sooner when all seats can be taken. The pause lets nodes that
// start together see the same others, so that they found one cluster.
func (m *Member) wantFound() (step, bool) {
	nodes := m.freshNodes()
	if len(nodes) < Quorum(m.size) {
		return step{}, false
	}
	s := step{name: fmt.Sprint("found ", nodes), kind: stepFound, others: nodes, patience: m.timing.Found}
	if len(nodes) >= m.size {
		s.patience = m.timing.Settle
	}
	return s, true
}

// freshNodes lists this node and those connected that have no cluster either.
func (m *Member) freshNodes() []NodeID {
	nodes := m.Nodes()
	nodes = slices.DeleteFunc(nodes, func(n NodeID) bool {
		return n != m.self && m.peers[n.Name].hello.Config.Epoch > 0
	})
	slices.SortFunc(nodes, NodeID.Compare)
	return nodes
}

// waitingNodes lists the connected nodes without a seat that could take one.
func (m *Member) waitingNodes() []NodeID {
	var w []NodeID
	for _, n := range m.Nodes() {
		if m.cfg.Has(n) {
			continue
		}
		if n == m.self || m.joins(m.peers[n.Name].hello.Config.Cluster) {
			w = append(w, n)
		}
	}
	slices.SortFunc(w, NodeID.Compare)
	return w
}

func (m *Member) joins(c ClusterID) bool { return c == 0 || c == m.cfg.Cluster }

// wantRestarted: the holder of a seat runs again under its name, as a new
// identity, so the old one is gone for good.
func (m *Member) wantRestarted() (step, bool) {
	for _, n := range m.waitingNodes() {
		for _, s := range m.cfg.Seats {
			if s.Node.Name == n.Name && s.Node.Incarnation < n.Incarnation {
				return step{name: "restarted " + n.String(), kind: stepRestarted, old: s.Node, new: n}, true
			}
		}
	}
	return step{}, false
}

// wantAdd: a seat is free and a node waits.
func (m *Member) wantAdd() (step, bool) {
	w := m.waitingNodes()
	if len(w) == 0 || len(m.cfg.Seats) >= m.cfg.Size {
		return step{}, false
	}
	return step{name: "add " + w[0].String(), kind: stepAdd, new: w[0]}, true
}

// wantGone: a seat's holder is disconnected and a node waits.
func (m *Member) wantGone() (step, bool) {
	w := m.waitingNodes()
	for _, s := range m.cfg.Seats {
		if len(w) > 0 && !m.present(s.Node) {
			return step{name: "gone " + s.Node.String(), kind: stepGone, old: s.Node, new: w[0],
				patience: m.timing.Replace}, true
		}
	}
	return step{}, false
}

// wantSize: a resize is under way.
func (m *Member) wantSize() (step, bool) {
	if m.target == 0 || m.target == m.cfg.Size {
		return step{}, false
	}
	if m.target > m.cfg.Size {
		return step{name: fmt.Sprint("grow ", m.cfg.Epoch), kind: stepGrow}, m.refuseGrow() == ""
	}
	leaver, refused := m.leaver()
	return step{name: fmt.Sprint("shrink ", m.cfg.Epoch), kind: stepShrink, old: leaver}, refused == ""
}

// refuseGrow says why the cluster cannot grow now, or nothing.
func (m *Member) refuseGrow() string {
	if need := Quorum(m.cfg.Size + 1); len(m.cfg.Seats) < need {
		return fmt.Sprintf("size %d needs %d members, and there are %d", m.cfg.Size+1, need, len(m.cfg.Seats))
	}
	return ""
}

// leaver is the member that leaves in a shrink, zero where a seat is free; or
// why the cluster cannot shrink now.
func (m *Member) leaver() (NodeID, string) {
	switch {
	case m.cfg.Size <= 2:
		return NodeID{}, fmt.Sprintf("size %d cannot be voted: a quorum of size %d would have to lose a member",
			m.cfg.Size-1, m.cfg.Size)
	case len(m.cfg.Seats) < m.cfg.Size:
		return NodeID{}, ""
	}
	for _, s := range m.cfg.Seats {
		if !m.present(s.Node) {
			return s.Node, ""
		}
	}
	return NodeID{}, "every seat is taken by a connected node: stop one first"
}
