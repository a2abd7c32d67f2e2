// Command explore runs the exhaustive searches of the core and prints what they
// found: all of them, or those named.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"

	"github.com/paxoskv/paxoskv/paxos/explore"
)

func main() {
	states := flag.Int("states", 0, "end a search after so many states (0: no bound)")
	limit := flag.Duration("time", 0, "end a search after so long (0: no bound)")
	flag.Parse()
	failed := false
	run := func(name, what string, search func(explore.Limit) explore.Result) {
		if names := flag.Args(); len(names) > 0 && !slices.Contains(names, name) {
			return
		}
		res := search(explore.Limit{States: *states, Time: *limit})
		fmt.Printf("%-18s %v\n%20s(%s)\n", name, res, "", what)
		for _, l := range res.Trace {
			fmt.Println("   ", l)
		}
		failed = failed || res.Violation != ""
	}
	for _, r := range explore.Runs() {
		run(r.Name, r.What, r.Search)
	}
	for _, r := range explore.SeatRuns() {
		run("seats-"+r.Name, r.What, r.Search)
	}
	if failed {
		os.Exit(1)
	}
}
