package paxos

import "slices"

// configRound is a round of an instance that decides a configuration.
type configRound struct {
	env      Envelope // the instance: Cluster and Epoch of its messages
	ballot   Ballot
	step     step
	began    int64
	voters   []NodeID
	promises *Tally[ConfigPromise]
	accepts  *Tally[struct{}]
	vote     ConfigVote
}

// Tick lets the member do what is due: greet, go on merging, propose a step.
// To be called a few times a second; now is the time of day, which may jump.
func (m *Member) Tick(now int64, out *Output) {
	now = m.passed(now)
	m.endMeeting(now)
	if m.merge != nil {
		m.askMerge(now, out)
	}
	if now-m.greeted >= m.timing.Greet {
		m.greeted = now
		m.greet(out)
	}
	m.checkResize(out)
	s, ok := m.want()
	if !ok {
		clear(m.since)
		return
	}
	began, seen := m.since[s.name]
	if !seen {
		clear(m.since)
		m.since[s.name] = now
		began = now
	}
	if now-began < s.patience+m.rank(s)*m.timing.Round {
		return
	}
	if m.round != nil && now-m.round.began < m.timing.Round {
		return
	}
	m.propose(now, s, out)
}

// endMeeting has this life suspect, from its time on, whoever it has not met.
func (m *Member) endMeeting(now int64) {
	switch {
	case m.meeting == 0:
		m.meeting = now + m.timing.Meet
	case now >= m.meeting:
		m.keys.guards.met = nil
	}
}

// tickMost is the most that counts as having passed between two ticks, in
// milliseconds.
const tickMost = 1000

// passed is a time by which pauses are measured: it only goes on, and by what passes
// between two ticks. What is more than that was a jump of the clock, or a stop of the
// process, in which this node heard nothing.
func (m *Member) passed(now int64) int64 {
	if m.ticked == 0 {
		m.clock = now
	} else {
		m.clock += min(max(now-m.ticked, 0), tickMost)
	}
	m.ticked = now
	return m.clock
}

// rank spreads out those that want the same step: the first of them proposes it
// at once, the others one after the other if it was not done by then.
func (m *Member) rank(s step) int64 {
	if s.kind == stepGrow || s.kind == stepShrink {
		return 0 // wanted only where a resize was asked for
	}
	group := m.Up()
	switch s.kind {
	case stepFound:
		group = s.others
	case stepRecover, stepRefound:
		group = append(slices.Clone(s.kept), s.others...)
	}
	i := slices.Index(group, m.self)
	if i < 0 {
		return int64(len(group))
	}
	return int64(i)
}

// propose opens a round for a step.
func (m *Member) propose(now int64, s step, out *Output) {
	if (s.kind == stepGrow || s.kind == stepShrink) && len(m.Unmerged()) > 0 {
		return
	}
	m.counter++
	r := &configRound{ballot: Ballot{Counter: m.counter, Proposer: m.life}, step: s, began: now,
		env: Envelope{From: m.self, Cluster: m.cfg.Cluster, Epoch: m.cfg.Epoch}}
	need := m.cfg.Quorum()
	switch s.kind {
	case stepFound:
		r.voters, need = s.others, max(Quorum(m.size), Quorum(len(s.others)))
	case stepRecover:
		r.voters, need = s.kept, len(s.kept)
	case stepRefound:
		r.voters = append(slices.Clone(s.kept), s.others...)
		need = len(r.voters)
		r.env.Cluster, r.env.Epoch = 0, 0
	default:
		r.voters = m.cfg.Members()
	}
	r.promises = NewTally[ConfigPromise](r.voters, need)
	r.accepts = NewTally[struct{}](r.voters, need)
	m.round = r
	q := ConfigPrepare{Ballot: r.ballot, Recovery: s.kind == stepRecover}
	if s.kind == stepRefound {
		q.Former = m.cfg.Cluster
	}
	m.ask(r, q, out)
}

func (m *Member) ask(r *configRound, b Body, out *Output) {
	for _, n := range r.voters {
		e := r.env
		e.To, e.Body = n, b
		out.Messages = append(out.Messages, e)
	}
}

// current finds the round that an answer belongs to.
func (m *Member) current(env Envelope, b Ballot) *configRound {
	r := m.round
	if r == nil || r.ballot != b || r.env.Cluster != env.Cluster || r.env.Epoch != env.Epoch {
		return nil
	}
	return r
}

func (m *Member) configPromise(now int64, env Envelope, p ConfigPromise, out *Output) {
	r := m.current(env, p.Ballot)
	if r == nil || r.vote.Config != nil {
		return
	}
	r.promises.Yes(env.From, p)
	if r.promises.Outcome() != Reached {
		return
	}
	c := m.choose(r, out)
	if c == nil {
		m.round = nil
		return
	}
	r.vote = ConfigVote{Ballot: r.ballot, Config: c, Recovery: r.step.kind == stepRecover}
	m.ask(r, ConfigAccept{Vote: r.vote}, out)
}

