// Package request reads the requests that the store takes as gen_server calls,
// and writes the replies: terms in, a host.Query or a reply term out.
//
//	{put, Key, Value, Opts}   {get, Key, Opts}   {pid, Key, Opts}   {node, Key, Opts}
//
// Opts is a proplist of {pid, P}, {node, N}, {key, K}, {until, SystemTimeMs},
// {bucket, B}, {default, D}, {no_quorum, retry | fail | return}, {timeout, Ms},
// stale and rev; pid, node and key may be given more than once. Replies are
// {ok, Value} and {error, Reason}, Reason being no_quorum, not_found,
// invalid_value, indeterminate, timeout, unknown_bucket, closed, busy, refused,
// too_large or {bad_request, Why} with Why a binary. With the option rev it is {ok, Value, Rev},
// but for a default, which has none: Rev is {Counter, Node, Incarnation}, with Node a
// binary, and Erlang orders such terms as revs are ordered.
package request

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/term"
)

// ErrBadRequest is wrapped by every error about the form of a request.
var ErrBadRequest = errors.New("bad request")

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrBadRequest, fmt.Sprintf(format, args...))
}

// DefaultTimeout ends a request that names no timeout: before the 5 s that
// gen_server:call waits by default [OTP, gen_server:call/2].
const DefaultTimeout = 4500 * time.Millisecond

// Request is a request read.
type Request struct {
	// Name is put, get, pid or node.
	Name  string
	Query host.Query
	// Bucket is empty when the request names none.
	Bucket  string
	Timeout time.Duration
	// Rev says that the reply is to hold the rev.
	Rev bool
	// Default is what a read answers in place of not_found, where HasDefault.
	Default    any
	HasDefault bool
}

// Parse reads a request.
func Parse(message any) (Request, error) {
	r := Request{Timeout: DefaultTimeout}
	t, err := tuple(message)
	if err != nil {
		return r, err
	}
	name, ok := t[0].(etf.Atom)
	r.Name = string(name)
	var opts any
	switch {
	case ok && r.Name == "put" && len(t) == 4:
		r.Query.Key, r.Query.Value, opts = t[1], t[2], t[3]
	case ok && (r.Name == "get" || r.Name == "pid" || r.Name == "node") && len(t) == 3:
		r.Query.Key, opts = t[1], t[2]
	default:
		return r, bad("expected {put, Key, Value, Opts} or {get | pid | node, Key, Opts}, got %s", show(message))
	}
	return r, r.options(opts)
}

// tuple reads the outermost form of a message, which may still be encoded.
func tuple(message any) (etf.Tuple, error) {
	if raw, ok := message.(term.Raw); ok {
		v, err := term.Decode(raw)
		if err != nil {
			return nil, bad("%v", err)
		}
		message = v
	}
	t, ok := message.(etf.Tuple)
	if !ok || len(t) == 0 {
		return nil, bad("expected a tuple, got %s", show(message))
	}
	return t, nil
}

// show prints a term for an error, in bounds.
func show(v any) string {
	s := term.Format(v)
	if len(s) > 200 {
		s = s[:200] + "..."
	}
	return s
}

func (r *Request) options(opts any) error {
	list, ok := opts.(etf.List)
	if !ok {
		return bad("expected a list of options, got %s", show(opts))
	}
	for _, o := range list {
		if err := r.option(o); err != nil {
			return err
		}
	}
	return nil
}

func (r *Request) option(o any) error {
	switch o {
	case etf.Atom("stale"):
		r.Query.Stale = true
		return nil
	case etf.Atom("rev"):
		r.Rev = true
		return nil
	}
	t, ok := o.(etf.Tuple)
	if !ok || len(t) != 2 {
		return bad("unknown option %s", show(o))
	}
	name, _ := t[0].(etf.Atom)
	if set := setters[string(name)]; set == nil || !set(r, t[1]) {
		return bad("unknown option %s", show(o))
	}
	return nil
}

// setters are the options by name; each says whether the value suits.
var setters = map[string]func(*Request, any) bool{
	"pid": func(r *Request, v any) bool {
		p, ok := v.(etf.Pid)
		r.Query.Ties.PIDs = append(r.Query.Ties.PIDs, p)
		return ok
	},
	"node": func(r *Request, v any) bool {
		n, ok := v.(etf.Atom)
		r.Query.Ties.Nodes = append(r.Query.Ties.Nodes, string(n))
		return ok
	},
	"key": func(r *Request, v any) bool {
		r.Query.Ties.Keys = append(r.Query.Ties.Keys, v)
		return true
	},
	"until": func(r *Request, v any) bool {
		ms, ok := integer(v)
		r.Query.Ties.Until = time.UnixMilli(ms)
		return ok
	},
	"bucket": func(r *Request, v any) bool {
		name, ok := BucketName(v)
		r.Bucket = name
		return ok
	},
	"default": func(r *Request, v any) bool {
		r.Default, r.HasDefault = v, true
		return true
	},
	"no_quorum": func(r *Request, v any) bool {
		a, _ := v.(etf.Atom)
		p, ok := map[etf.Atom]host.WithoutQuorum{
			"retry": host.Retry, "return": host.Return, "fail": host.Fail}[a]
		r.Query.Policy = p
		return ok
	},
	"timeout": func(r *Request, v any) bool {
		ms, ok := integer(v)
		r.Timeout = time.Duration(ms) * time.Millisecond
		return ok && ms > 0 && ms <= int64(24*time.Hour/time.Millisecond)
	},
}

// BucketName reads the name of a bucket: an atom, a string or a binary.
func BucketName(v any) (string, bool) {
	switch n := v.(type) {
	case etf.Atom:
		return string(n), n != ""
	case string:
		return n, n != ""
	case []byte:
		return string(n), len(n) > 0
	}
	return "", false
}

func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	case uint64:
		return int64(n), n < 1<<63
	}
	return 0, false
}

// OK is {ok, V}.
func OK(v any) etf.Term { return etf.Tuple{etf.Atom("ok"), v} }

// reasons are the errors of the store as atoms, the more telling first: an
// error may wrap several.
var reasons = []struct {
	err  error
	atom etf.Atom
}{
	{host.ErrIndeterminate, "indeterminate"},
	{host.ErrNoQuorum, "no_quorum"},
	{host.ErrNotFound, "not_found"},
	{host.ErrInvalidValue, "invalid_value"},
	{host.ErrUnknownBucket, "unknown_bucket"},
	{host.ErrErased, "erased"},
	{host.ErrClosed, "closed"},
	{host.ErrBusy, "busy"},
	{host.ErrRefused, "refused"},
	{host.ErrTooLarge, "too_large"},
}

// Error is {error, Reason} for an error of the store.
func Error(err error) etf.Term {
	if errors.Is(err, ErrBadRequest) || errors.Is(err, term.ErrBadTerm) {
		why := strings.TrimPrefix(err.Error(), ErrBadRequest.Error()+": ")
		return etf.Tuple{etf.Atom("error"), etf.Tuple{etf.Atom("bad_request"), []byte(why)}}
	}
	return etf.Tuple{etf.Atom("error"), reasonOf(err)}
}

func reasonOf(err error) etf.Atom {
	for _, r := range reasons {
		if errors.Is(err, r.err) {
			return r.atom
		}
	}
	return "timeout"
}
