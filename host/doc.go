// Package host is what a node keeps beside its actors: the replica of the
// protocol, the proposer of each bucket, the callers that wait for an answer, those
// who watch, and the outboxes to the other nodes.
//
// The actors are doors to it. State is kept here and not in them because
//
//   - an acceptor that crashes must not forget its promises while its node
//     lives, and an ergo supervisor starts a child again with nothing but its
//     behaviour;
//   - a mailbox drops what does not fit, and costs more than a step of the
//     protocol: a Go caller, a timer and this node's own votes need none;
//   - an actor must never wait for the network: each peer has an outbox with a
//     goroutine of its own, so that a send that hangs holds up nobody, and
//     messages that are ready together travel in one frame.
//
// Locks: Host.mu guards the replica, Bucket.mu a proposer, Host.state the rest.
// Neither of the first two is held while the other is taken, nor while anything
// is sent or called back (but for Watcher.Watch): a step fills an Output, and a
// task (see task.go) carries it out afterwards. The lock of those who watch a
// bucket (watch.go) is one of the same kind. Host.state is taken last.
package host