// choose picks the configuration to be voted on: the one voted for last if a
// promise tells of one [Paxos Made Simple, P2c], else the step that is wanted,
// if a quorum still sees cause for it. It is nil when there is none.
func (m *Member) choose(r *configRound, out *Output) *Config {
	var last ConfigVote
	away := 0
	r.promises.Each(func(_ NodeID, p ConfigPromise) {
		if p.Vote.Config != nil && last.Ballot.Less(p.Vote.Ballot) {
			last = p.Vote
		}
		if !slices.Contains(p.Connected, r.step.old) {
			away++
		}
	})
	s := r.step
	leaves := s.kind == stepGone || s.kind == stepShrink && !s.old.IsZero()
	switch {
	case last.Config != nil:
		return m.again(s, last, r)
	case leaves && away < m.cfg.Quorum():
		return nil
	case s.kind == stepRefound:
		m.noteRefound(s.kept, out)
	}
	c := m.take(s, r)
	return &c
}

// again is the configuration voted for before, where this round may finish it.
func (m *Member) again(s step, last ConfigVote, r *configRound) *Config {
	switch {
	case s.kind == stepRecover && !last.Recovery:
		m.barred = m.cfg.Epoch
		return nil
	case s.kind == stepFound && last.Config.Former != 0:
		if slices.ContainsFunc(last.Config.Reset.Sources, func(n NodeID) bool { return !m.ended(n) }) {
			return nil // that one needs the survivors' votes
		}
		c := found(m.clusterID(), m.size, foundersOf(r)) // nothing of the former cluster is left
		return &c
	case s.kind == stepRefound && last.Config.Former != m.cfg.Cluster:
		c := m.cfg.refound(m.clusterID(), s.kept, s.others)
		return &c
	}
	return last.Config
}

// take is the configuration that a step leads to.
func (m *Member) take(s step, r *configRound) Config {
	switch s.kind {
	case stepFound:
		return found(m.clusterID(), m.size, foundersOf(r))
	case stepAdd:
		return m.cfg.add(s.new)
	case stepGrow:
		return m.cfg.grow()
	case stepShrink:
		return m.cfg.shrink(s.old)
	case stepRecover:
		return m.cfg.recover(s.kept, s.others, m.recoverFrom(s.kept))
	case stepRefound:
		return m.cfg.refound(m.clusterID(), s.kept, s.others)
	}
	return m.cfg.replace(s.old, s.new)
}

// foundersOf puts those that promised first: a seat for a node that does not
// answer is worth less.
func foundersOf(r *configRound) []NodeID {
	var ns []NodeID
	r.promises.Each(func(n NodeID, _ ConfigPromise) { ns = append(ns, n) })
	for _, n := range r.voters {
		if !slices.Contains(ns, n) {
			ns = append(ns, n)
		}
	}
	return ns
}

// clusterID draws an id for a cluster to be founded.
func (m *Member) clusterID() ClusterID {
	return ClusterID(mix(m.seed+m.counter) | 1)
}

func (m *Member) configNack(env Envelope, n ConfigNack) {
	if r := m.current(env, n.Ballot); r != nil {
		m.counter = max(m.counter, n.Promised.Counter)
		m.round = nil // the next Tick after a pause tries again
		m.postpone()
	}
}

// postpone lets the others go first for a while.
func (m *Member) postpone() {
	for k := range m.since {
		m.since[k] += m.timing.Round / 2
	}
}

func (m *Member) configAccepted(env Envelope, a ConfigAccepted, out *Output) {
	r := m.current(env, a.Ballot)
	if r == nil || r.vote.Config == nil {
		return
	}
	r.accepts.Yes(env.From, struct{}{})
	if r.accepts.Outcome() != Reached {
		return
	}
	c, to := r.vote.Config, r.voters
	m.round = nil
	m.consider(m.self, c, out)
	for _, n := range append(slices.Clone(to), c.Members()...) {
		m.send(n, ConfigChosen{Config: c}, out)
	}
}

// Resize asks for a size; it is reached in steps of one. Output.Resized tells
// the end.
func (m *Member) Resize(size int, out *Output) {
	m.target = size
	m.checkResize(out)
}

// checkResize ends a resize that is done or cannot go on.
func (m *Member) checkResize(out *Output) {
	if m.target == 0 {
		return
	}
	refused := ""
	switch {
	case m.target < 1:
		refused = "a size is 1 or more"
	case m.cfg.Epoch == 0:
		refused = "this node belongs to no cluster yet"
	case m.target > m.cfg.Size:
		refused = m.refuseGrow()
	case m.target < m.cfg.Size:
		_, refused = m.leaver()
	}
	if m.target == m.cfg.Size || refused != "" {
		m.target = 0
		out.Resized = &Resized{Refused: refused}
	}
}

// StopResize gives a resize up, after the step that is under way.
func (m *Member) StopResize() { m.target = 0 }

// ended says whether a later life runs under the name of n.
func (m *Member) ended(n NodeID) bool {
	if n.Name == m.self.Name {
		return n.Incarnation < m.self.Incarnation
	}
	p := m.peers[n.Name]
	return p != nil && n.Incarnation < p.id.Incarnation
}
