// Package paxoskv is a cluster-wide key-value store for programs on the ergo
// actor framework, and for the Erlang and Elixir nodes beside them. Each key is
// decided by Paxos rounds of its own: there is no leader and no log.
//
//	res, err := paxoskv.Put(ctx, etf.Atom("leader"), self, paxoskv.TiedToPID(self))
//
// Put returns the one value that the cluster chose for the key, whoever asks and
// wherever: the first value wins, and stays. A key lives for ever, or for as
// long as what it is tied to: processes, nodes, other keys, a deadline. When one
// of them goes, the key is erased, and may be put again.
//
// # What is guaranteed
//
//   - All answers for one rev of a key, on all nodes and for all time, are the
//     same value.
//   - The history of puts, gets and erasures of a key is linearizable; a read
//     asked for with Stale is not, and is marked.
//   - An entry that is tied to nothing is never erased. One that is tied is erased
//     only when what it is tied to ended, or when a quorum of members lost the
//     connection to its node; a cut that only a minority sees does not erase it.
//   - An erased rev never comes back, and the revs of a key only grow.
//   - Every call ends, by its context or with an error.
//
// # What is not
//
//   - Without a quorum (more than half of the cluster's size) nothing is decided.
//   - A node keeps its records in memory, unless it is told to keep them on disk.
//     The loss of as many nodes as the quorum bears, one after the other or at once,
//     loses nothing; the loss of more loses what only they held, and is said in the
//     log. With disks no restart loses anything.
//   - Whoever held a key is not told at once that it lost it, but by Lost as soon
//     as can be: hand the rev along as a fencing token where that matters.
//   - ErrIndeterminate means that a put may have taken effect. Get, or putting the
//     same value again, tells.
//
// # Terms
//
// Keys and values are any Erlang terms, written in Go as ergo writes them: see
// package term. Two keys are the same exactly when Erlang's =:= says so.
//
// # Starting it
//
// Package app is the ergo application with the cluster service and the default
// bucket; package sup has the parts for a supervision tree of one's own. The
// functions here use the node of this program. Where a program runs several,
// OnNode names one.
package paxoskv
