package app_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/node"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/actors/cluster"
	"github.com/paxoskv/paxoskv/actors/learner"
	"github.com/paxoskv/paxoskv/actors/proposer"
	"github.com/paxoskv/paxoskv/actors/requesttest"
	"github.com/paxoskv/paxoskv/app"
	"github.com/paxoskv/paxoskv/app/apptest"
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/sup"
)

type (
	tuple = etf.Tuple
	list  = etf.List
	atom  = etf.Atom
)

const (
	toProposer = "PaxosKV.Proposer"
	toLearner  = "PaxosKV.Learner"
)

func ok(v any) etf.Term          { return tuple{atom("ok"), v} }
func failed(reason any) etf.Term { return tuple{atom("error"), reason} }

// withoutQuorum is a node that waits for two others.
func withoutQuorum(t *testing.T) node.Node {
	t.Helper()
	n := apptest.Node(t, app.New(host.Options{Size: 3}))
	require.NoError(t, paxoskv.WaitForBucket(apptest.Context(t), host.DefaultBucket))
	return n
}

func requireBadRequest(t *testing.T, reply etf.Term) {
	t.Helper()
	r, isTuple := reply.(tuple)
	require.True(t, isTuple, "%v", reply)
	require.Len(t, r, 2)
	require.Equal(t, atom("error"), r[0])
	why, isTuple := r[1].(tuple)
	require.True(t, isTuple, "%v", reply)
	require.Len(t, why, 2)
	require.Equal(t, atom("bad_request"), why[0])
	require.NotEmpty(t, why[1].([]byte))
}

// A malformed request gets bad_request from every server, never silence.
func TestMalformedCalls(t *testing.T) {
	a := apptest.Spawn(t, apptest.Store(t))
	for server, requests := range map[string]map[string]any{
		toProposer: requesttest.Bucket(), toLearner: requesttest.Bucket(), host.ClusterName: requesttest.Cluster(),
		"PaxosKV.Acceptor": {"a request": tuple{atom("get"), "k", list{}}, "a malformed one": 1},
	} {
		for name, message := range requests {
			t.Run(server+"/"+name, func(t *testing.T) { requireBadRequest(t, a.Ask(t, server, message)) })
		}
	}
	t.Run("put to the learner", func(t *testing.T) {
		requireBadRequest(t, a.Ask(t, toLearner, tuple{atom("put"), "k", 1, list{}}))
	})
	t.Run("get from the proposer", func(t *testing.T) {
		requireBadRequest(t, a.Ask(t, toProposer, tuple{atom("get"), "k", list{}}))
	})
	for name, message := range map[string]any{
		"key":          tuple{atom("put"), make(chan int), 1, list{}},
		"value":        tuple{atom("put"), 1, func() {}, list{}},
		"guarding key": tuple{atom("put"), 1, 1, list{tuple{atom("key"), make(chan int)}}},
		"long atom":    tuple{atom("put"), atom(strings.Repeat("x", 256)), 1, list{}},
	} {
		t.Run(name+" without an Erlang form", func(t *testing.T) { requireBadRequest(t, a.Ask(t, toProposer, message)) })
	}
}

