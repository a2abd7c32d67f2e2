// Package paxos is the protocol of PaxosKV as plain state machines: one
// register for each key, decided by its own Basic Paxos rounds [Lamport, Paxos
// Made Simple, 2001], erased by chosen tombstones, on a set of seats that a
// chain of configurations, each decided by one Paxos instance, hands from node
// to node.
//
// Nothing here knows of actors, clocks, goroutines, chance or logs. Messages
// and observations go in; messages, results, things to watch and timers to arm
// come out, collected in an Output. A caller that feeds the same inputs in the
// same order gets the same outputs, which is what the exhaustive search
// (package explore), the simulator (package sim) and the golden conversations
// (package script) below this directory rest on.
//
// The parts:
//
//   - Acceptor holds what this node has promised and accepted, and watches the
//     guards of what it accepted.
//   - Proposer drives operations (put, get, erase, collect) to their end, one
//     ballot at a time for each key.
//   - decide is the table of the protocol: what a proposer does with the
//     promises of a quorum. It is a function of its arguments.
//   - Member holds the configuration that this node has adopted, votes on the
//     next one, and merges state before it votes in a seat it was given.
//   - Replica is one node: a Member, an Acceptor and the gate before them that
//     compares epochs in one place.
//
// Words are those of the protocol: ballot, rev, record, floor, collected,
// guard, epoch, seat. A quorum of N seats is N/2 + 1 of them, and votes are
// sets keyed by node identity, so that one member that answers twice counts
// once.
package paxos
