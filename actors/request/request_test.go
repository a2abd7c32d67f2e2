package request_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/actors/request"
	"github.com/paxoskv/paxoskv/actors/requesttest"
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
)

type (
	tuple = etf.Tuple
	list  = etf.List
	atom  = etf.Atom
)

var pid = etf.Pid{Node: "n@host", ID: 7, Creation: 3}

func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		message any
		want    request.Request
	}{
		"put": {tuple{atom("put"), "k", 1, list{}},
			request.Request{Name: "put", Query: host.Query{Key: "k", Value: 1}}},
		"get": {tuple{atom("get"), "k", list{}},
			request.Request{Name: "get", Query: host.Query{Key: "k"}}},
		"pid":  {tuple{atom("pid"), "k", list{}}, request.Request{Name: "pid", Query: host.Query{Key: "k"}}},
		"node": {tuple{atom("node"), "k", list{}}, request.Request{Name: "node", Query: host.Query{Key: "k"}}},
		"all ties": {tuple{atom("put"), "k", 1, list{tuple{atom("pid"), pid}, tuple{atom("pid"), pid},
			tuple{atom("node"), atom("n@host")}, tuple{atom("key"), "other"}, tuple{atom("until"), 1234}}},
			request.Request{Name: "put", Query: host.Query{Key: "k", Value: 1, Ties: host.Ties{
				PIDs: []etf.Pid{pid, pid}, Nodes: []string{"n@host"}, Keys: []any{"other"}, Until: time.UnixMilli(1234)}}}},
		"the rest": {tuple{atom("get"), "k", list{atom("stale"), tuple{atom("bucket"), atom("B")},
			tuple{atom("default"), atom("none")}, tuple{atom("no_quorum"), atom("return")}}},
			request.Request{Name: "get", Bucket: "B", Default: atom("none"), HasDefault: true,
				Query: host.Query{Key: "k", Stale: true, Policy: host.Return}}},
		"rev": {tuple{atom("get"), "k", list{atom("rev")}}, request.Request{Name: "get", Rev: true, Query: host.Query{Key: "k"}}},
		"bucket as string": {tuple{atom("get"), "k", list{tuple{atom("bucket"), "B"}}},
			request.Request{Name: "get", Bucket: "B", Query: host.Query{Key: "k"}}},
		"bucket as binary": {tuple{atom("get"), "k", list{tuple{atom("bucket"), []byte("B")}}},
			request.Request{Name: "get", Bucket: "B", Query: host.Query{Key: "k"}}},
		"fail":  {tuple{atom("get"), "k", list{tuple{atom("no_quorum"), atom("fail")}}}, request.Request{Name: "get", Query: host.Query{Key: "k", Policy: host.Fail}}},
		"retry": {tuple{atom("get"), "k", list{tuple{atom("no_quorum"), atom("retry")}}}, request.Request{Name: "get", Query: host.Query{Key: "k"}}},
	} {
		t.Run(name, func(t *testing.T) {
			c.want.Timeout = request.DefaultTimeout
			r, err := request.Parse(c.message)
			require.NoError(t, err)
			require.Equal(t, c.want, r)
			r, err = request.Parse(encoded(t, c.message))
			require.NoError(t, err)
			require.Equal(t, c.want.Name, r.Name)
			require.Equal(t, c.want.Query.Ties, r.Query.Ties)
			require.Equal(t, c.want.Bucket, r.Bucket)
		})
	}
	r, err := request.Parse(tuple{atom("get"), "k", list{tuple{atom("timeout"), 250}}})
	require.NoError(t, err)
	require.Equal(t, 250*time.Millisecond, r.Timeout)
	require.Less(t, request.DefaultTimeout, 5*time.Second, "an answer comes before gen_server:call gives up")
}

func encoded(t *testing.T, v any) term.Raw {
	t.Helper()
	raw, err := term.Encode(v)
	require.NoError(t, err)
	return term.Raw(raw)
}

// Every malformed request is refused with an error that says so.
func TestParseRefuses(t *testing.T) {
	for name, message := range requesttest.Bucket() {
		t.Run(name, func(t *testing.T) {
			_, err := request.Parse(message)
			require.ErrorIs(t, err, request.ErrBadRequest)
			require.Less(t, len(err.Error()), 1000)
			reply := request.Error(err).(tuple)
			require.Equal(t, atom("error"), reply[0])
			require.Equal(t, atom("bad_request"), reply[1].(tuple)[0])
			require.NotContains(t, string(reply[1].(tuple)[1].([]byte)), "bad request", "said once")
			require.IsType(t, []byte(nil), reply[1].(tuple)[1])
		})
	}
}

