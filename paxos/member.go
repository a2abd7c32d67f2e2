package paxos

import (
	"cmp"
	"slices"
)

// Timing holds the pauses of a Member, in milliseconds, and the measures of a
// merge.
type Timing struct {
	// Found: how long fresh nodes that are a quorum wait for the rest before
	// they found a cluster; Settle the same when there are enough for every seat.
	Found, Settle int64
	// Replace: how long a member may be disconnected before a waiting node takes
	// its seat.
	Replace int64
	// Recover: how long the seats must be accounted for, without a quorum of
	// them, before a recovery.
	Recover int64
	// Round: how long a round on a configuration may take, and how much longer
	// each further member waits before it starts one; and how long an answer to a
	// question for state may take.
	Round int64
	// Meet: how long after its start a node takes one that it has not met for
	// connected. The default where it is 0.
	Meet int64
	// Greet: how often a node tells the connected ones where it stands, because
	// what it told on a change may have been lost.
	Greet int64
	// Piece: how many bytes of state go into one answer, about; more where a
	// single record has more. Lanes: how many pieces are asked of one source at
	// once. The defaults where they are 0.
	Piece, Lanes int
}

// DefaultTiming suits a local network.
var DefaultTiming = Timing{Found: 2000, Settle: 200, Replace: 10000, Recover: 2000, Round: 1000, Meet: 10000, Greet: 1000,
	Piece: 64 << 10, Lanes: 4}

// Member is one node's part in the chain of configurations: what it adopted,
// what it voted for, what it has merged, and which step it proposes next.
//
// Invariants:
//
//  1. A configuration is adopted only when it was chosen, and epochs only grow.
//  2. Within its identity a member adopts one cluster, but for a refounding that it
//     voted for, or that finds it without a seat.
//  3. It votes, on keys and on configurations, only while Voting.
type Member struct {
	self NodeID
	// life is this start of the node: ballots on configurations are its own.
	life     NodeID
	creation uint32
	size     int
	seed     uint64
	timing   Timing
	keys     *Acceptor

	cfg *Config
	// done is the highest epoch of a merge duty fulfilled in this cluster.
	done Epoch
	// next and founding are this node's acceptors of two instances: the one that
	// decides the successor of cfg, and the one that founds a cluster.
	next, founding BallotBox
	merge          *merge

	peers map[string]*peer
	// names are those of the peers, in order.
	names []string
	// foreign are the clusters that were met and noted.
	foreign map[ClusterID]struct{}
	counter uint64
	round   *configRound
	// since remembers when something wanted was first seen wanted.
	since map[string]int64
	// barred is the epoch in which a recovery met a vote that forbids it.
	barred Epoch
	// greeted is when this node greeted last because it was time to.
	greeted int64
	// clock is by what pauses are measured, and ticked the time of day of the last
	// Tick: see passed.
	clock, ticked int64
	// meeting is when this life takes those that it has not met for gone; 0 before
	// its first Tick.
	meeting int64
	// target is the size that a resize is after, 0 if none.
	target int
}

// peer is another node, by name: its present or last life.
type peer struct {
	id        NodeID
	connected bool
	lost      int64 // when the connection was lost
	hello     Hello
}

// NewMember starts a fresh node: without a configuration. seed makes the ids of
// the clusters that it founds; it must be drawn at random.
func NewMember(self NodeID, creation uint32, size int, seed uint64, t Timing, keys *Acceptor) *Member {
	t.Piece, t.Lanes = cmp.Or(t.Piece, DefaultTiming.Piece), cmp.Or(t.Lanes, DefaultTiming.Lanes)
	t.Meet = cmp.Or(t.Meet, DefaultTiming.Meet)
	return &Member{self: self, life: self, creation: creation, size: size, seed: seed, timing: t, keys: keys,
		cfg: &Config{}, peers: make(map[string]*peer), foreign: make(map[ClusterID]struct{}),
		since: make(map[string]int64)}
}

// Config is the one last adopted; its Epoch is 0 before the first.
func (m *Member) Config() *Config { return m.cfg }

// Voting says whether this node has a seat and owes no merge.
func (m *Member) Voting() bool { return m.mayVote(m.self) }

