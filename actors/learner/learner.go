// Package learner is the gen_server that takes the reads of a bucket, under the
// name BUCKET.Learner:
//
//	{get, Key, Opts}  -> {ok, Value} | {error, Reason}
//	{pid, Key, Opts}  -> {ok, Pid} | {error, Reason}
//	{node, Key, Opts} -> {ok, Node} | {error, Reason}
//
// and has processes told of what becomes of keys (package request has the
// messages):
//
//	{watch, Pid, Key}     -> ok | {error, Reason}    what the key holds, then each change
//	{watch, Pid}          -> ok | {error, Reason}    the same of all keys of the bucket
//	{lost, Pid, Key, Rev} -> ok | {error, Reason}    once, when the node cannot vouch for Rev any more
//	{unwatch, Pid, Key}   -> ok                      ends both of a key
//	{unwatch, Pid}        -> ok
//
// It also takes word from elsewhere of what was chosen. See package request for
// Opts and Reason.
package learner

import (
	"context"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/actors/door"
	"github.com/paxoskv/paxoskv/actors/request"
	"github.com/paxoskv/paxoskv/host"
)

// Learner is the behaviour of the actor.
type Learner struct{ door.Door }

// New is the behaviour of the actor; it is started with the bucket's name. A
// restart loses those who watch, who are told so, and nothing else: what was
// learned is in the host.
func New() gen.ServerBehavior {
	return &Learner{door.Door{Role: host.Learner, Names: []string{"get", "pid", "node"}, Serve: serve}}
}

// Init opens the role.
func (l *Learner) Init(p *gen.ServerProcess, args ...etf.Term) error {
	if err := l.Door.Init(p, args...); err != nil {
		return err
	}
	s := p.State.(*door.State)
	s.Own = newWatchers(p.Context(), s)
	return nil
}

// HandleCall takes the requests of those who watch, and those of a door.
func (l *Learner) HandleCall(p *gen.ServerProcess, from gen.ServerFrom, message etf.Term) (etf.Term, gen.ServerStatus) {
	message = request.Decoded(message)
	w, ours, err := request.ParseWatching(message)
	switch {
	case !ours:
		return l.Door.HandleCall(p, from, message)
	case err != nil:
		return request.Error(err), gen.ServerStatusOK
	}
	s := p.State.(*door.State)
	s.Host.Heard(string(from.Pid.Node))
	if err := s.Own.(*watchers).serve(p, w); err != nil {
		return request.Error(err), gen.ServerStatusOK
	}
	return etf.Atom("ok"), gen.ServerStatusOK
}

// HandleInfo takes frames of peers, and the ends of those who watch.
func (l *Learner) HandleInfo(p *gen.ServerProcess, message etf.Term) gen.ServerStatus {
	if down, ok := message.(gen.MessageDown); ok {
		p.State.(*door.State).Own.(*watchers).forget(down.Pid)
		return gen.ServerStatusOK
	}
	return l.Door.HandleInfo(p, message)
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
	return ask(p, node, bucket, etf.Tuple{what, key, opts})
}

func ask(p *gen.ServerProcess, node, bucket string, request etf.Term) (etf.Term, error) {
	return p.Call(gen.ProcessID{Name: host.ActorName(bucket, host.Learner), Node: node}, request)
}

// Watch has pid told of a key.
func Watch(p *gen.ServerProcess, node, bucket string, pid etf.Pid, key etf.Term) (etf.Term, error) {
	return ask(p, node, bucket, etf.Tuple{etf.Atom("watch"), pid, key})
}

// WatchAll has pid told of all keys.
func WatchAll(p *gen.ServerProcess, node, bucket string, pid etf.Pid) (etf.Term, error) {
	return ask(p, node, bucket, etf.Tuple{etf.Atom("watch"), pid})
}

// Unwatch ends what Watch began.
func Unwatch(p *gen.ServerProcess, node, bucket string, pid etf.Pid, key etf.Term) (etf.Term, error) {
	return ask(p, node, bucket, etf.Tuple{etf.Atom("unwatch"), pid, key})
}

// UnwatchAll ends what WatchAll began.
func UnwatchAll(p *gen.ServerProcess, node, bucket string, pid etf.Pid) (etf.Term, error) {
	return ask(p, node, bucket, etf.Tuple{etf.Atom("unwatch"), pid})
}

// Lost has pid told, once, as soon as the node cannot vouch for the entry of a rev,
// in the form of package request, any more.
func Lost(p *gen.ServerProcess, node, bucket string, pid etf.Pid, key, rev etf.Term) (etf.Term, error) {
	return ask(p, node, bucket, etf.Tuple{etf.Atom("lost"), pid, key, rev})
}
