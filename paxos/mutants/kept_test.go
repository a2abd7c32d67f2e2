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

const unwritten = "a change without its write"