func TestParseCluster(t *testing.T) {
	for _, a := range []atom{"cluster_size", "nodes", "nodes_and_cluster_size", "quorum", "ping", "report"} {
		name, arg, err := request.ParseCluster(a)
		require.NoError(t, err)
		require.Equal(t, string(a), name)
		require.Nil(t, arg)
		name, _, err = request.ParseCluster(encoded(t, a))
		require.NoError(t, err)
		require.Equal(t, string(a), name)
	}
	for _, n := range []any{3, int64(3), uint64(3)} {
		name, arg, err := request.ParseCluster(tuple{atom("resize_cluster"), n})
		require.NoError(t, err)
		require.Equal(t, "resize_cluster", name)
		require.Equal(t, 3, arg)
	}
	for _, what := range []atom{"subscribe", "unsubscribe"} {
		name, arg, err := request.ParseCluster(tuple{what, pid})
		require.NoError(t, err)
		require.Equal(t, string(what), name)
		require.Equal(t, pid, arg)
	}
}

func TestParseClusterRefuses(t *testing.T) {
	for name, message := range requesttest.Cluster() {
		t.Run(name, func(t *testing.T) {
			_, _, err := request.ParseCluster(message)
			require.ErrorIs(t, err, request.ErrBadRequest)
		})
	}
}

// Replies have the shapes that the package comment names.
func TestReply(t *testing.T) {
	value := encoded(t, atom("v"))
	subject, err := term.Key(pid)
	require.NoError(t, err)
	byPID := paxos.Guard{Kind: paxos.GuardPID, Subject: string(subject), Node: "n@host", Creation: 3}
	rev := tuple{uint64(7), []byte("n@host"), uint64(9)}
	byNode := paxos.Guard{Kind: paxos.GuardNode, Node: "m@host", Creation: 4}
	for name, c := range map[string]struct {
		request request.Request
		guards  []paxos.Guard
		err     error
		want    etf.Term
	}{
		"put":                {request: request.Request{Name: "put"}, want: tuple{atom("ok"), atom("v")}},
		"get":                {request: request.Request{Name: "get"}, want: tuple{atom("ok"), atom("v")}},
		"pid":                {request: request.Request{Name: "pid"}, guards: []paxos.Guard{byNode, byPID}, want: tuple{atom("ok"), pid}},
		"pid, tied to none":  {request: request.Request{Name: "pid"}, guards: []paxos.Guard{byNode}, want: tuple{atom("error"), atom("not_found")}},
		"node":               {request: request.Request{Name: "node"}, guards: []paxos.Guard{byPID, byNode}, want: tuple{atom("ok"), atom("m@host")}},
		"node of the pid":    {request: request.Request{Name: "node"}, guards: []paxos.Guard{byPID}, want: tuple{atom("ok"), atom("n@host")}},
		"node, tied to none": {request: request.Request{Name: "node"}, want: tuple{atom("error"), atom("not_found")}},
		"default": {request: request.Request{Name: "get", HasDefault: true, Default: 5}, err: host.ErrNotFound,
			want: tuple{atom("ok"), 5}},
		"rev": {request: request.Request{Name: "put", Rev: true}, want: tuple{atom("ok"), atom("v"), rev}},
		"pid and rev": {request: request.Request{Name: "pid", Rev: true}, guards: []paxos.Guard{byPID},
			want: tuple{atom("ok"), pid, rev}},
		"default, which has no rev": {request: request.Request{Name: "get", Rev: true, HasDefault: true, Default: 5}, err: host.ErrNotFound,
			want: tuple{atom("ok"), 5}},
		"error, which has no rev": {request: request.Request{Name: "get", Rev: true}, err: host.ErrNotFound,
			want: tuple{atom("error"), atom("not_found")}},
		"default of a pid": {request: request.Request{Name: "pid", HasDefault: true, Default: 5}, want: tuple{atom("ok"), 5}},
		"default, another error": {request: request.Request{Name: "get", HasDefault: true}, err: host.ErrClosed,
			want: tuple{atom("error"), atom("closed")}},
	} {
		t.Run(name, func(t *testing.T) {
			a := host.Answer{Value: value, Guards: c.guards,
				Rev: paxos.Rev{Counter: 7, Proposer: paxos.NodeID{Name: "n@host", Incarnation: 9}}}
			require.Equal(t, c.want, c.request.Reply(a, c.err))
		})
	}
}

// Each error of the store has its atom, also when it wraps others.
func TestErrorAtoms(t *testing.T) {
	for want, err := range map[atom]error{
		"no_quorum":      host.ErrNoQuorum,
		"not_found":      host.ErrNotFound,
		"invalid_value":  host.ErrInvalidValue,
		"indeterminate":  fmt.Errorf("%w (%w)", host.ErrIndeterminate, host.ErrNoQuorum),
		"unknown_bucket": host.ErrUnknownBucket,
		"closed":         host.ErrClosed,
		"busy":           host.ErrBusy,
		"refused":        host.ErrRefused,
		"too_large":      host.ErrTooLarge,
		"timeout":        errors.New("context deadline exceeded"),
	} {
		require.Equal(t, tuple{atom("error"), want}, request.Error(err))
		require.Equal(t, tuple{atom("error"), want}, request.Error(fmt.Errorf("around: %w", err)))
	}
	_, err := term.Key(func() {})
	require.ErrorIs(t, err, term.ErrBadTerm)
	require.Equal(t, atom("bad_request"), request.Error(err).(tuple)[1].(tuple)[0])
}
