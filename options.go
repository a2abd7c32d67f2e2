package paxoskv

import (
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/host"
)

// Option changes what one call does.
type Option func(*options)

type options struct {
	node       string
	bucket     string
	query      host.Query
	fallback   any
	hasDefault bool
}

func collect(opts []Option) *options {
	o := &options{bucket: host.DefaultBucket}
	for _, f := range opts {
		f(o)
	}
	return o
}

// InBucket names the bucket; PaxosKV where it is not given.
func InBucket(name string) Option { return func(o *options) { o.bucket = name } }

// OnNode names the node of this program that the call is made on, where the
// program runs several.
func OnNode(name string) Option { return func(o *options) { o.node = name } }

// TiedToPID lets the key of a Put live as long as a process, on any node of Go or
// of Erlang. A quorum of the members has to be connected to the process's node,
// or to be able to dial it; else the Put is ErrInvalidValue.
func TiedToPID(p etf.Pid) Option {
	return func(o *options) { o.query.Ties.PIDs = append(o.query.Ties.PIDs, p) }
}

// TiedToNode lets the key of a Put live as long as a node of Go or of Erlang, as it
// runs now: a restart ends it. It has to be connected as for TiedToPID.
func TiedToNode(name string) Option {
	return func(o *options) { o.query.Ties.Nodes = append(o.query.Ties.Nodes, name) }
}

// TiedToKey lets the key of a Put live as long as another key of the bucket
// holds what it holds now.
func TiedToKey(key any) Option {
	return func(o *options) { o.query.Ties.Keys = append(o.query.Ties.Keys, key) }
}

// Until lets the key of a Put live until a time, to the millisecond.
func Until(t time.Time) Option { return func(o *options) { o.query.Ties.Until = t } }

// Default is what a Get answers, with Found false, instead of ErrNotFound.
func Default(v any) Option {
	return func(o *options) { o.fallback, o.hasDefault = v, true }
}

// Stale lets a Get answer from what this node learned last, without a message,
// marked as Stale; it asks the cluster where the node has learned nothing. Keys
// that are tied to nothing need no Stale: once learned they are read from memory.
func Stale() Option { return func(o *options) { o.query.Stale = true } }

// WithoutQuorum says what becomes of a call while there is no quorum: Retry,
// Return or Fail.
type WithoutQuorum = host.WithoutQuorum

// What may become of a call while there is no quorum.
const (
	// Retry goes on until the context ends. It is the default.
	Retry = host.Retry
	// Return returns ErrNoQuorum.
	Return = host.Return
	// Fail panics with ErrNoQuorum, as a BEAM process would exit.
	Fail = host.Fail
)

// OnNoQuorum says what becomes of the call while there is no quorum.
func OnNoQuorum(w WithoutQuorum) Option { return func(o *options) { o.query.Policy = w } }
