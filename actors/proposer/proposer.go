// Package proposer is the gen_server that takes the puts of a bucket, under the
// name BUCKET.Proposer:
//
//	{put, Key, Value, Opts} -> {ok, ChosenValue} | {error, Reason}
//
// and the answers of acceptors elsewhere to the rounds of this node. See
// package request for Opts and Reason.
package proposer

import (
	"context"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/actors/door"
	"github.com/paxoskv/paxoskv/actors/request"
	"github.com/paxoskv/paxoskv/host"
)

// New is the behaviour of the actor; it is started with the bucket's name.
//
// A restart loses the requests under way: their callers get closed, or
// indeterminate where a value had been proposed. Ballots go on above those used.
func New() gen.ServerBehavior {
	return &door.Door{Role: host.Proposer, Names: []string{"put"}, Serve: serve}
}

func serve(ctx context.Context, b *host.Bucket, r request.Request, end func(host.Answer, error)) {
	b.Put(ctx, r.Query, end)
}

// Put calls the proposer of a bucket on a node, from an actor: options as in
// package request. The reply is {ok, Value} or {error, Reason}.
func Put(p *gen.ServerProcess, node, bucket string, key, value etf.Term, opts etf.List) (etf.Term, error) {
	to := gen.ProcessID{Name: host.ActorName(bucket, host.Proposer), Node: node}
	return p.Call(to, etf.Tuple{etf.Atom("put"), key, value, opts})
}
