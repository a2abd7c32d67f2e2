package paxos

// BallotBox is the acceptor of one Paxos instance on a configuration.
type BallotBox struct {
	Promised Ballot
	Vote     ConfigVote
}

// prepare promises a ballot above the one promised.
func (x *BallotBox) prepare(b Ballot) bool {
	if !x.Promised.Less(b) {
		return false
	}
	x.Promised = b
	return true
}

// accept votes, unless a higher ballot was promised.
func (x *BallotBox) accept(v ConfigVote) bool {
	if v.Ballot.Less(x.Promised) {
		return false
	}
	x.Promised, x.Vote = v.Ballot, v
	return true
}

// box picks the instance that a message is about, nil when this node has no
// vote there.
func (m *Member) box(env Envelope, recovery bool, former ClusterID) *BallotBox {
	switch {
	case env.Cluster == 0 && env.Epoch == 0:
		if m.cfg.Cluster == 0 || former == m.cfg.Cluster && m.mayLeave() {
			return &m.founding
		}
	case env.Cluster == m.cfg.Cluster && env.Epoch == m.cfg.Epoch:
		// In a recovery a member votes that holds the state from before a reset,
		// though it could not merge.
		if m.Voting() || recovery && m.remembers(m.self) {
			return &m.next
		}
	}
	return nil
}

// mayLeave says whether this node may vote to found a cluster in place of its
// own: it has no seat, or sees for itself that its own can never vote again.
func (m *Member) mayLeave() bool {
	kept, _, missing := m.account()
	return !m.cfg.Has(m.self) && !m.Quorum() || len(missing) == 0 && m.stuck(kept)
}

func (m *Member) configPrepare(env Envelope, q ConfigPrepare, out *Output) {
	x := m.box(env, q.Recovery, q.Former)
	if x == nil {
		return
	}
	if !x.prepare(q.Ballot) {
		m.answerConfig(env, ConfigNack{Ballot: q.Ballot, Promised: x.Promised}, out)
		return
	}
	m.keep(out)
	m.answerConfig(env, ConfigPromise{Ballot: q.Ballot, Vote: x.Vote, Connected: m.Nodes()}, out)
}

func (m *Member) configAccept(env Envelope, q ConfigAccept, out *Output) {
	if q.Vote.Config == nil {
		return
	}
	x := m.box(env, q.Vote.Recovery, q.Vote.Config.Former)
	if x == nil {
		return
	}
	if !x.accept(q.Vote) {
		m.answerConfig(env, ConfigNack{Ballot: q.Vote.Ballot, Promised: x.Promised}, out)
		return
	}
	m.keep(out)
	m.answerConfig(env, ConfigAccepted{Ballot: q.Vote.Ballot}, out)
}

// answerConfig answers in the instance that was asked about.
func (m *Member) answerConfig(env Envelope, b Body, out *Output) {
	out.Messages = append(out.Messages, Envelope{From: m.self, To: env.From,
		Cluster: env.Cluster, Epoch: env.Epoch, Body: b})
}
