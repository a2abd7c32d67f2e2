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
	// until is how long each member vouches; suspects are those that do not; met is
	// when each was first counted on: it is given a while to answer.
	until    map[paxos.NodeID]time.Time
	suspects map[paxos.NodeID]bool
	met      map[paxos.NodeID]time.Time
}

// owner is one who is to be told when too few vouch.
type owner struct {
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

func newVouchers(guards []paxos.Guard, whole bool) *vouchers {
	return &vouchers{guards: guards, whole: whole, owners: make(map[*owner]struct{}),
		until: make(map[paxos.NodeID]time.Time), suspects: make(map[paxos.NodeID]bool), met: make(map[paxos.NodeID]time.Time)}
}

// count is how many members vouch at a time, this node included where self says
// so. One that was never counted on before, since it came to its seat just now, has
// until grace is over to say.
func (g *vouchers) count(me paxos.NodeID, up []paxos.NodeID, self bool, now time.Time, grace time.Duration) (n int) {
	for _, m := range up {
		if _, known := g.met[m]; !known {
			g.met[m] = now
		}
		switch {
		case m == me:
			if self {
				n++
			}
		case g.suspects[m]:
		case now.Before(g.until[m]), now.Before(g.met[m].Add(grace)):
			n++
		}
	}
	return n
}
