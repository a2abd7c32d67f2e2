package paxos

import (
	"fmt"
	"slices"
)

// More than the cluster can bear: fewer than a quorum of members keep their
// memory. Nothing can be voted by the ordinary rule then, and never will be,
// since a restarted member is another identity. When every seat is accounted
// for, those that kept it go on: as the next epoch if they are enough to hold
// all that was chosen and none of them voted for a later configuration, as a
// new cluster otherwise.

// remembers says whether n, connected, holds the state of its seat: it may
// vote, or it has not merged yet after a reset, and holds what it held before.
func (m *Member) remembers(n NodeID) bool {
	if !m.present(n) || !m.cfg.Has(n) {
		return false
	}
	resetting := m.cfg.Reset.Epoch == m.cfg.Epoch && slices.Contains(m.cfg.Reset.Sources, n)
	return m.mayVote(n) || resetting
}

// account sorts the seats: kept hold their state, others run (a new life of the
// name, or without state), missing are named.
func (m *Member) account() (kept, others []NodeID, missing []string) {
	for _, s := range m.cfg.Seats {
		switch n, up := m.runs(s.Node.Name); {
		case m.remembers(s.Node):
			kept = append(kept, s.Node)
		case !up:
			missing = append(missing, s.Node.Name)
		default:
			others = append(others, n)
		}
	}
	return kept, others, missing
}

// runs is the identity that runs under a name now, if it is connected and of
// this cluster or of none.
func (m *Member) runs(name string) (NodeID, bool) {
	if name == m.self.Name {
		return m.self, true
	}
	p := m.peers[name]
	if p == nil || !p.connected || p.id.IsZero() || !m.joins(p.hello.Config.Cluster) {
		return NodeID{}, false
	}
	return p.id, true
}

// stuck says whether the members that remember can never again be a quorum of
// voters by the ordinary rules.
func (m *Member) stuck(kept []NodeID) bool {
	voters, sources := m.merged(kept)
	need := m.cfg.Quorum()
	merges := voters >= m.least()
	if m.cfg.Reset.Epoch == m.cfg.Epoch {
		merges = sources >= m.cfg.Reset.Need // only these count, voters or not
	}
	if merges {
		// Every member that runs can still merge these, and vote.
		voters = 0
		for _, s := range m.cfg.Seats {
			if m.present(s.Node) {
				voters++
			}
		}
	}
	return voters < need
}

// merged counts those of kept that may vote, and those that a reset names as its
// sources.
func (m *Member) merged(kept []NodeID) (voters, sources int) {
	for _, n := range kept {
		if m.mayVote(n) {
			voters++
		}
		if slices.Contains(m.cfg.Reset.Sources, n) {
			sources++
		}
	}
	return voters, sources
}

// enough says whether those that kept their memory hold all that was chosen. In
// this epoch it was chosen by members that vote, and of any quorum of them one is
// kept. What was chosen before a reset is held by each that has merged since;
// where nobody kept has, by as many of its sources as a merge takes.
func (m *Member) enough(kept []NodeID) bool {
	voters, sources := m.merged(kept)
	return len(kept) >= m.least() && (voters > 0 || sources >= m.cfg.Reset.Need)
}

// least is how many members meet every quorum of them.
func (m *Member) least() int { return len(m.cfg.Seats) - m.cfg.Quorum() + 1 }

// recoverFrom is how many of kept a recovery has every member merge: enough to
// meet every quorum, and all of them where some have not merged themselves.
func (m *Member) recoverFrom(kept []NodeID) int {
	if voters, _ := m.merged(kept); voters < len(kept) {
		return len(kept)
	}
	return m.least()
}

// wantRecovery: see above. Those that kept their memory see to it; where nobody
// did, the new lives of the seats' names.
func (m *Member) wantRecovery() (step, bool) {
	kept, others, missing := m.account()
	mine := m.cfg.Has(m.self) || len(kept) == 0 && slices.Contains(others, m.self)
	if !mine || len(missing) > 0 || len(others) == 0 || !m.stuck(kept) {
		return step{}, false
	}
	s := step{kept: kept, others: others, patience: m.timing.Recover}
	if m.enough(kept) && !m.refused() {
		s.name, s.kind = fmt.Sprint("recover ", m.cfg.Epoch, others), stepRecover
	} else {
		s.name, s.kind = fmt.Sprint("refound ", m.cfg.Epoch, others), stepRefound
	}
	return s, true
}

// refused: a member that kept its memory told that it voted for a later
// configuration by the ordinary rule; then there may be one that none here knows.
func (m *Member) refused() bool {
	v := m.next.Vote
	return m.barred == m.cfg.Epoch || v.Config != nil && !v.Recovery
}

// Missing names the seats that are unaccounted for while there is no quorum.
func (m *Member) Missing() []string {
	if m.Quorum() {
		return nil
	}
	_, _, missing := m.account()
	return missing
}

func (m *Member) noteRefound(kept []NodeID, out *Output) {
	if len(kept) == 0 {
		out.Notes = append(out.Notes, Note{Warn: true,
			Text: "every member lost its memory: a new cluster starts, and all entries are gone"})
		return
	}
	out.Notes = append(out.Notes, Note{Warn: true, Text: fmt.Sprintf(
		"more members lost their memory than the cluster can bear: a new cluster goes on with what %s kept; "+
			"entries that only the lost members held are gone", names(kept))})
}
