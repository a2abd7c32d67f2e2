// Command explore runs the exhaustive searches of the core and prints what they
// found: all of them, or those named.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/paxoskv/paxoskv/paxos/explore"
)

func main() {
	states := flag.Int("states", 0, "end a search after so many states (0: no bound)")
	limit := flag.Duration("time", 0, "end a search after so long (0: no bound)")
	flag.Parse()
	failed := false
	for _, r := range explore.Runs() {
		if names := flag.Args(); len(names) > 0 && !slices.Contains(names, r.Name) {
			continue
		}
		res := r.Search(explore.Limit{States: *states, Time: time.Duration(*limit)})
		fmt.Printf("%-18s %v\n%20s(%s)\n", r.Name, res, "", r.What)
		for _, l := range res.Trace {
			fmt.Println("   ", l)
		}
		failed = failed || res.Violation != ""
	}
	if failed {
		os.Exit(1)
	}
}
