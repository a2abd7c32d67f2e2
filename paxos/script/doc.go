// Package script runs golden conversations: short texts that say what happens to
// a few nodes of the real core, message by message, with what came of each step
// printed below it. They are read as much as they are run.
//
// A text has one command on a line; lines that begin with # are prose, and those
// that begin with four spaces are outcomes, which are made anew by
// go test ./paxos/script -rewrite. The commands:
//
//	nodes SIZE NAME...          start nodes, and let them found a cluster
//	start NAME                  start one more
//	restart NAME                end a node with its memory, and start it again
//	put NODE KEY VALUE [on P]   begin a put; P is pid:NAME@NODE or node:NODE
//	get NODE KEY                begin a get
//	collect NODE KEY            collect the tombstone of a key
//	deliver [FROM [TO [KIND]]]  deliver what is under way, * stands for any
//	twice   [FROM [TO [KIND]]]  deliver, and keep a copy under way
//	drop    [FROM [TO [KIND]]]  lose it
//	settle                      deliver until nothing is under way
//	cut A B, join A B           cut and restore a connection; both see it
//	gone NODE PID               a node sees that a process ended
//	fire NODE KIND              a timer of a node runs out: resend, backoff, ...
//	run MS                      let time pass: ticks, timers and all messages
//	resize NODE SIZE            ask for a size
//	show KEY                    what each node holds for a key
//	cluster                     what each node takes for the members
//	pending                     what is under way
//
// A node's first life is written by its name, each later one with a stroke more:
// c, c', c”. A ballot is COUNTER.NODE. L1.a is the live entry that ballot 1.a
// made, T2.b a tombstone, and L1.a@3.b that entry accepted at ballot 3.b.
package script
