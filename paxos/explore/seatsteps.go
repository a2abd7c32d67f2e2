package explore

import "github.com/paxoskv/paxoskv/paxos"

// choices: the next configuration is chosen.
func (m *seats) choices(s *seatState, emit seatEmitter) {
	e := s.epochs()
	if e > len(m.seatRun.Steps) {
		return
	}
	cfg, votes, owes := m.configs.at(s.config(e)), 0, false
	for i := range m.nodes {
		if !seated(cfg, i) {
			continue
		}
		if m.voting(s, i, e) {
			votes++
		}
		st := m.states.at(s.nodes[i].replica())
		owes = owes || cfg.Duty(acceptorID(i)) > st.Done
	}
	if votes < cfg.Size/2+1 {
		return
	}
	for _, next := range m.successors(s, cfg, owes) {
		n := *s
		n.choose(e+1, m.config(next))
		emit(&n, action(seChoose, e+1, 0, 0), "")
	}
}

// successors are the configurations that may follow cfg.
func (m *seats) successors(s *seatState, cfg *paxos.Config, owes bool) []*paxos.Config {
	var all []*paxos.Config
	add := func(c paxos.Config) { all = append(all, &c) }
	waiting := m.waiting(s, cfg)
	for _, kind := range m.seatRun.Steps[cfg.Epoch-1] {
		switch free := cfg.Size - len(cfg.Seats); {
		case kind == 'r':
			for k, old := range cfg.Members() {
				if cfg.Epoch == 1 && k > 0 {
					break // all members of the first configuration are alike
				}
				for _, n := range waiting {
					add(cfg.Replace(old, n))
				}
			}
		case kind == 'a' && free > 0 && len(waiting) > 0:
			add(cfg.Add(waiting[0]))
		case kind == 'g' && !owes && len(cfg.Seats) >= (cfg.Size+1)/2+1:
			add(cfg.Grow())
		case kind == 's' && !owes && free > 0:
			add(cfg.Shrink(paxos.NodeID{}))
		case kind == 's' && !owes:
			for _, n := range cfg.Members() {
				add(cfg.Shrink(n))
				if cfg.Epoch == 1 {
					break
				}
			}
		}
	}
	return all
}

// waiting are the nodes that may take a seat: the next one that never had one
// and, in runs that say so, those that had one before.
func (m *seats) waiting(s *seatState, cfg *paxos.Config) []paxos.NodeID {
	var all []paxos.NodeID
	for i := range m.nodes {
		had := false
		for e := 1; e <= int(cfg.Epoch); e++ {
			had = had || seated(m.configs.at(s.config(e)), i)
		}
		if !had {
			return append(all, acceptorID(i))
		}
		if m.seatRun.Reseat && !seated(cfg, i) {
			all = append(all, acceptorID(i))
		}
	}
	return all
}
