//go:build linux

// Command chaos runs a cluster of real nodes under faults: see package chaos.
package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/paxoskv/paxoskv/tests/chaos"
)

func main() {
	var o chaos.Options
	flag.Uint64Var(&o.Seed, "seed", uint64(time.Now().UnixNano()), "what the schedule is drawn from")
	flag.DurationVar(&o.Time, "time", time.Minute, "how long faults happen")
	flag.IntVar(&o.Size, "size", 3, "the cluster size")
	flag.IntVar(&o.Spares, "spares", 0, "further nodes")
	flag.BoolVar(&o.Disk, "disk", false, "nodes with disks, and faults of these")
	flag.IntVar(&o.Shells, "shells", 1, "how many of the nodes run cmd/node")
	flag.IntVar(&o.Erlang, "erlang", 1, "Erlang nodes that call, 0 or 1")
	flag.BoolVar(&o.Watches, "watches", false, "watch all keys on each node, and judge what was told")
	flag.IntVar(&o.Clients, "clients", 0, "clients of each kind (4)")
	flag.DurationVar(&o.Think, "think", 0, "the mean pause of a client between calls (10ms)")
	flag.DurationVar(&o.Shortest, "shortest", 0, "the shortest fault (4ms)")
	flag.DurationVar(&o.Longest, "longest", 0, "the longest fault (a quarter of the time, at most 90s)")
	flag.DurationVar(&o.Every, "every", 0, "the mean pause between faults (2s)")
	flag.StringVar(&o.Out, "out", "", "a folder for the record of the run")
	flag.BoolVar(&o.Race, "race", false, "build the nodes with the race detector")
	starts := flag.Int("starts", 0, "instead of a run, start a cluster so many times")
	abreast := flag.Int("abreast", 4, "of -starts: how many clusters side by side")
	rolling := flag.Int("rolling", 0, "instead of a run, restart all nodes under load so many times")
	flag.Func("faults", "the weights of the faults, such as kill=3,clock=1 (all of them)", func(text string) (err error) {
		o.Weights, err = weights(text)
		return err
	})
	fault := flag.String("fault", "", "plant a fault in the nodes, by the beginning of its name")
	verbose := flag.Bool("v", false, "show faults as they happen")
	flag.Parse()
	if *verbose {
		o.Logf = func(format string, args ...any) { fmt.Printf(format+"\n", args...) }
	}
	if *fault != "" {
		if err := plant(*fault, &o); err != nil {
			fmt.Fprintf(os.Stderr, "chaos: %v\n", err)
			os.Exit(2)
		}
	}
	report, failed, err := run(o, *starts, *abreast, *rolling)
	if err != nil {
		fmt.Fprintf(os.Stderr, "chaos: %v\n", err)
		os.Exit(2)
	}
	fmt.Print(report)
	if failed {
		os.Exit(1)
	}
}

// run does what the command line asks for, and says whether it found something.
func run(o chaos.Options, starts, abreast, rolling int) (report fmt.Stringer, failed bool, err error) {
	switch {
	case starts > 0:
		o.Shells, o.Erlang = 0, 0
		r, err := chaos.Starts(o, starts, abreast)
		return r, err == nil && len(r.Failures) > 0, err
	case rolling > 0:
		o.Shells, o.Erlang = 0, 0
		r, err := chaos.Roll(o, rolling)
		return r, err == nil && len(r.Failures) > 0, err
	}
	r, err := chaos.Run(o)
	return r, err == nil && len(r.Verdict.Findings) > 0, err
}

// weights reads NAME=WEIGHT,...
func weights(text string) (map[chaos.Kind]int, error) {
	w := make(map[chaos.Kind]int)
	for _, part := range strings.Split(text, ",") {
		name, number, _ := strings.Cut(part, "=")
		n, err := strconv.Atoi(number)
		if _, known := chaos.DiskWeights[chaos.Kind(name)]; err != nil || !known {
			return nil, fmt.Errorf("%q is not a fault and its weight", part)
		}
		w[chaos.Kind(name)] = n
	}
	return w, nil
}

// plant has the nodes built with a fault that has to be found.
func plant(name string, o *chaos.Options) error {
	for _, p := range chaos.PlantedFaults {
		if strings.HasPrefix(p.Name, name) {
			o.Edits = p.Edits
			p.Bias(o)
			return nil
		}
	}
	return fmt.Errorf("no fault to plant begins with %q", name)
}
