// Package sim runs clusters of the pure core of package paxos on a simulated
// network and simulated clocks, breaks what may break, and checks what came out
// of it. Everything is drawn from one seed, so a failing seed is replayed by its
// number.
//
// A schedule has three parts. First a cluster of one to five nodes is founded.
// Then, for a second or two of simulated time, clients put and get while faults
// happen: messages are lost, doubled, delayed and reordered; links are cut one
// way or both; nodes crash and come back as new identities, are paused, join,
// and are replaced; the size changes; processes that keys are tied to die or are
// cut off; clocks jump. At last everything heals, and progress is demanded.
//
// The parts of the package:
//
//   - Options holds every rate and size of a schedule; Draw takes them from a
//     seed and a Profile.
//   - world, network, life: what the core runs on. A life is one life of a node,
//     wired as its actors will wire it.
//   - faults, clients, guards: what happens to it. guards.go keeps the truth
//     about what keys are tied to, which no node knows as such.
//   - witness: reads every message on the wire and counts for itself what was
//     chosen, by which members, and what justified an erasure.
//   - history: the answers that clients got, which package linear checks for
//     linearizability in two ways that share no code.
//   - progress: what is demanded once all has healed.
//
// The checks know nothing of the core's insides: they see answers, messages, and
// the truth about guards. (The loss of memory is kept within what the rules bear
// by asking replicas whether they may vote; that steers faults, and judges
// nothing.)
package sim
