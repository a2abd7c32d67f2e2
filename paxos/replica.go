package paxos

// Replica is one node of the protocol: its Member, its Acceptor, and the gate
// before them, which compares the epoch of every message with the node's own in
// one place. Its Proposers stand beside it and get the answers.
type Replica struct {
	Member   *Member
	Acceptor *Acceptor
	self     NodeID
	// linked are the nodes whose creation the wire has told.
	linked map[string]struct{}
}

// NewReplica starts a fresh node. size is the cluster size wished for; seed is
// drawn at random.
func NewReplica(self NodeID, creation uint32, size int, seed uint64, t Timing) *Replica {
	a := NewAcceptor(self)
	a.recent = &recent{log: mix(seed)}
	a.NodeUp(self.Name, creation)
	return &Replica{self: self, Acceptor: a, Member: NewMember(self, creation, size, seed, t, a),
		linked: make(map[string]struct{})}
}

// Meet has the replica wait, for a while after its start, for the nodes that keys
// are tied to before it suspects one that it has not met.
func (r *Replica) Meet() {
	if g := &r.Acceptor.guards; g.met == nil {
		g.met = map[string]struct{}{g.self: {}}
	}
}

// Step takes a message that is for this node and not for a proposer (ForProposer
// says which those are). now is in milliseconds since 1970 UTC.
func (r *Replica) Step(now int64, env Envelope, out *Output) {
	if env.To.Name != r.self.Name || env.To.Incarnation != 0 && env.To != r.self {
		return // for an earlier life of this node
	}
	switch b := env.Body.(type) {
	case Hello:
		met := r.Member.met(env.From, b, out)
		if _, told := r.linked[env.From.Name]; met && !told && r.Member.connected(env.From) {
			r.Acceptor.NodeUp(env.From.Name, b.Creation)
		}
	case ConfigChosen:
		r.Member.consider(env.From, b.Config, out)
	case ConfigRequest:
		r.Member.send(env.From, ConfigChosen{Config: r.Member.cfg}, out)
	default:
		if r.gate(env, out) {
			r.step(now, env, out)
		}
	}
}

// gate lets through messages of this node's epoch, and those that found a
// cluster. It answers an older epoch with the configuration, asks for that of a
// newer one, and does nothing else with either.
func (r *Replica) gate(env Envelope, out *Output) bool {
	cfg := r.Member.cfg
	asker := NodeID{Name: env.From.Name} // a member or a proposer asks, and the node is told
	switch {
	case env.Cluster == 0 && env.Epoch == 0:
		return true
	case env.Cluster != cfg.Cluster:
		if cfg.Cluster == 0 {
			r.Member.send(asker, ConfigRequest{}, out)
		}
		return false
	case env.Epoch < cfg.Epoch:
		r.Member.send(asker, ConfigChosen{Config: cfg}, out)
		return false
	case env.Epoch > cfg.Epoch:
		r.Member.send(asker, ConfigRequest{}, out)
		return false
	}
	return true
}

func (r *Replica) step(now int64, env Envelope, out *Output) {
	m := r.Member
	switch b := env.Body.(type) {
	case ConfigPrepare:
		m.configPrepare(env, b, out)
	case ConfigAccept:
		m.configAccept(env, b, out)
	case ConfigPromise:
		m.configPromise(now, env, b, out)
	case ConfigNack:
		m.configNack(env, b)
	case ConfigAccepted:
		m.configAccepted(env, b, out)
	case MergeRequest:
		m.mergeRequest(env.From, b, out)
	case MergeState:
		m.mergeState(env.From, b, out)
	case InventoryRequest:
		if env.Epoch > 0 && m.Voting() {
			m.send(env.From, r.Acceptor.Inventory(b), out)
		}
	case Prepare, Accept, Query, Inspect, Collect, Chosen:
		// No promise, vote or answer before the state of the seat is merged.
		if env.Epoch > 0 && m.Voting() {
			r.Acceptor.Step(now, m.cfg, env.From, b, out)
		}
	}
}

// PeerUp takes note of a connection to a node.
func (r *Replica) PeerUp(name string, out *Output) { r.Member.PeerUp(name, out) }

// Linked takes note of the creation that a connected node gave in the handshake
// of the connection: also one that does not run the store. Until PeerDown it is
// that, whatever a Hello says: one of an earlier life may come late.
func (r *Replica) Linked(name string, creation uint32) {
	r.linked[name] = struct{}{}
	r.Acceptor.NodeUp(name, creation)
}

// PeerDown takes note that the connection to a node is lost, and puts out erasures
// of what is suspected by that: as Sweep does, from the start.
func (r *Replica) PeerDown(now int64, name string, out *Output) {
	r.Member.PeerDown(now, name)
	delete(r.linked, name)
	r.Acceptor.NodeDown(name)
	r.Acceptor.guards.swept = 0
	r.Acceptor.Sweep(now, out)
}

// KeyOf is the key that a message is about, or what its keys begin with, if it is
// about keys.
func KeyOf(b Body) (Key, bool) {
	switch b := b.(type) {
	case Prepare:
		return b.Key, true
	case Accept:
		return b.Key, true
	case Query:
		return b.Key, true
	case Inspect:
		return b.Key, true
	case Collect:
		return b.Key, true
	case Chosen:
		return b.Key, true
	case InventoryRequest:
		return b.Prefix, true
	case Inventory:
		return b.Prefix, true
	}
	return ForProposer(b)
}

// ForProposer says whether a message is for a proposer, and about which key.
func ForProposer(b Body) (Key, bool) {
	switch b := b.(type) {
	case Promise:
		return b.Key, true
	case Accepted:
		return b.Key, true
	case Nack:
		return b.Key, true
	case Answer:
		return b.Key, true
	case Inspected:
		return b.Key, true
	case TurnRequest:
		return b.Key, true
	case TurnGrant:
		return b.Key, true
	case TurnDone:
		return b.Key, true
	}
	return "", false
}
