// Package watch is what those who watch the keys of a bucket are told on one
// node: a state machine without clock, goroutine or lock, as package paxos.
//
// A Feed learns of entries that were chosen, as its node does, and tells its
// subscribers. What was chosen elsewhere may never be learned: messages are
// lost, and a node without a seat gets none. So a feed also reads what the
// members hold, a quorum of them: everything once, and from then on what has
// changed. That costs a small message and its answer where nothing has. It is
// a hint only: a key whose rev is newer than what was told is read by a get,
// which answers only what is chosen.
//
// What holds for each subscriber:
//
//  1. An entry is told only when it is known to be chosen, and the revs of a key
//     only grow, whatever comes late or twice.
//  2. Once messages pass, each subscriber is told the last state of every key.
//  3. What it is told up to Current is no older than the moment at which it
//     subscribed, or at which it was told Missed or Behind.
//  4. It is told Missed where an entry was left out: before the one that followed
//     where that names another, and where it names none, once a quorum has told
//     what it accepted by then. Also where it was too slow: what waits for it is
//     bounded.
package watch
