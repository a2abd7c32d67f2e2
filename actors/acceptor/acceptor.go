// Package acceptor is the gen_server that takes the questions of proposers
// elsewhere to this node's acceptor, for the keys of a bucket, under the name
// BUCKET.Acceptor. It takes no requests.
package acceptor

import (
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/actors/door"
	"github.com/paxoskv/paxoskv/host"
)

// New is the behaviour of the actor; it is started with the bucket's name. A
// restart loses nothing: promises and votes are in the host, which lives as
// long as the node.
func New() gen.ServerBehavior {
	return &door.Door{Role: host.Acceptor}
}