// The requests and their replies, one after the other.
func TestReplies(t *testing.T) {
	n := apptest.Store(t)
	a, tied := apptest.Spawn(t, n), apptest.Spawn(t, n)
	self := atom(n.Name())
	past, future := time.Now().Add(-time.Second).UnixMilli(), time.Now().Add(time.Hour).UnixMilli()
	for _, c := range []struct {
		name, server string
		message      any
		want         etf.Term
	}{
		{"get of nothing", toLearner, tuple{atom("get"), "k", list{}}, failed(atom("not_found"))},
		{"default", toLearner, tuple{atom("get"), "k", list{tuple{atom("default"), 5}}}, ok(5)},
		{"put", toProposer, tuple{atom("put"), "k", atom("v"), list{}}, ok(atom("v"))},
		{"put again", toProposer, tuple{atom("put"), "k", atom("w"), list{}}, ok(atom("v"))},
		{"get", toLearner, tuple{atom("get"), "k", list{}}, ok(atom("v"))},
		{"stale get", toLearner, tuple{atom("get"), "k", list{atom("stale")}}, ok(atom("v"))},
		{"pid of what is tied to none", toLearner, tuple{atom("pid"), "k", list{}}, failed(atom("not_found"))},
		{"node of what is tied to none", toLearner, tuple{atom("node"), "k", list{}}, failed(atom("not_found"))},
		{"pid of nothing", toLearner, tuple{atom("pid"), "none", list{}}, failed(atom("not_found"))},
		{"put, tied to all", toProposer, tuple{atom("put"), "t", 1, list{tuple{atom("pid"), tied.Self()}, tuple{atom("node"), self},
			tuple{atom("key"), "k"}, tuple{atom("until"), future}}}, ok(1)},
		{"pid", toLearner, tuple{atom("pid"), "t", list{}}, ok(tied.Self())},
		{"node", toLearner, tuple{atom("node"), "t", list{}}, ok(self)},
		{"tied to the past", toProposer, tuple{atom("put"), "x", 1, list{tuple{atom("until"), past}}}, failed(atom("invalid_value"))},
		{"tied to a node away", toProposer, tuple{atom("put"), "x", 1, list{tuple{atom("node"), atom("no@where")}}}, failed(atom("invalid_value"))},
		{"tied to no key", toProposer, tuple{atom("put"), "x", 1, list{tuple{atom("key"), "none"}}}, failed(atom("invalid_value"))},
		{"tied to a pid away", toProposer, tuple{atom("put"), "x", 1, list{tuple{atom("pid"), etf.Pid{Node: "no@where", ID: 1, Creation: 1}}}},
			failed(atom("invalid_value"))},
		{"unknown bucket", toProposer, tuple{atom("put"), "k", 1, list{tuple{atom("bucket"), atom("none")}}}, failed(atom("unknown_bucket"))},
		{"unknown bucket, read", toLearner, tuple{atom("get"), "k", list{tuple{atom("bucket"), atom("none")}}}, failed(atom("unknown_bucket"))},
		{"cluster_size", host.ClusterName, atom("cluster_size"), 1},
		{"nodes", host.ClusterName, atom("nodes"), list{self}},
		{"nodes_and_cluster_size", host.ClusterName, atom("nodes_and_cluster_size"), tuple{list{self}, 1}},
		{"quorum", host.ClusterName, atom("quorum"), true},
		{"ping", host.ClusterName, atom("ping"), atom("pong")},
		{"resize to what it is", host.ClusterName, tuple{atom("resize_cluster"), 1}, atom("ok")},
		{"unsubscribe without", host.ClusterName, tuple{atom("unsubscribe"), a.Self()}, atom("ok")},
	} {
		require.Equal(t, c.want, a.Ask(t, c.server, c.message), c.name)
	}
}

// The functions of the actor packages send these requests.
func TestCallsOfTheActorPackages(t *testing.T) {
	n := apptest.Store(t)
	a := apptest.Spawn(t, n)
	self := n.Name()
	do := func(want etf.Term, f func(p *gen.ServerProcess) (etf.Term, error)) {
		t.Helper()
		require.Equal(t, want, a.Do(t, f))
	}
	do(ok(1), func(p *gen.ServerProcess) (etf.Term, error) {
		return proposer.Put(p, self, host.DefaultBucket, "k", 1, list{tuple{atom("pid"), p.Self()}})
	})
	do(ok(1), func(p *gen.ServerProcess) (etf.Term, error) {
		return learner.Get(p, self, host.DefaultBucket, "k", list{})
	})
	do(ok(a.Self()), func(p *gen.ServerProcess) (etf.Term, error) {
		return learner.PID(p, self, host.DefaultBucket, "k", list{})
	})
	do(ok(atom(self)), func(p *gen.ServerProcess) (etf.Term, error) {
		return learner.Node(p, self, host.DefaultBucket, "k", list{})
	})
	do(1, func(p *gen.ServerProcess) (etf.Term, error) { return cluster.Size(p, self) })
	do(list{atom(self)}, func(p *gen.ServerProcess) (etf.Term, error) { return cluster.Nodes(p, self) })
	do(tuple{list{atom(self)}, 1}, func(p *gen.ServerProcess) (etf.Term, error) { return cluster.NodesAndSize(p, self) })
	do(true, func(p *gen.ServerProcess) (etf.Term, error) { return cluster.Quorum(p, self) })
	do(atom("pong"), func(p *gen.ServerProcess) (etf.Term, error) { return cluster.Ping(p, self) })
	do(atom("ok"), func(p *gen.ServerProcess) (etf.Term, error) { return cluster.Resize(p, self, 1) })
	do(atom("ok"), func(p *gen.ServerProcess) (etf.Term, error) { return cluster.Subscribe(p, self, p.Self()) })
	require.Equal(t, atom("quorum_reached"), apptest.Receive(t, "the present state", a.Messages))
	do(atom("ok"), func(p *gen.ServerProcess) (etf.Term, error) { return cluster.Unsubscribe(p, self, p.Self()) })
}

