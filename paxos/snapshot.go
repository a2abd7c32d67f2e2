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
	for g, w := range a.guards.watched {
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
	a.records = make(map[Key]*record)
	a.guards = newGuards()
	maps.Copy(a.guards.nodes, s.Nodes)
	a.slots[s.State.Slot] = slot{floor: s.State.Floor, collected: s.State.Collected}
	for _, kr := range s.State.Records {
		r := a.record(kr.Key)
		r.promised, r.held = kr.Promised, kr.Held
		a.guards.hold(kr.Key, kr.Held.Entry, &out)
	}
	for _, g := range s.Gone {
		if w := a.guards.watched[g]; w != nil {
			w.gone = true
		}
	}
}
