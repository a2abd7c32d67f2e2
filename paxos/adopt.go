package paxos

import (
	"fmt"
	"slices"
)

// consider adopts a configuration that was chosen, if it is for this node: of
// its own cluster and newer; of any cluster when this node is fresh; or of one
// that survivors of its cluster founded.
func (m *Member) consider(from NodeID, c *Config, out *Output) {
	switch {
	case c.Epoch == 0:
	case c.Cluster == m.cfg.Cluster:
		if c.Epoch > m.cfg.Epoch {
			m.adopt(c, out)
		}
	case m.cfg.Cluster == 0, m.follows(c):
		m.adopt(c, out)
	case m.cfg.Former != c.Cluster || c.Has(from) && !m.cfg.Has(from):
		// Left alone is only one that follows as soon as it hears of this cluster.
		m.noteForeign(c, out)
	}
}

// follows says whether this node leaves its cluster for c, which survivors of
// it founded: it voted for that, or it has no seat, hence no vote to lose.
func (m *Member) follows(c *Config) bool {
	if c.Former != m.cfg.Cluster {
		return false
	}
	voted := m.founding.Vote.Config
	return !m.cfg.Has(m.self) && !m.Quorum() || voted != nil && voted.Cluster == c.Cluster
}

// noteForeign says, once for each, that another cluster was met: two clusters
// never merge.
func (m *Member) noteForeign(c *Config, out *Output) {
	if _, known := m.foreign[c.Cluster]; known {
		return
	}
	m.foreign[c.Cluster] = struct{}{}
	out.Notes = append(out.Notes, Note{Warn: true, Text: fmt.Sprintf(
		"met another cluster: %s (members %v), while this node belongs to %s; two clusters never merge, "+
			"restart the nodes of one of them", c.Cluster, c.Members(), m.cfg.Cluster)})
}

// Foreign lists the clusters that were met and are not this node's.
func (m *Member) Foreign() []ClusterID {
	var ids []ClusterID
	for id := range m.foreign {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// adopt takes on a configuration that was chosen. A node that takes a seat
// starts with no records, whatever it held before; the survivors of a
// refounding keep theirs, which are all there is.
func (m *Member) adopt(c *Config, out *Output) {
	before, was := m.cfg.Seat(m.self)
	seat, is := c.Seat(m.self)
	same := was && is && before.Since == seat.Since && m.cfg.Cluster == c.Cluster
	survivor := c.Cluster != m.cfg.Cluster && slices.Contains(c.Reset.Sources, m.self)
	switch {
	case survivor:
		m.keys.Disown(out) // votes of the former cluster are copies in this one
	case !same:
		m.keys.Wipe(out)
	}
	if !same {
		m.done = 0
	}
	if c.Cluster != m.cfg.Cluster {
		m.founding, m.barred = BallotBox{}, 0
	}
	cfg := c.Clone()
	m.tell(m.cfg, &cfg, out)
	m.cfg = &cfg
	m.next, m.merge, m.round = BallotBox{}, nil, nil
	m.keep(out)
	m.startMerge(out)
	out.Adopted = m.cfg
	m.greet(out)
}
