package paxos

import (
	"fmt"
	"slices"
	"strings"
)

// tell notes for the log what a configuration changed: who took which seat, the
// size, and what becomes of this node. before is the one adopted before it.
func (m *Member) tell(before, after *Config, out *Output) {
	note := func(format string, args ...any) {
		out.Notes = append(out.Notes, Note{Text: fmt.Sprintf(format, args...)})
	}
	switch {
	case before.Cluster != after.Cluster:
		note("epoch %d of cluster %s: %d of %d seats taken, by %s", after.Epoch, after.Cluster,
			len(after.Seats), after.Size, names(after.Members()))
		if after.Size != m.size {
			note("the cluster has size %d; this node was started with size %d and adopts the cluster's",
				after.Size, m.size)
		}
	default:
		note("epoch %d: %s", after.Epoch, changes(before, after))
	}
	full := len(after.Seats) == after.Size && !named(after.Members(), m.self.Name)
	if full && (before.Has(m.self) || before.Cluster != after.Cluster) {
		note("this node is a spare: all %d seats are taken; it serves requests through the members, "+
			"and takes the next seat that falls free", after.Size)
	}
}

// changes says what one configuration changed in another, in words.
func changes(before, after *Config) string {
	came, left := without(after.Members(), before), without(before.Members(), after)
	again := slices.DeleteFunc(slices.Clone(came), func(n NodeID) bool { return !named(left, n.Name) })
	left = slices.DeleteFunc(left, func(n NodeID) bool { return named(again, n.Name) })
	came = slices.DeleteFunc(came, func(n NodeID) bool { return named(again, n.Name) })
	var parts []string
	say := func(ns []NodeID, format string, args ...any) {
		if len(ns) > 0 {
			parts = append(parts, names(ns)+fmt.Sprintf(format, args...))
		}
	}
	say(again, " restarted, seated again")
	if len(left) > 0 && len(came) > 0 {
		say(came, " in the place of %s", names(left))
	} else {
		say(came, " in a free seat")
		say(left, " without a seat from now on")
	}
	if before.Size != after.Size {
		parts = append(parts, fmt.Sprintf("size %d instead of %d", after.Size, before.Size))
	}
	if len(parts) == 0 {
		return "the same seats"
	}
	return strings.Join(parts, "; ")
}

func named(ns []NodeID, name string) bool {
	return slices.ContainsFunc(ns, func(n NodeID) bool { return n.Name == name })
}

// without lists the nodes that have no seat in c.
func without(ns []NodeID, c *Config) []NodeID {
	return slices.DeleteFunc(ns, c.Has)
}

func names(ns []NodeID) string {
	s := make([]string, len(ns))
	for i, n := range ns {
		s[i] = n.Name
	}
	return strings.Join(s, ", ")
}
