// Package wire is the binary form in which the nodes of the store send each
// other the messages of package paxos. It is compact, ours alone, and versioned
// by its first byte.
//
// A frame carries a batch of messages from one node to one other:
//
//	frame    = version(1 byte) from to count message*
//	message  = tag(1 byte) [cluster epoch] fields
//	from, to = identity
//
// Numbers are unsigned varints of encoding/binary, but for a deadline, which is
// a signed one. Texts are a length and so many bytes. Lists are a count and so
// many elements. A bool is one byte, 0 or 1. What may be absent begins with a
// byte that says whether it is there. The fields of a message are written in
// the order in which package paxos declares them.
//
//   - An identity is written out once in a frame, where it first occurs, and
//     from then on is a number. The number 0 is no identity; a number one above
//     those known so far announces a new one, whose name and incarnation follow.
//   - Cluster and epoch are written only where they differ from those of the
//     message before (0 and 0 before the first). The top bit of the tag says so.
//
// Decoding trusts nothing: each length and count is compared with what remains
// of the frame before anything is allocated for it, values that the core could
// not bear (a slot that does not exist, an unknown kind of guard) are refused,
// and a frame with one bad message is refused whole. Nothing that was decoded
// shares memory with the frame. An empty list comes back as nil.
//
// Any change of this form needs a new Version; the files below testdata pin it.
package wire
