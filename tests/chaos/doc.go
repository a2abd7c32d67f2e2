// Package chaos runs a cluster of real nodes, each a process in a network namespace
// of its own, under a seeded schedule of faults, while clients of several kinds put
// and get the same keys; and judges all answers afterwards, against the record of
// what was done to the nodes.
//
//	go run ./tests/chaos/cmd/chaos -time 3m -seed 7
//
// A seed gives the schedule: which fault, where, when and for how long. What the
// nodes then make of it depends on the machine, so a seed makes a finding likely
// again, not certain; the histories of a run with a finding are therefore kept.
//
// It takes Linux, root and /dev/net/tun; what is missing is said, and is an error.
package chaos
