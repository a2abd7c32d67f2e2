// Package learner is the gen_server that takes the reads of a bucket, under the
// name BUCKET.Learner:
//
//	{get, Key, Opts}  -> {ok, Value} | {error, Reason}
//	{pid, Key, Opts}  -> {ok, Pid} | {error, Reason}
//	{node, Key, Opts} -> {ok, Node} | {error, Reason}
//
// and word from elsewhere of what was chosen. See package request for Opts and
// Reason.
package learner

import (
	"context"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/actors/door"
	"github.com/paxoskv/paxoskv/actors/request"
	"github.com/paxoskv/paxoskv/host"
)

// New is the behaviour of the actor; it is started with the bucket's name. A
// restart loses nothing: what was learned is in the host.
func New() gen.ServerBehavior {
	return &door.Door{Role: host.Learner, Names: []string{"get", "pid", "node"}, Serve: serve}
}

func serve(ctx context.Context, b *host.Bucket, r request.Request, end func(host.Answer, error)) {
	b.Get(ctx, r.Query, end)
}

// Get calls the learner of a bucket on a node, from an actor: options as in
// package request. The reply is {ok, Value} or {error, Reason}.
func Get(p *gen.ServerProcess, node, bucket string, key etf.Term, opts etf.List) (etf.Term, error) {
	return call(p, "get", node, bucket, key, opts)
}

// PID asks for the process that a key is tied to.
func PID(p *gen.ServerProcess, node, bucket string, key etf.Term, opts etf.List) (etf.Term, error) {
	return call(p, "pid", node, bucket, key, opts)
}

// Node asks for the node that a key is tied to.
func Node(p *gen.ServerProcess, node, bucket string, key etf.Term, opts etf.List) (etf.Term, error) {
	return call(p, "node", node, bucket, key, opts)
}

func call(p *gen.ServerProcess, what etf.Atom, node, bucket string, key etf.Term, opts etf.List) (etf.Term, error) {
	to := gen.ProcessID{Name: host.ActorName(bucket, host.Learner), Node: node}
	return p.Call(to, etf.Tuple{what, key, opts})
}
