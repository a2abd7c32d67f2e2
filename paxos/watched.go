package paxos

// watched is a guard that entries hold on to.
type watched struct {
	gone bool
	keys keySet
}

// guardParts is how many parts the watched guards are kept in: of a million, one
// has some 4,000.
const guardParts = 256

// watchedGuards are in parts, by a hash, so that a look at all of them need not be
// one step: there may be a million.
type watchedGuards struct {
	parts [guardParts]map[Guard]*watched
	n     int
}

// guardPart is the part that a guard is in.
func guardPart(g Guard) int {
	return int(mix(uint64(g.Deadline)+hash(Key(g.Subject))) % guardParts)
}

// get returns nil where a guard is not watched.
func (s *watchedGuards) get(g Guard) *watched { return s.parts[guardPart(g)][g] }

// add has a guard watched that is not yet.
func (s *watchedGuards) add(g Guard) *watched {
	part := &s.parts[guardPart(g)]
	if *part == nil {
		*part = make(map[Guard]*watched)
	}
	w := &watched{}
	(*part)[g] = w
	s.n++
	return w
}

// remove ends the watch of a guard that is watched.
func (s *watchedGuards) remove(g Guard) {
	delete(s.parts[guardPart(g)], g)
	s.n--
}

// all are the guards in no order.
func (s *watchedGuards) all() func(yield func(Guard, *watched) bool) {
	return func(yield func(Guard, *watched) bool) {
		for _, part := range s.parts {
			for g, w := range part {
				if !yield(g, w) {
					return
				}
			}
		}
	}
}
