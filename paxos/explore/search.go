package explore

import (
	"fmt"
	"time"
)

// Model is a system to search. S is a packed state that can be compared.
type Model[S comparable] interface {
	Init() S
	// Canon brings a state into the form that all its mirror images share.
	Canon(*S)
	// Hash is 128 bits of a canonical state: states of equal hash are taken for
	// the same, which among a hundred million errs once in 10^22 searches.
	Hash(*S) [2]uint64
	// Next puts out every step from s. A step that breaks a property says which.
	Next(s *S, emit func(n *S, a Action, violation string))
	// Print describes the step from s to n for a reader.
	Print(s, n *S, a Action) string
}

// Action is a step, packed: what it was, and up to three small numbers.
type Action uint64

func action(kind, x, y, z int) Action {
	return Action(kind | x<<8 | y<<24 | z<<40)
}

func (a Action) parts() (kind, x, y, z int) {
	return int(a & 0xff), int(a >> 8 & 0xffff), int(a >> 24 & 0xffff), int(a >> 40)
}

// Limit bounds a search; zero is no bound.
type Limit struct {
	States int
	Time   time.Duration
}

// Result of a search. It is complete when every reachable state was seen.
type Result struct {
	States, Depth int
	Complete      bool
	// Violation names the property that broke, and Trace is a shortest way there.
	Violation string
	Trace     []string
	Elapsed   time.Duration
}

func (r Result) String() string {
	verdict := "no violation, complete"
	switch {
	case r.Violation != "":
		verdict = "VIOLATION: " + r.Violation
	case !r.Complete:
		verdict = "no violation so far, NOT COMPLETE"
	}
	return fmt.Sprintf("%s; %d states, depth %d, %.1fs", verdict, r.States, r.Depth, r.Elapsed.Seconds())
}

// Search goes through the states of m breadth first, so that the first
// violation that it meets has a shortest trace.
func Search[S comparable](m Model[S], limit Limit) Result {
	began := time.Now()
	init := m.Init()
	m.Canon(&init)
	seen := newVisited()
	seen.add(m.Hash(&init), root)
	r := Result{}
	level, first := []S{init}, 0
	for len(level) > 0 {
		next := make([]S, 0, len(level)*5/4)
		for i := range level {
			over := limit.States > 0 && seen.len() > limit.States ||
				limit.Time > 0 && i&0xfff == 0 && time.Since(began) > limit.Time
			if over {
				return r.ended(seen, began)
			}
			at := uint32(first + i)
			m.Next(&level[i], func(n *S, _ Action, violation string) {
				if r.Violation != "" {
					return
				}
				m.Canon(n)
				h := m.Hash(n)
				if violation != "" {
					r.Violation = violation
					r.Trace = replay(m, append(seen.path(at), h))
					return
				}
				if seen.add(h, at) {
					next = append(next, *n)
				}
			})
			if r.Violation != "" {
				r.Depth++
				return r.ended(seen, began)
			}
		}
		first += len(level)
		level = next
		if len(level) > 0 {
			r.Depth++
		}
	}
	r.Complete = true
	return r.ended(seen, began)
}

func (r Result) ended(seen *visited, began time.Time) Result {
	r.States, r.Elapsed = seen.len(), time.Since(began)
	return r
}

// replay walks along the hashes of a path on states that are not brought into
// canonical form, so that every node keeps its name through the whole trace.
func replay[S comparable](m Model[S], path [][2]uint64) []string {
	s := m.Init()
	var lines []string
	for i, want := range path[1:] {
		last, found := i == len(path)-2, false
		var next S
		m.Next(&s, func(n *S, a Action, violation string) {
			if found || last != (violation != "") {
				return
			}
			c := *n
			m.Canon(&c)
			if m.Hash(&c) != want {
				return
			}
			found, next = true, *n
			lines = append(lines, fmt.Sprintf("%2d. %s", i+1, m.Print(&s, n, a)))
		})
		if !found {
			return append(lines, "(the way on from here was not found again)")
		}
		s = next
	}
	return lines
}
