package paxos

import (
	"hash/fnv"
	"slices"
)

// Quorum is how many of size seats decide: any two quorums share a seat.
func Quorum(size int) int { return size/2 + 1 }

// Config says who votes. Config e+1 is decided by one Paxos instance among the
// members of config e; a Config that was chosen is never changed, so its slices
// are shared and must not be written to.
type Config struct {
	Cluster ClusterID
	Epoch   Epoch
	// Size is N, how many seats there are; at most so many are taken.
	Size int
	// Seats are the taken ones, ordered by node identity.
	Seats []Seat
	// Former is the cluster whose survivors founded this one, 0 if there was none.
	Former ClusterID
	// Reset is the last step after which every member had to merge: a change of
	// size, or a recovery. Its Epoch is 0 where there was none.
	Reset Reset
}

// Seat is a member and how it came to its seat.
type Seat struct {
	Node NodeID
	// Since is the epoch in which Node took the seat.
	Since Epoch
	// Replaced says that the seat was another's: Node merges before it votes.
	// A seat that was free, or founded, needs no merge.
	Replaced bool
}

// Reset obliges every member of Config.Epoch == Reset.Epoch to merge the state
// of Need of the Sources, itself counted, before it votes: each of them must
// have adopted the epoch before it answered. Votes from before the epoch are
// copies from then on.
type Reset struct {
	Epoch   Epoch
	Sources []NodeID
	Need    int
}

// Seat returns the seat of n.
func (c *Config) Seat(n NodeID) (Seat, bool) {
	for _, s := range c.Seats {
		if s.Node == n {
			return s, true
		}
	}
	return Seat{}, false
}

// Has says whether n is a member.
func (c *Config) Has(n NodeID) bool {
	_, ok := c.Seat(n)
	return ok
}

// Quorum is how many members decide.
func (c *Config) Quorum() int { return Quorum(c.Size) }

// Members lists the identities that hold a seat.
func (c *Config) Members() []NodeID {
	m := make([]NodeID, len(c.Seats))
	for i, s := range c.Seats {
		m[i] = s.Node
	}
	return m
}

// Duty is the epoch of the step after which n has to merge before it votes: its
// own taking of the seat, or a reset; 0 when it owes nothing.
func (c *Config) Duty(n NodeID) Epoch {
	s, ok := c.Seat(n)
	switch {
	case !ok:
		return 0
	case s.Since > c.Reset.Epoch:
		if s.Replaced {
			return s.Since
		}
		return 0
	default:
		return c.Reset.Epoch
	}
}

// Clone copies c and its slices.
func (c *Config) Clone() Config {
	d := *c
	d.Seats = slices.Clone(c.Seats)
	d.Reset.Sources = slices.Clone(c.Reset.Sources)
	return d
}

// Primary is the node that settles disputes over key: the highest by rendezvous
// hash [Thaler and Ravishankar, 1998] of the candidates, so that nodes that see
// the same candidates name the same one. It is zero when there are none.
func Primary(key Key, candidates []NodeID) NodeID {
	var best NodeID
	var top uint64
	for _, n := range candidates {
		h := fnv.New64a()
		h.Write([]byte(key))
		h.Write([]byte{0})
		h.Write([]byte(n.Name))
		if w := mix(h.Sum64()); best.IsZero() || w > top || w == top && n.Compare(best) < 0 {
			best, top = n, w
		}
	}
	return best
}

// mix is the finalizer of SplitMix64: FNV alone hardly stirs the last bytes.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// Slots is how many hash slots the keys are spread over. A floor is kept, and
// state is merged, slot by slot.
const Slots = 1024

// SlotOf is the slot of key.
func SlotOf(key Key) int { return int(hash(key) % Slots) }

// hash spreads keys evenly.
func hash(key Key) uint64 {
	h := uint64(14695981039346656037) // FNV-1a, written out: this is the hot path
	for i := 0; i < len(key); i++ {
		h = (h ^ uint64(key[i])) * 1099511628211
	}
	return mix(h)
}
