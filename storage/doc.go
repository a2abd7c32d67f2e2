// Package storage keeps on disk what a node of the store must not forget: which
// member it is, what it promised and accepted, and where it stands in the chain
// of configurations. A node that finds it all at its next start is the member
// that it was, and nobody has to replace it.
//
// Store is all that the node asks for. Open keeps a Store in one file of a
// directory; Memory stands for a disk in tests and in the simulator.
//
// # The file
//
// The file is one of go.etcd.io/bbolt: a B+tree whose pages are never written
// over while the last transaction needs them, so that one that is broken off is
// as if it had not begun. It has two buckets:
//
//	about   format -> the format of the file
//	        node   -> name and incarnation of the member, and of its last life
//	        member -> paxos.MemberState
//	        sum    -> the transaction, and count and digest of each bucket
//	keys    s SLOT -> floor and collected of a slot
//	        k KEY h -> what was accepted for a key
//	        k KEY p -> what was promised above that, or where nothing was accepted
//
// A KEY too long for the tree is l HASH, and stands before the value instead.
//
// # Damage
//
// A disk may give back what was not written: bits that turned, a page as it was
// before, a file cut off. None of it may be taken for what was promised, so it is
// noticed at the start and the file is refused, as ErrDamaged:
//
//   - The tree is walked before bbolt sees it: each page is where it says, is
//     reached once, and has its keys in order. bbolt itself trusts its pages.
//   - Each value begins with a CRC-32C over its key and itself.
//   - sum holds, for each bucket, how many values there are and a digest of their
//     checksums: a page of an earlier transaction, each value of it intact, does
//     not agree with it. Checksums are mixed before they are added up, because
//     CRCs are linear: two values that change in the same bits would cancel out.
//     sum names the transaction that wrote it, and bbolt the last one.
//   - Both meta pages of bbolt have to be whole and of successive transactions.
//     bbolt would take the older one where the newer is damaged, and so undo the
//     last transaction, promises and all. That a crash leaves half a meta page is
//     no worry: it fits into a sector, which a disk writes as a whole.
//
// What cannot be noticed is a disk that lies: that says a transaction is durable,
// and has none of it after a power cut; nor an older copy of the whole file put
// in its place. Never restore a node's directory from a copy: delete it, and the
// node is another member that has its seat again as soon as it has merged the
// others.
package storage
