package mutants

// fault is a planted one.
type fault struct {
	name  string
	edits []edit
	// check is the test that has to find it, in a package below paxos/.
	check check
	// finds are the words that the failure must hold.
	finds string
}

// edit replaces text that is to be found exactly once in a file of the core.
type edit struct{ file, old, new string }

type check struct{ pkg, test string }

// search is the exhaustive search of a run.
func search(run string) check { return check{"explore", "^TestSearch$/^" + run + "$"} }

// seats is the search of a run over several epochs.
func seats(run string) check { return check{"explore", "^TestSeats$/^" + run + "$"} }

// named is a test by its name.
func named(test string) check { return check{"explore", "^" + test + "$"} }

// core is a test of the core itself by its name.
func core(test string) check { return check{".", "^" + test + "$"} }

func one(file, old, new string) []edit { return []edit{{file, old, new}} }

// rounds are the faults that belong to one key and one epoch.
var rounds = []fault{
	{"no write-back of a half-done value",
		one("decide.go", "	if v.known {\n", "	if v.known || cur.Live() {\n"),
		search("rounds-3"), "VIOLATION: answer"},
	{"a get answered from a tombstone that is not known chosen",
		one("decide.go", "		return v.finish(cur, Result{Kind: NotFound, Entry: cur})\n", "		return decision{result: Result{Kind: NotFound}}\n"),
		search("rounds-3"), "VIOLATION: answer"},
	{"one promise makes an entry known chosen",
		one("op.go", "	v.known = own >= quorum\n", "	v.known = own >= 1\n"),
		search("rounds-3"), "VIOLATION: answer"},
	{"a query that compares revs instead of ballots",
		one("read.go", "			if v.Ballot == a.Vote.Ballot {\n", "			if v.Entry.Rev == a.Vote.Entry.Rev {\n"),
		search("query-4"), "VIOLATION: answer: query"},
	{"a read that trusts one answer",
		one("read.go", "		if counts[i] < quorum {\n", "		if counts[i] < 1 {\n"),
		search("rounds-3"), "VIOLATION: answer: query"},
	{"a read that trusts one empty answer",
		one("read.go", "	if empty >= quorum {\n", "	if empty >= 1 {\n"),
		search("rounds-3"), "VIOLATION: answer: query"},
	{"a nack counted as a vote",
		one("answers.go", "		o.accepts.No(env.From)\n", "		o.accepts.Yes(env.From, struct{}{})\n"),
		search("rounds-3"), "VIOLATION: "},
	{"a nack counted as a promise",
		one("answers.go", "		o.promises.No(env.From)\n", "		o.promises.Yes(env.From, Promise{})\n"),
		search("rounds-3"), "VIOLATION: "},
	{"votes counted without their sender",
		one("quorum.go", "	if t.open(from) {\n		t.yes[from] = answer\n	}\n",
			"	if _, twice := t.yes[from]; twice {\n		t.need--\n	} else if t.open(from) {\n		t.yes[from] = answer\n	}\n"),
		search("rounds-3"), "VIOLATION: "},
	{"votes of strangers counted",
		one("quorum.go", "		if m == from {\n", "		if m.Name == from.Name {\n"),
		search("rounds-3"), "VIOLATION: "},
	{"votes of another epoch counted",
		one("answers.go", "	if env.Cluster != p.cfg.Cluster || env.Epoch != p.cfg.Epoch {\n", "	if env.Cluster != p.cfg.Cluster {\n"),
		search("rounds-3"), "VIOLATION: "},
	{"votes of another cluster counted",
		one("answers.go", "	if env.Cluster != p.cfg.Cluster || env.Epoch != p.cfg.Epoch {\n", "	if env.Epoch != p.cfg.Epoch {\n"),
		search("rounds-3"), "VIOLATION: "},
	{"votes on another proposer's ballot counted",
		one("answers.go", "m.Ballot == o.ballot {\n			o.accepts.Yes", "!m.Ballot.IsZero() {\n			o.accepts.Yes"),
		search("rounds-3"), "VIOLATION: "},
	{"half of the seats taken for a quorum",
		one("config.go", "return size/2 + 1 }", "return size / 2 }"),
		search("rounds-3"), "VIOLATION: "},
	{"not the highest of the promised entries",
		one("op.go", "		if v.cur.Ballot.Less(p.Vote.Ballot) {\n", "		if v.cur.Entry == nil {\n"),
		search("rounds-3"), "VIOLATION: "},
	{"an accept below the promise",
		one("acceptor.go", "m.Ballot.Less(p) {\n", "m.Ballot.Less(Ballot{}) {\n"),
		search("rounds-3"), "VIOLATION: chain"},
	{"a promise below the promise",
		one("acceptor.go", "; !p.Less(m.Ballot) {\n", "; !p.Less(m.Ballot) && m.Ballot.IsZero() {\n"),
		search("rounds-3"), "VIOLATION: chain"},
	{"a promise that is not kept",
		one("acceptor.go", "	a.change(Write{Kind: WritePromise, Record: KeyRecord{Key: m.Key, Promised: m.Ballot}}, out)\n	return Promise{",
			"	a.record(m.Key)\n	return Promise{"),
		search("rounds-3"), "VIOLATION: chain"},
	{"erase on one suspicion",
		one("op.go", "suspects >= quorum)\n", "suspects >= 1)\n"),
		search("rounds-3"), "VIOLATION: guard"},
	{"suspicion taken for the end of a guard",
		one("guards.go", "		return Suspect\n", "		return Gone\n"),
		search("guards-2"), "VIOLATION: guard"},
	{"erase by key instead of by rev",
		one("decide.go", "		if cur.Rev == r.Rev {\n", "		if !cur.Rev.IsZero() {\n"),
		search("rounds-3"), "VIOLATION: erase"},
	{"erase without a look at the guards",
		one("decide.go", "	case v.down:\n", "	case v.down || r.Kind == Erase:\n"),
		search("rounds-3"), "VIOLATION: guard"},
	{"the guards of another entry",
		one("op.go", "return v.Entry.Live() && v.Entry.Rev == e.Rev }", "return v.Entry.Live() && !e.Rev.IsZero() }"),
		search("rounds-3"), "VIOLATION: guard"},
	{"collect before all hold one ballot",
		one("answers.go", "		if o.answers.Answered() {\n			p.collect", "		if o.answers.Outcome() == Reached {\n			p.collect"),
		search("collect-4"), "VIOLATION: answer"},
	{"floor not raised",
		one("acceptor.go", "maxBallot(r.promised, m.Ballot), m.Ballot, out)\n", "Ballot{}, m.Ballot, out)\n"),
		search("collect-4"), "VIOLATION: answer"},
	{"a retried put that guesses",
		one("decide.go", "}}, earliest.Less(v.collected)\n", "}}, false\n"),
		search("retry-3"), "VIOLATION: retry"},
	{"a retried put that trusts an unchosen successor",
		one("decide.go", "		return v.finish(cur, took), true\n	case earliest", "		return decision{result: took}, true\n	case earliest"),
		search("retry-3"), "VIOLATION: answer"},
	{"a retried put that looks at nothing",
		one("decide.go", "	if r.Kind == Put && len(r.Sent) > 0 {\n", "	if r.Kind == Put && len(r.Sent) > 99 {\n"),
		search("retry-3"), "VIOLATION: "},
}
