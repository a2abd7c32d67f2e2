package explore

import (
	"fmt"
	"slices"

	"github.com/paxoskv/paxoskv/paxos"
)

// key is the register that is searched; other is another one of its slot.
const key paxos.Key = "k"

var other = neighbour(key)

// neighbour finds a key that shares the slot of k.
func neighbour(k paxos.Key) paxos.Key {
	for i := 0; ; i++ {
		if n := paxos.Key(fmt.Sprintf("n%d", i)); paxos.SlotOf(n) == paxos.SlotOf(k) {
			return n
		}
	}
}

// acceptorID is the identity of node i, counted from 0. The first three are the
// acceptors of the searches within an epoch; node 3 is a later life of the name
// of node 0, so that nodes are told apart by identity and not by name.
func acceptorID(i int) paxos.NodeID { return acceptorIDs[i] }

// indexOf is the i of an identity.
func indexOf(n paxos.NodeID) int { return slices.Index(acceptorIDs[:], n) }

var acceptorIDs, proposerIDs = nodeIDs(), identities("p", 0)

func nodeIDs() [maxNodes + 2]paxos.NodeID {
	ids := identities("a", 1)
	ids[3] = paxos.NodeID{Name: ids[0].Name, Incarnation: 2}
	return ids
}

func identities(name string, first int) (ids [maxNodes + 2]paxos.NodeID) {
	for i := range ids {
		ids[i] = paxos.NodeID{Name: fmt.Sprintf("%s%d", name, first+i), Incarnation: 1}
	}
	return ids
}

// ballot is the one that the search calls b. Its counter is one more, since a
// get draws a round number for its query before its first ballot.
func ballot(b int) paxos.Ballot {
	if b == 0 {
		return paxos.Ballot{}
	}
	return paxos.Ballot{Counter: uint64(b) + 1, Proposer: proposerID(b)}
}

func proposerID(b int) paxos.NodeID { return proposerIDs[b] }

// number is the b of a ballot, and 0 of none.
func number(b paxos.Ballot) int {
	if b.IsZero() {
		return 0
	}
	return int(b.Counter) - 1
}

// guard keeps what the put of ballot b put.
func guard(b int) paxos.Guard {
	return paxos.Guard{Kind: paxos.GuardPID, Subject: fmt.Sprintf("pid%d", b), Node: guardNode(b), Creation: 1}
}

func guardNode(b int) string { return fmt.Sprintf("g%d", b) }

func value(b int) paxos.Value { return paxos.Value(fmt.Sprintf("v%d", b)) }

// name prints an entry as L or T with the number of its rev.
func name(e *paxos.Entry) string {
	switch {
	case e == nil:
		return "nothing"
	case e.Tombstone:
		return fmt.Sprintf("T%d", number(e.Rev))
	}
	return fmt.Sprintf("L%d", number(e.Rev))
}

// origin prints an entry with what it replaced.
func origin(e *paxos.Entry) string {
	if e == nil || e.Prev.IsZero() {
		return name(e)
	}
	return fmt.Sprintf("%s (of %d)", name(e), number(e.Prev))
}

// config is the one configuration of the searches within an epoch.
func config() *paxos.Config {
	c := &paxos.Config{Cluster: 1, Epoch: 1, Size: 3}
	for i := range 3 {
		c.Seats = append(c.Seats, paxos.Seat{Node: acceptorID(i), Since: 1})
	}
	return c
}
