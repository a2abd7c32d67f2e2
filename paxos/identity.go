package paxos

import (
	"cmp"
	"strconv"
)

// NodeID names one life of one node: a node that restarts without its records
// has the same Name and another Incarnation, and is another member.
type NodeID struct {
	// Name is the node's name in the cluster, such as node1@127.0.0.1.
	Name string
	// Incarnation is drawn afresh at each start, never 0, and later lives of a
	// name draw higher ones.
	Incarnation uint64
}

// IsZero says whether n names nobody.
func (n NodeID) IsZero() bool { return n == NodeID{} }

// Compare orders identities, by name first.
func (n NodeID) Compare(o NodeID) int {
	if c := cmp.Compare(n.Name, o.Name); c != 0 {
		return c
	}
	return cmp.Compare(n.Incarnation, o.Incarnation)
}

// String prints the identity as NAME#INCARNATION, the incarnation in base 36.
func (n NodeID) String() string {
	return n.Name + "#" + strconv.FormatUint(n.Incarnation, 36)
}

// ClusterID is drawn when a cluster is founded. Clusters of different ids never
// merge. Zero is no cluster.
type ClusterID uint64

// String prints the id in base 36.
func (c ClusterID) String() string { return strconv.FormatUint(uint64(c), 36) }

// Epoch numbers the configurations of a cluster from 1. Zero is a node that has
// adopted none.
type Epoch uint64
