package mutants

// epochs are the faults that belong to changes of seats.
var epochs = []fault{
	{"a vote before the state is merged",
		one("replica.go", "		if env.Epoch > 0 && m.Voting() {\n", "		if env.Epoch > 0 && m.cfg.Has(m.self) {\n"),
		seats("replace"), "VIOLATION: "},
	{"a merge from a member that may not vote",
		one("duty.go", "	if g.voters && !s.Voting {\n", "	if g.voters && !s.Voting && s.Slot < 0 {\n"),
		seats("replace-2"), "VIOLATION: "},
	{"a promise forgotten by a restart",
		[]edit{
			{"config.go", "		if s.Node == n {\n", "		if s.Node.Name == n.Name {\n"},
			{"quorum.go", "		if m == from {\n", "		if m.Name == from.Name {\n"},
		},
		seats("idle"), "VIOLATION: "},
	{"an old epoch accepted",
		[]edit{
			{"replica.go", "	case env.Epoch < cfg.Epoch:\n", "	case env.Epoch < cfg.Epoch && env.Epoch == 0:\n"},
			{"answers.go", "	if env.Cluster != p.cfg.Cluster || env.Epoch != p.cfg.Epoch {\n", "	if env.Cluster != p.cfg.Cluster {\n"},
		},
		seats("replace"), "VIOLATION: "},
	{"phases of one ballot over two epochs",
		one("proposer.go", "		case o.holds:\n			p.prepare(o, out)\n", "		case o.holds:\n			p.ask(o, o.phase, o.ballot.Counter, cfg.Members(), o.asked, out)\n"),
		named("TestBallotStaysInItsEpoch"), "Error Trace"},
	{"promises that are not merged",
		one("merge.go", "maxBallot(a.promised(kr.Key), kr.Promised)}", "a.promised(kr.Key)}"),
		seats("erase-replace-2"), "VIOLATION: chain"},
	{"a merge of too few members",
		one("duty.go", "- m.cfg.Quorum() + 1\n", "- m.cfg.Quorum()\n"),
		seats("replace"), "VIOLATION: "},
	{"a merged copy counted as a vote",
		one("record.go", "r.held.Own && r.held.Epoch >= cfg.Reset.Epoch", "r.held.Epoch > 0"),
		seats("replace"), "VIOLATION: answer"},
	{"a vote from before a change of size counted",
		one("record.go", "r.held.Own && r.held.Epoch >= cfg.Reset.Epoch", "r.held.Own"),
		seats("any-2"), "VIOLATION: answer"},
	{"a snapshot before the epoch is adopted",
		[]edit{
			{"replica.go", "	case env.Epoch < cfg.Epoch:\n", "	case env.Epoch < cfg.Epoch && !merges(env.Body):\n"},
			{"replica.go", "	case env.Epoch > cfg.Epoch:\n", "	case env.Epoch > cfg.Epoch && !merges(env.Body):\n"},
			{"replica.go", "// ForProposer says", `func merges(b Body) bool {
	_, request := b.(MergeRequest)
	_, state := b.(MergeState)
	return request || state
}

// ForProposer says`},
		},
		seats("replace"), "VIOLATION: "},
	{"a size changed without the merge",
		one("config.go", "	default:\n		return c.Reset.Epoch\n", "	default:\n		return 0\n"),
		seats("shrink-grow-add"), "VIOLATION: "},
	{"the lower of two entries merged",
		one("merge.go", "kr.Held.Entry != nil && mine.Held.Ballot.Less(kr.Held.Ballot):\n", "kr.Held.Entry != nil && mine.Held.Entry == nil:\n"),
		seats("replace"), "VIOLATION: "},
	{"a floor that is not merged into records",
		one("merge.go", "Promised: st.Floor}}, out)\n", "Promised: a.records[key].promised}}, out)\n"),
		named("TestCounterexample9MergedFloor"), "Error Trace"},
	{"a member that keeps its records when it comes back",
		one("adopt.go", "	case !same:\n		m.keys.Wipe(out)\n", "	case !same:\n"),
		named("TestCounterexample10BackToASeat"), "Error Trace"},
}
