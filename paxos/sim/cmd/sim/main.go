// Command sim runs many schedules of the simulator of package sim and reports
// what it found: go run ./paxos/sim/cmd/sim -seeds 100000.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/paxoskv/paxoskv/paxos/sim"
)

func main() {
	seeds := flag.Uint64("seeds", 3000, "how many schedules to run")
	from := flag.Uint64("from", 1, "the first seed")
	profile := flag.String("profile", string(sim.Mixed), fmt.Sprint("one of ", sim.Profiles))
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "how many schedules at a time")
	keep := flag.Bool("keep-going", false, "count all failing seeds instead of ending at the first")
	trace := flag.Bool("trace", false, "print the trace of each failing seed, shrunk")
	every := flag.Duration("every", 10*time.Second, "how often to tell how far it is")
	flag.Parse()
	debug.SetGCPercent(800) // schedules are small and live short
	b := sim.Batch{Profile: sim.Profile(*profile), From: *from, Seeds: *seeds, Workers: *workers,
		KeepGoing: *keep, Every: *every, Progress: os.Stderr}
	began := time.Now()
	stats, failures := b.Run()
	for _, f := range failures {
		fmt.Println(f)
		if *trace {
			sim.Run(sim.Shrink(f.Options), os.Stdout)
		}
	}
	fmt.Println(stats)
	fmt.Printf("%.1fs, %.3f ms a schedule\n", time.Since(began).Seconds(),
		1000*time.Since(began).Seconds()/float64(max(1, stats.Schedules)))
	if len(failures) > 0 {
		os.Exit(1)
	}
}
