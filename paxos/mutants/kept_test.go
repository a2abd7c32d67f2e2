package mutants

// forgotten are changes of the state that leave no write: a restart would undo
// them, and what was answered on them with them.
var forgotten = []fault{
	{"a promise that is not written",
		one("acceptor.go", "	a.change(Write{Kind: WritePromise,", "	a.apply(Write{Kind: WritePromise,"),
		seeds("rounds"), unwritten},
	{"a vote that is not written",
		one("acceptor.go", "	a.change(Write{Kind: WriteRecord,", "	a.apply(Write{Kind: WriteRecord,"),
		seeds("rounds"), unwritten},
	{"a floor that is not written",
		one("write.go", "		a.change(Write{Kind: WriteSlot,", "		a.apply(Write{Kind: WriteSlot,"),
		seeds("main"), unwritten},
	{"a collected record whose end is not written",
		one("acceptor.go", "	a.change(Write{Kind: WriteDrop,", "	a.apply(Write{Kind: WriteDrop,"),
		seeds("main"), unwritten},
	{"a merged promise that is not written",
		one("merge.go", "a.change(Write{Kind: WritePromise, Record: KeyRecord{Key: kr.Key,",
			"a.apply(Write{Kind: WritePromise, Record: KeyRecord{Key: kr.Key,"),
		seeds("seats"), unwritten},
	{"a record raised to a merged floor without a write",
		one("merge.go", "a.change(Write{Kind: WritePromise, Record: KeyRecord{Key: key,",
			"a.apply(Write{Kind: WritePromise, Record: KeyRecord{Key: key,"),
		check{".", "^TestWritesMakeTheSameAcceptor$"}, "Error Trace"},
	{"own marks taken off without a write",
		one("merge.go", "{ a.change(Write{Kind: WriteDisown}, out) }", "{ a.apply(Write{Kind: WriteDisown}, out) }"),
		seeds("recovery"), unwritten},
	{"a wipe that is not written",
		one("acceptor.go", "{ a.change(Write{Kind: WriteWipe}, out) }", "{ a.apply(Write{Kind: WriteWipe}, out) }"),
		seeds("seats"), unwritten},
	{"a vote on a configuration that is not written",
		one("ballotbox.go", "	m.keep(out)\n	m.answerConfig(env, ConfigAccepted{", "	m.answerConfig(env, ConfigAccepted{"),
		seeds("seats"), unwritten},
	{"a promise on a configuration that is not written",
		one("ballotbox.go", "	m.keep(out)\n	m.answerConfig(env, ConfigPromise{", "	m.answerConfig(env, ConfigPromise{"),
		seeds("seats"), unwritten},
	{"a merge whose end is not written",
		one("duty.go", "	m.keep(out)\n", ""),
		seeds("seats"), unwritten},
}

// restarted are faults of nodes that keep what they hold on disk.
var restarted = []fault{
	{"an answer before the write behind it is durable",
		one("commit.go", "	*out = Output{Watches: out.Watches}\n	return false\n", "	return true\n"),
		seeds("disk"), "seed "},
	{"an answer that overtakes a write that it speaks of",
		one("commit.go", "	if len(out.Writes) == 0 && len(c.held) == 0 {\n", "	if len(out.Writes) == 0 {\n"),
		seeds("disk"), "seed "},
	{"steps let go before their turn",
		one("commit.go", "	n := c.writing\n", "	n := len(c.held)\n"),
		seeds("disk"), "seed "},
	{"ballots used again after a restart",
		one("round.go", "Proposer: p.life}", "Proposer: NodeID{Name: p.life.Name, Incarnation: 1}}"),
		seeds("disk"), "a ballot used again"},
	{"ballots on configurations used again after a restart",
		one("propose.go", "Proposer: m.life}", "Proposer: m.self}"),
		seeds("disk"), "a ballot used again"},
	{"answers to an earlier life counted",
		one("answers.go", "		if env.To == p.life {\n", "		if env.To.Name == p.life.Name {\n"),
		check{".", "^TestAnswersToAnEarlierLifeAreDropped$"}, "Error Trace"},
	{"a Hello of an earlier life heard",
		one("member.go", " && h.Life < p.hello.Life {\n", " && h.Life < 0 {\n"),
		check{".", "^TestHelloOfAnEarlierLife$"}, "Error Trace"},
	{"a merge that a restart ends",
		one("write.go", "	r.Member.startMerge(out)\n", ""),
		seeds("disk"), "has not merged"},
}

// met are faults of the rule by which a life takes a node that it has not met yet for
// connected.
var met = []fault{
	{"nodes not met counted as down at once",
		one("guards.go", "		case !g.meets(d.Node):\n", "		default:\n"),
		seeds("disk"), "suspected without cause"},
	{"nodes not met counted as down too soon",
		one("propose.go", "		m.meeting = now + m.timing.Meet\n", "		m.meeting = now + m.timing.Meet/4\n"),
		seeds("disk"), "suspected without cause"},
	{"a life that was wiped meets nobody anew",
		one("acceptor.go", "	a.guards.nodes, a.guards.met, a.recent = nodes, met, recent\n",
			"	_ = met\n	a.guards.nodes, a.recent = nodes, recent\n"),
		seeds("seats"), "suspected without cause"},
	{"nodes not met that are waited for without end",
		one("propose.go", "		m.keys.guards.met = nil\n", ""),
		check{".", "^TestRestartedTogetherBeforeTheOthersConnect$"}, "Error Trace"},
}

const unwritten = "a change without its write"
