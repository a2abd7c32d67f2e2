// Package linkset keeps the links between the processes of two nodes, with the
// state that UNLINK_ID needs. It is pure: it says what is to be sent, its owner
// sends it.
//
// A pair is in one of three states: not linked; linked; or unlinked here while
// the peer has not yet said that it knows. In the last state exits and link
// requests of the peer are older than the unlink and are ignored.
package linkset

import "github.com/ergo-services/ergo/etf"

// Pair is a link between a process here and one of the peer.
type Pair struct{ Local, Remote etf.Pid }

type state struct {
	active bool
	unlink uint64 // the id that the peer has still to acknowledge, or 0
}

// Set is the links of one connection. It is not safe for concurrent use.
type Set struct {
	pairs  map[Pair]state
	lastID uint64
}

// Link records that the process here links. It is to be told to the peer unless
// the link stood already, which it returns as false.
func (s *Set) Link(p Pair) (send bool) {
	if s.pairs == nil {
		s.pairs = make(map[Pair]state)
	}
	if s.pairs[p].active {
		return false
	}
	s.pairs[p] = state{active: true}
	return true
}

// Linked records the peer's link request. It returns whether a link has come to
// stand by it.
func (s *Set) Linked(p Pair) bool {
	if st, known := s.pairs[p]; known && (st.active || st.unlink != 0) {
		return false
	}
	return s.Link(p)
}

// Unlink records that the process here unlinks. If a link stood, the id to send
// is returned.
func (s *Set) Unlink(p Pair) (id uint64, send bool) {
	if !s.pairs[p].active {
		return 0, false
	}
	s.lastID++
	s.pairs[p] = state{unlink: s.lastID}
	return s.lastID, true
}

// Unlinked records the peer's unlink, which is to be acknowledged in any case.
// It returns whether a link stood.
func (s *Set) Unlinked(p Pair) bool { return s.End(p) }

// Acked records that the peer knows of an unlink.
func (s *Set) Acked(p Pair, id uint64) {
	if st, known := s.pairs[p]; known && !st.active && st.unlink == id {
		delete(s.pairs, p)
	}
}

// End takes a standing link away, because one of the two has ended. It returns
// whether a link stood.
func (s *Set) End(p Pair) bool {
	if !s.pairs[p].active {
		return false
	}
	delete(s.pairs, p)
	return true
}

// Active says whether a link stands.
func (s *Set) Active(p Pair) bool { return s.pairs[p].active }

// Drain empties the set and returns the links that stood.
func (s *Set) Drain() []Pair {
	var out []Pair
	for p, st := range s.pairs {
		if st.active {
			out = append(out, p)
		}
	}
	s.pairs = nil
	return out
}

// Len returns the number of pairs that are remembered.
func (s *Set) Len() int { return len(s.pairs) }
