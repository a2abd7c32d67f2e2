// Package explore searches what the real core can do, to the end, within small
// bounds: three acceptors and up to four ballots on every change, five and more
// on demand. Model is what is searched, Search goes breadth first and prints a
// shortest trace to what it finds.
//
// How it is fast: the state of an acceptor, and what a proposer has heard, are
// interned, so that each is a small number; the real core runs once for each
// pair of a number and an input; and a state of the whole system is a few words
// of such numbers and bits. Acceptors are alike, so mirror images are one state.
//
// How it is made:
//
//   - Messages are facts in the state and never go away. So loss, delay, doubling
//     and reordering need no steps of their own.
//   - Each ballot has a proposer of its own, whose operation is picked when it
//     decides, since phase 1 is the same for all. The answers of a phase come to
//     it together: until there are enough of them nobody else can tell. They come
//     twice, and among messages that must not count: of strangers, other epochs,
//     other clusters, other ballots.
//   - A get or an erasure begins its round whatever its query found; a reader
//     asks queries beside. A collector asked at the very beginning, and each
//     acceptor answers it in its own time.
//   - By default every round may find every entry down or not, as each of its
//     answers may say hold, suspect or gone: that is every guard at once. Runs
//     with Guards have guards that end, and acceptors that learn of it, or
//     suspect it on and off, each in their own time.
//   - Over several epochs (SeatRun) the replica with its gate, duty and merge is
//     the real one. The instance that decides a configuration is abstract: the
//     next is chosen once a quorum of members that may vote are in the last.
//
// What is checked, by code that knows nothing of the core (rules.go): chosen
// entries, by ballot, each follow the one before; an answer is what the chain was
// at some moment of its operation; one put takes effect once; an entry is erased
// only after its guard went, or a quorum suspected it in the answers of one
// round; an erasure leaves other revs alone; nobody tells that something is
// chosen which is not.
//
// What it leaves to the simulator: rounds that are lost and run again within one
// operation (but for a put tried again), turns, several keys and the votes on
// configurations.
package explore