// Without a quorum an answer comes all the same, before the caller gives up.
func TestNoQuorumReplies(t *testing.T) {
	a := apptest.Spawn(t, withoutQuorum(t))
	for name, opts := range map[string]list{
		"return": {tuple{atom("no_quorum"), atom("return")}},
		"fail":   {tuple{atom("no_quorum"), atom("fail")}},
		"retry":  {tuple{atom("no_quorum"), atom("retry")}, tuple{atom("timeout"), 50}},
	} {
		require.Equal(t, failed(atom("no_quorum")), a.Ask(t, toProposer, tuple{atom("put"), "k", 1, opts}), name)
		for _, read := range []atom{"get", "pid", "node"} {
			require.Equal(t, failed(atom("no_quorum")), a.Ask(t, toLearner, tuple{read, "k", opts}), name)
		}
	}
	require.Equal(t, false, a.Ask(t, host.ClusterName, atom("quorum")))
	require.Equal(t, 3, a.Ask(t, host.ClusterName, atom("cluster_size")))
	// By default a request goes on until just before the caller's five seconds, which
	// may be over here before a slow machine has brought the answer.
	ask := func(server string, message etf.Term) etf.Term {
		return a.Do(t, func(p *gen.ServerProcess) (etf.Term, error) {
			return p.CallWithTimeout(server, message, int(apptest.Patience.Seconds()))
		})
	}
	require.Equal(t, failed(atom("no_quorum")), ask(toProposer, tuple{atom("put"), "k", 1, list{}}))
	resized := ask(host.ClusterName, tuple{atom("resize_cluster"), 5})
	require.Contains(t, []etf.Term{failed(atom("refused")), failed(atom("no_quorum"))}, resized)
}

// A bucket answers where no cluster service runs, or has ended.
func TestRepliesWithoutAClusterService(t *testing.T) {
	n := apptest.Node(t)
	_, err := n.Spawn("", gen.ProcessOptions{}, sup.Bucket(host.DefaultBucket))
	require.NoError(t, err)
	a := apptest.Spawn(t, n)
	put := func(opts ...etf.Term) etf.Term { return a.Ask(t, toProposer, tuple{atom("put"), "k", 1, list(opts)}) }
	require.Equal(t, failed(atom("no_quorum")), put(tuple{atom("timeout"), 50}))

	service, err := n.Spawn("", gen.ProcessOptions{}, sup.Cluster(host.Options{Size: 1}))
	require.NoError(t, err)
	apptest.Ready(t)
	require.Equal(t, ok(1), put())
	service.Kill()
	apptest.Soon(t, "the service ends", func() bool { return errors.Is(paxoskv.Ping(), paxoskv.ErrClosed) })
	require.Equal(t, ok(1), a.Ask(t, toLearner, tuple{atom("get"), "k", list{}}))
	_, err = paxoskv.Get(apptest.Context(t), "k")
	require.ErrorIs(t, err, paxoskv.ErrClosed)
}
