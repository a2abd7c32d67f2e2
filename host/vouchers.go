package host

import (
	"time"

	"github.com/paxoskv/paxoskv/paxos"
)

// vouchers are the members that vouch for the nodes of some guards.
type vouchers struct {
	guards []paxos.Guard
	// whole asks for a quorum, also where fewer could keep the entries: of what is
	// not on this node only the others know what becomes of it.
	whole  bool
	owners map[*owner]struct{}
	// until is how long each member vouches; suspects are those that do not.
	until    map[paxos.NodeID]time.Time
	suspects map[paxos.NodeID]bool
}

// owner is one who is to be told when too few vouch.
type owner struct {
	// since is when it came: members that were not asked before are given a while
	// from then on.
	since time.Time
	cut   func() // called once
	group string
}

// nodesOf are the guards by whose nodes an entry is lost with a connection, each
// as a guard of its node: as it runs now, where that is not said.
func (h *Host) nodesOf(guards []paxos.Guard) (nodes []paxos.Guard, whole bool) {
	seen := make(map[paxos.Guard]bool)
	for _, g := range guards {
		switch g.Kind {
		case paxos.GuardPID, paxos.GuardNode:
			n := paxos.Guard{Kind: paxos.GuardNode, Node: g.Node, Creation: g.Creation}
			if n.Creation == 0 {
				n.Creation = h.Creation(h.name)
			}
			whole = whole || g.Node != h.name
			if !seen[n] {
				seen[n] = true
				nodes = append(nodes, n)
			}
		case paxos.GuardKey:
			whole = true
		}
	}
	return nodes, whole
}

// connectedTo says whether this node is connected to the nodes of guards.
func (h *Host) connectedTo(guards []paxos.Guard) bool {
	for _, g := range guards {
		if h.Creation(g.Node) != g.Creation {
			return false
		}
	}
	return true
}

// count is how many members vouch now, this node included where self says so.
func (g *vouchers) count(me paxos.NodeID, up []paxos.NodeID, self bool, grace time.Time) (n int) {
	now := time.Now()
	for _, m := range up {
		switch {
		case m == me:
			if self {
				n++
			}
		case g.suspects[m]:
		case now.Before(g.until[m]), now.Before(grace):
			n++
		}
	}
	return n
}
