package explore

// SeatRun says what is searched where seats change.
type SeatRun struct {
	Name, What string
	// Members of the first configuration, and Ballots of all epochs together.
	Members, Ballots int
	// Steps lists for each epoch the kinds of steps that may lead on from it:
	// r(eplace), a(dd), g(row), s(hrink).
	Steps []string
	// Ops are the kinds of operations, as in Run.
	Ops string
	// Collect adds the collecting of tombstones; Reseat lets nodes that lost
	// their seats come back to one.
	Collect, Reseat bool
	// Idle has nodes without a seat learn of configurations too.
	Idle bool
	// CI marks what is searched on every change; Least is as in Run.
	CI    bool
	Least int
}

// Search goes through the run.
func (r *SeatRun) Search(limit Limit) Result { return Search(newSeats(r), limit) }

// SeatRuns are the searches over several epochs; those marked are of CI.
func SeatRuns() []*SeatRun {
	return []*SeatRun{
		{Name: "replace", What: "size 3, one replace; three ballots of puts",
			Members: 3, Ballots: 3, Steps: []string{"r"}, Ops: "n", CI: true, Least: 265000},
		{Name: "idle", What: "size 3, one replace by a restarted member that learns of the first configuration; two ballots of puts",
			Members: 3, Ballots: 2, Steps: []string{"r"}, Ops: "n", Idle: true, CI: true, Least: 26000},
		{Name: "erase-replace-2", What: "size 3, one replace; two ballots of puts, gets and erasures",
			Members: 3, Ballots: 2, Steps: []string{"r"}, Ops: "pg", CI: true, Least: 19000},
		{Name: "replace-2", What: "size 3, two replaces; two ballots of puts",
			Members: 3, Ballots: 2, Steps: []string{"r", "r"}, Ops: "n", CI: true, Least: 255000},
		{Name: "any-2", What: "size 3, two steps of any kind; two ballots of puts",
			Members: 3, Ballots: 2, Steps: []string{"rgs", "rags"}, Ops: "n", CI: true, Least: 745000},
		{Name: "shrink-grow-add", What: "size 3: shrink, grow, add; two ballots of puts",
			Members: 3, Ballots: 2, Steps: []string{"s", "g", "a"}, Ops: "n", CI: true, Least: 19000},
		{Name: "erase-replace", What: "size 3, one replace; three ballots of puts, gets and erasures, collects",
			Members: 3, Ballots: 3, Steps: []string{"r"}, Ops: "pg", Collect: true, CI: true, Least: 1257000},
		{Name: "grow-add-replace", What: "size 3: grow, add, replace; two ballots of puts",
			Members: 3, Ballots: 2, Steps: []string{"g", "a", "r"}, Ops: "n", Least: 2140000},
		{Name: "any-3", What: "size 3, three steps of any kind; two ballots of puts",
			Members: 3, Ballots: 2, Steps: []string{"rgs", "rags", "rags"}, Ops: "n"},
		{Name: "replace-4", What: "size 4, two replaces; three ballots of puts",
			Members: 4, Ballots: 3, Steps: []string{"r", "r"}, Ops: "n"},
		{Name: "erase-reseat", What: "size 3, two replaces, also by a member that lost its seat; as erase-replace",
			Members: 3, Ballots: 3, Steps: []string{"r", "r"}, Ops: "pg", Collect: true, Reseat: true},
	}
}
