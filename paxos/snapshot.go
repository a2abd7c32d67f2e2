package paxos

import (
	"cmp"
	"maps"
	"slices"
)

// Snapshot is all that an acceptor holds in one slot, and what it knows of
// guards. Two acceptors of equal snapshots answer every message about a key of
// the slot alike.
type Snapshot struct {
	State SlotState
	// Gone are the watched guards that ended for good, ordered.
	Gone []Guard
	// Nodes holds the creation of each connected node.
	Nodes map[string]uint32
}

// Snapshot reads one slot. What it returns shares nothing with a that a step
// would change.
func (a *Acceptor) Snapshot(slot int) Snapshot {
	s := Snapshot{State: a.State(slot), Nodes: maps.Clone(a.guards.nodes)}
	for g, w := range a.guards.watched.all() {
		if w.gone {
			s.Gone = append(s.Gone, g)
		}
	}
	slices.SortFunc(s.Gone, func(x, y Guard) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Subject, y.Subject),
			cmp.Compare(x.Node, y.Node), cmp.Compare(x.Creation, y.Creation),
			x.Rev.Compare(y.Rev), cmp.Compare(x.Deadline, y.Deadline))
	})
	return s
}

// Restore makes a hold what s says and nothing else in that slot. It is for an
// acceptor that holds nothing in any other slot, such as a new one.
func (a *Acceptor) Restore(s Snapshot) {
	var out Output
	clear(a.stones)
	a.guards = newGuards(a.self.Name)
	maps.Copy(a.guards.nodes, s.Nodes)
	a.slots[s.State.Slot] = newSlot(s.State.Floor, s.State.Collected)
	for _, kr := range s.State.Records {
		a.apply(Write{Kind: WriteRecord, Record: kr}, &out)
	}
	for _, g := range s.Gone {
		if w := a.guards.watched.get(g); w != nil {
			w.gone = true
		}
	}
}

// ReplicaSnapshot is what a replica holds of a slot, and where it stands in the
// chain of configurations: all that decides how it answers messages about keys
// of the slot, merges and configurations that were chosen.
type ReplicaSnapshot struct {
	Keys Snapshot
	MemberState
	// Need is how many of the sources are to be read for the duty under way, and
	// Read those that were, ordered.
	Need int
	Read []NodeID

	merge *merge
}

// Snapshot reads one slot, and what the replica knows as a member. What is known
// of peers is left out.
func (r *Replica) Snapshot(slot int) ReplicaSnapshot {
	m := r.Member
	s := ReplicaSnapshot{Keys: r.Acceptor.Snapshot(slot), MemberState: m.state()}
	if m.merge != nil {
		s.merge = m.merge.clone()
		s.Need = m.merge.need
		for _, src := range m.merge.sources {
			if src.read() {
				s.Read = append(s.Read, src.node)
			}
		}
		slices.SortFunc(s.Read, NodeID.Compare)
	}
	return s
}

// Restore makes r, which holds nothing in other slots and has no peers, stand
// where s says.
func (r *Replica) Restore(s ReplicaSnapshot) {
	m := r.Member
	r.Acceptor.Restore(s.Keys)
	m.load(s.MemberState)
	if s.merge != nil {
		m.merge = s.merge.clone()
	}
}

func (g *merge) clone() *merge {
	c := *g
	c.sources = nil
	for _, s := range g.sources {
		d := *s
		d.lanes = slices.Clone(s.lanes)
		c.sources = append(c.sources, &d)
	}
	return &c
}

// Add is the configuration after c in which n has a free seat.
func (c *Config) Add(n NodeID) Config { return c.add(n) }

// Replace is the one in which n has the seat of old.
func (c *Config) Replace(old, n NodeID) Config { return c.replace(old, n) }

// Grow is the one with another seat, free.
func (c *Config) Grow() Config { return c.grow() }

// Shrink is the one without the seat of leaver, or without a free one where
// leaver is zero.
func (c *Config) Shrink(leaver NodeID) Config { return c.shrink(leaver) }