// mayVote says whether n is a member that, as far as is known, owes no merge.
// A duty once fulfilled stays so: the answer holds for the whole epoch.
func (m *Member) mayVote(n NodeID) bool {
	if !m.cfg.Has(n) {
		return false
	}
	duty := m.cfg.Duty(n)
	if n == m.self {
		return duty <= m.done
	}
	p := m.peers[n.Name]
	known := p != nil && p.id == n && p.hello.Config.Cluster == m.cfg.Cluster
	return duty == 0 || known && duty <= p.hello.Done
}

// connected says whether the life n is connected, this node included.
func (m *Member) connected(n NodeID) bool {
	if n == m.self {
		return true
	}
	p := m.peers[n.Name]
	return p != nil && p.connected && p.id == n
}

// present says whether a member is connected and of this cluster: one that was
// given a seat and went to another cluster never votes here.
func (m *Member) present(n NodeID) bool {
	return n == m.self || m.connected(n) && m.joins(m.peers[n.Name].hello.Config.Cluster)
}

// Quorum says whether enough members that may vote are connected, and Up lists
// the connected members.
func (m *Member) Quorum() bool {
	n := 0
	for _, s := range m.cfg.Seats {
		if m.present(s.Node) && m.mayVote(s.Node) {
			n++
		}
	}
	return m.cfg.Epoch > 0 && n >= m.cfg.Quorum()
}

// Up lists the connected members, this node included when it has a seat.
func (m *Member) Up() []NodeID {
	var up []NodeID
	for _, s := range m.cfg.Seats {
		if m.present(s.Node) {
			up = append(up, s.Node)
		}
	}
	return up
}

// Nodes lists the identities of this node and of all that are connected.
func (m *Member) Nodes() []NodeID {
	ns := []NodeID{m.self}
	for _, name := range m.names {
		if p := m.peers[name]; p.connected && !p.id.IsZero() {
			ns = append(ns, p.id)
		}
	}
	return ns
}

// peer returns the record of a name, made when there is none.
func (m *Member) peer(name string) *peer {
	p := m.peers[name]
	if p == nil {
		p = &peer{}
		m.peers[name] = p
		i, _ := slices.BinarySearch(m.names, name)
		m.names = slices.Insert(m.names, i, name)
	}
	return p
}

// PeerUp takes note of a connection to a node, and greets it.
func (m *Member) PeerUp(name string, out *Output) {
	p := m.peer(name)
	if !p.connected {
		p.connected = true
		// Who runs there now is not known before its Hello.
		p.id = NodeID{}
	}
	m.send(NodeID{Name: name}, m.hello(true), out)
}

// PeerDown takes note that the connection is lost.
func (m *Member) PeerDown(now int64, name string) {
	if p := m.peers[name]; p != nil && p.connected {
		p.connected = false
		p.lost = now
	}
}

func (m *Member) hello(reply bool) Hello {
	return Hello{Size: m.size, Life: m.life.Incarnation, Creation: m.creation, Config: *m.cfg, Done: m.done, Reply: reply}
}

// greet tells every connected node where this one stands.
func (m *Member) greet(out *Output) {
	for _, name := range m.names {
		if m.peers[name].connected {
			m.send(NodeID{Name: name}, m.hello(false), out)
		}
	}
}

func (m *Member) send(to NodeID, b Body, out *Output) {
	out.Messages = append(out.Messages, Envelope{From: m.self, To: to,
		Cluster: m.cfg.Cluster, Epoch: m.cfg.Epoch, Body: b})
}

// met takes a Hello, and says whether it is of the life that runs now, as far as
// is known.
func (m *Member) met(from NodeID, h Hello, out *Output) bool {
	p := m.peer(from.Name) // its connection, if it has one, is told of by PeerUp
	if p.id.Name != "" && h.Life < p.hello.Life {
		return false
	}
	fresh := p.id != from || p.hello.Life != h.Life
	if p.id == from && h.Config.Cluster == p.hello.Config.Cluster && h.Done < p.hello.Done {
		h.Done = p.hello.Done // an older Hello, come late
	}
	p.id, p.hello = from, h
	m.consider(from, &h.Config, out)
	older := h.Config.Cluster == m.cfg.Cluster && h.Config.Epoch < m.cfg.Epoch
	if h.Reply || fresh || older {
		m.send(from, m.hello(false), out)
	}
	return true
}
