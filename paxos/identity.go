package paxos

import (
	"cmp"
	"strconv"
)

// NodeID names a node as a member or one life of it. As a member a node that
// restarts without its records is another one, of the same Name and another
// Incarnation, and a node that keeps its records keeps its identity. A life is
// from a start to the next: what a proposer asks it asks as its life, so that no
// ballot is used twice and no answer to an earlier life is taken for one to this.
// For a node that keeps nothing the two are the same.
type NodeID struct {
	// Name is the node's name in the cluster, such as node1@127.0.0.1.
	Name string
	// Incarnation is drawn at a start, never 0, and later starts of a name draw
	// higher ones.
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
