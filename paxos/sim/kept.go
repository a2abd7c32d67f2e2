package sim

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// checkKept demands that the writes of a life, loaded into a new replica, make
// what the life holds: no change went by without its write.
func (l *life) checkKept() {
	r := paxos.NewReplica(l.id, l.creation, 1, 1, timing)
	for _, w := range l.writes {
		r.Load(w)
	}
	is, kept := slices.Collect(l.r.State), slices.Collect(r.State)
	if !same(is, kept) {
		l.w.fail("a change without its write", "%s holds %s, its writes make %s", l.id, show(is), show(kept))
	}
}

// same is fast because most of what is equal here is the same pointer.
func same(a, b []paxos.Write) bool { return reflect.DeepEqual(a, b) }

// show is what a replica must not forget, as text.
func show(ws []paxos.Write) string {
	s := ""
	for _, w := range ws {
		switch w.Kind {
		case paxos.WriteMember:
			m := w.Member
			s += fmt.Sprintf("%s former %d done %d", showConfig(m.Config), m.Config.Former, m.Done)
			for _, b := range []paxos.BallotBox{m.Next, m.Founding} {
				s += fmt.Sprintf(" box %s %s", b.Promised, b.Vote.Ballot)
				if b.Vote.Config != nil {
					s += fmt.Sprintf(" %s %t", showConfig(b.Vote.Config), b.Vote.Recovery)
				}
			}
		case paxos.WriteSlot:
			s += fmt.Sprintf("; slot %d floor %s collected %s", w.Slot.Slot, w.Slot.Floor, w.Slot.Collected)
		case paxos.WriteRecord:
			k := w.Record
			s += fmt.Sprintf("; %s promised %s holds %s at %s", k.Key, k.Promised, k.Held.Entry, k.Held.Ballot)
			s += fmt.Sprintf(" epoch %d own %t", k.Held.Epoch, k.Held.Own)
		}
	}
	return s
}
