package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"time"
)

const machines = 3

// roleEnv makes the program a child: see child.go.
const roleEnv = "ISOLATION_ROLE"

func main() {
	if role := os.Getenv(roleEnv); role != "" {
		log.Fatal(child(role))
	}
	out := flag.String("out", "", "write a plot (SVG) to this file")
	rounds := flag.Int("rounds", 3, "how often each fault is tried")
	before := flag.Duration("before", 2*time.Second, "load before the fault")
	after := flag.Duration("after", 8*time.Second, "load after it")
	stores := flag.String("stores", "PaxosKV,etcd", "which are tried")
	clients := flag.Int("clients", 4, "clients on each machine")
	flag.Parse()
	if err := run(*out, strings.Split(*stores, ","), *rounds, options{*before, *after, *clients}); err != nil {
		log.Fatal(err)
	}
}

func run(out string, stores []string, rounds int, o options) error {
	etcd := ""
	for _, store := range stores {
		if store != "PaxosKV" && store != "etcd" {
			return fmt.Errorf("-stores: %q is neither PaxosKV nor etcd", store)
		}
	}
	if slices.Contains(stores, "etcd") {
		var err error
		if etcd, err = buildEtcd(); err != nil {
			return err
		}
		defer os.Remove(etcd)
	}
	var shown []result
	fmt.Printf("%-8s %-8s %14s %14s %14s %12s %12s\n", "store", "fault", "gap before", "gap after", "began at", "puts/s", "puts/s after")
	for _, fault := range []string{"cut off", "killed"} {
		for _, store := range stores {
			var worst *result
			var worstGap time.Duration
			for range rounds {
				r, err := try(store, fault, etcd, o)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", store, fault, err)
				}
				fmt.Println(r)
				if gap, _ := r.gapAfter(); worst == nil || gap > worstGap {
					worst, worstGap = &r, gap
				}
			}
			shown = append(shown, *worst)
		}
	}
	if out == "" {
		return nil
	}
	return os.WriteFile(out, []byte(plot(shown)), 0o644)
}
