package host

import (
	"encoding/binary"

	"github.com/paxoskv/paxoskv/paxos"
)

// ClusterName is the registered name of a node's cluster service, and
// WatcherName that of its watcher.
const (
	ClusterName = "PaxosKV.Cluster"
	WatcherName = "PaxosKV.Watcher"
	// DefaultBucket is the bucket that the application starts.
	DefaultBucket = "PaxosKV"
)

// Role is the part of a bucket that an actor is the door to.
type Role uint8

// The roles.
const (
	Proposer Role = iota
	Acceptor
	Learner
	roles
)

var roleNames = [...]string{".Proposer", ".Acceptor", ".Learner"}

// ActorName is the registered name of the actor of a role, such as
// PaxosKV.Proposer.
func ActorName(bucket string, r Role) string { return bucket + roleNames[r] }

// makeKey joins a bucket and the canonical form of a term to the key that the
// protocol knows: two buckets never share a register.
func makeKey(bucket string, canonical []byte) paxos.Key {
	b := binary.AppendUvarint(make([]byte, 0, len(bucket)+len(canonical)+2), uint64(len(bucket)))
	b = append(b, bucket...)
	return paxos.Key(append(b, canonical...))
}

// splitKey undoes makeKey.
func splitKey(k paxos.Key) (bucket string, canonical []byte, ok bool) {
	n, used := binary.Uvarint([]byte(k[:min(len(k), binary.MaxVarintLen64)]))
	if used <= 0 || n > uint64(len(k)-used) {
		return "", nil, false
	}
	return string(k[used : used+int(n)]), []byte(k[used+int(n):]), true
}

// addressee is the registered name of the actor that a message is for.
func addressee(b paxos.Body) string {
	role := Acceptor
	switch b.(type) {
	case paxos.Chosen, paxos.Inventory:
		role = Learner
	}
	if _, answer := paxos.ForProposer(b); answer {
		role = Proposer
	}
	key, ok := paxos.KeyOf(b)
	if !ok {
		return ClusterName
	}
	bucket, _, _ := splitKey(key)
	return ActorName(bucket, role)
}
