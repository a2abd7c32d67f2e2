package explore

// Run says what is searched: how many ballots, what they may be of, and what
// else happens.
type Run struct {
	Name string
	// What says in a line what the run is for.
	What string
	// Ballots is how many rounds there are, each of a proposer of its own.
	Ballots int
	// Ops are the kinds of operations that a round may be of: p(ut), n (a put
	// without guards), g(et), e(rase), c(ollect).
	Ops string
	// OpsAt narrows them for a ballot.
	OpsAt map[int]string
	// RetryOf[b] is the ballot whose put ballot b tries again, 0 for none.
	RetryOf [maxBallots + 1]int
	// Read adds queries, Collect the collecting of tombstones, Floors the
	// collecting of other keys of the slot.
	Read, Collect, Floors bool
	// Guards makes guards explicit: they end once, and each acceptor notices it,
	// or suspects it on and off, in its own time. Else every round may find every
	// entry down or not, as if by a guard that comes and goes.
	Guards bool
	// CI and Long move a run into and out of the searches of every change; Least
	// is a number of states that it has at least.
	CI, Long bool
	Least    int
}

func (r *Run) ops(b int) string {
	if ops, ok := r.OpsAt[b]; ok {
		return ops
	}
	return r.Ops
}

func (r *Run) retries() bool { return r.first() != 0 }

// first is the put that is tried again, 0 for none.
func (r *Run) first() int {
	for _, f := range r.RetryOf {
		if f != 0 {
			return f
		}
	}
	return 0
}

// Search goes through the run.
func (r *Run) Search(limit Limit) Result { return Search(newRounds(r), limit) }

// Runs are the searches within one epoch. Those of up to four ballots, and
// those marked, are gone through on every change.
func Runs() []*Run {
	return []*Run{
		{Name: "rounds-3", What: "three ballots of any operation, queries, collects",
			Ballots: 3, Ops: "pngec", Read: true, Collect: true, Least: 291000},
		{Name: "rounds-4", What: "four ballots of any operation, collects",
			Ballots: 4, Ops: "pgec", Collect: true, Least: 861000},
		{Name: "query-4", What: "a put, then three gets; queries",
			Ballots: 4, Ops: "g", OpsAt: map[int]string{1: "p"}, Read: true, Least: 755000},
		{Name: "floors-3", What: "three ballots of any operation, collects, also of other keys of the slot",
			Ballots: 3, Ops: "pgec", Collect: true, Floors: true, Least: 640000},
		{Name: "collect-4", What: "four ballots: a put, an erasure, then two gets or collects",
			Ballots: 4, Ops: "gc", OpsAt: map[int]string{1: "p", 2: "e"}, Collect: true, Least: 323000},
		{Name: "guards-2", What: "a put, then a get or an erasure; explicit guards",
			Ballots: 2, Ops: "ge", OpsAt: map[int]string{1: "p"}, Guards: true},
		{Name: "guards-3", What: "a put, any operation, a get or an erasure; explicit guards, collects",
			Ballots: 3, Ops: "pge", OpsAt: map[int]string{1: "p", 3: "ge"}, Guards: true, Collect: true, Least: 2289000},
		{Name: "retry-3", What: "a put, an erasure, the put of ballot 1 again; queries, collects",
			Ballots: 3, Ops: "p", OpsAt: map[int]string{2: "pe"}, Collect: true, Read: true,
			RetryOf: [maxBallots + 1]int{3: 1}},
		{Name: "retry-4", What: "any operation at ballots 2 and 4, the put of ballot 1 again at 3; collects",
			Ballots: 4, Ops: "pge", OpsAt: map[int]string{1: "p", 3: "p"}, Collect: true, Least: 349000,
			RetryOf: [maxBallots + 1]int{3: 1}},
		{Name: "rounds-5-pgggg", What: "a put, then four gets, erasures or collects", CI: true,
			Ballots: 5, Ops: "ge", OpsAt: map[int]string{1: "p"}, Collect: true, Least: 8690000},
		{Name: "reads-4", What: "four ballots of any operation, queries, collects", Long: true,
			Ballots: 4, Ops: "pge", Read: true, Collect: true, Least: 13083000},
		{Name: "rounds-5", What: "five ballots of any operation, collects",
			Ballots: 5, Ops: "pgec", Collect: true},
		{Name: "retry-5", What: "any operation at 2, 3 and 5, the put of ballot 1 again at 4; collects",
			Ballots: 5, Ops: "pge", OpsAt: map[int]string{1: "p", 4: "p"}, Collect: true,
			RetryOf: [maxBallots + 1]int{4: 1}},
		{Name: "rounds-6-pggggg", What: "a put, then five gets or erasures",
			Ballots: 6, Ops: "ge", OpsAt: map[int]string{1: "p"}, Collect: true},
	}
}
