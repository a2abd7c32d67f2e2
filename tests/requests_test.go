package tests

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

var (
	proposer = host.ActorName(host.DefaultBucket, host.Proposer)
	learner  = host.ActorName(host.DefaultBucket, host.Learner)
)

// caller is an actor on one node that makes requests of servers on another.
type caller struct {
	t    *testing.T
	home *cluster.Node
	pid  etf.Pid
	node string
}

// ask makes a request with the patience of gen_server:call, 5 s.
func (c *caller) ask(to string, request any) any {
	c.t.Helper()
	v, err := c.home.Call(c.pid, to, c.node, request, 5*time.Second)
	require.NoError(c.t, err, "%v to %s", request, to)
	return v
}

func ok(v any) etf.Tuple { return etf.Tuple{atom("ok"), v} }

func failed(reason string) etf.Tuple { return etf.Tuple{atom("error"), atom("%s", reason)} }

func opts(os ...etf.Term) etf.List { return os }

func opt(name string, v any) etf.Tuple { return etf.Tuple{atom("%s", name), v} }

func putRequest(key, value any, os ...etf.Term) etf.Tuple {
	return etf.Tuple{atom("put"), key, value, etf.List(os)}
}

func readRequest(what string, key any, os ...etf.Term) etf.Tuple {
	return etf.Tuple{atom("%s", what), key, etf.List(os)}
}

func TestRequestsFromAnotherNode(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 3, cluster.Setup{})
	c := &caller{t: t, home: nodes[1], pid: spawn(t, nodes[1]), node: nodes[0].Name}
	live := spawn(t, nodes[2])
	dead := spawn(t, nodes[2])
	require.NoError(t, nodes[2].KillPID(dead))
	home := atom("%s", nodes[2].Name)
	inAnHour := time.Now().Add(time.Hour).UnixMilli()
	const otherBucket = "other bucket"
	for _, n := range nodes {
		_, err := n.Supervise("", bucket(otherBucket))
		require.NoError(t, err)
		require.NoError(t, n.WaitForBucket(otherBucket, cluster.Patience))
	}
	for i, x := range []struct {
		to      string
		request any
		want    any
	}{
		{learner, readRequest("get", "k"), failed("not_found")},
		{learner, readRequest("get", "k", opt("default", 7)), ok(7)},
		{proposer, putRequest("k", 1), ok(1)},
		{proposer, putRequest("k", 2), ok(1)},
		{learner, readRequest("get", "k"), ok(1)},
		{learner, readRequest("get", "k", opt("default", 7)), ok(1)},
		{learner, readRequest("pid", "k"), failed("not_found")},
		{learner, readRequest("node", "k"), failed("not_found")},
		{proposer, putRequest("p", 1, opt("pid", live)), ok(1)},
		{learner, readRequest("get", "p"), ok(1)},
		{learner, readRequest("pid", "p"), ok(live)},
		{learner, readRequest("node", "p"), ok(home)},
		{proposer, putRequest("n", 1, opt("node", home)), ok(1)},
		{learner, readRequest("pid", "n"), failed("not_found")},
		{learner, readRequest("node", "n"), ok(home)},
		{proposer, putRequest("d", 1, opt("node", atom("nobody@nowhere"))), failed("invalid_value")},
		{proposer, putRequest("d", 1, opt("key", "nothing")), failed("invalid_value")},
		{proposer, putRequest("d", 1, opt("until", 1)), failed("invalid_value")},
		{proposer, putRequest("a", 1, opt("pid", live), opt("pid", c.pid), opt("node", home), opt("key", "p"),
			opt("until", inAnHour), opt("no_quorum", atom("return")), opt("timeout", 4000)), ok(1)},
		{learner, readRequest("get", "a", opt("no_quorum", atom("fail")), opt("timeout", 4000)), ok(1)},
		{learner, readRequest("get", "a", atom("stale"), opt("no_quorum", atom("retry"))), ok(1)},
		{proposer, putRequest("k", 2, opt("bucket", otherBucket)), ok(2)},
		{learner, readRequest("get", "k", opt("bucket", []byte(otherBucket))), ok(2)},
		{learner, readRequest("get", "k", opt("bucket", atom(otherBucket))), ok(2)},
		{host.ActorName(otherBucket, host.Learner), readRequest("get", "k"), ok(2)},
		{learner, readRequest("get", "k", opt("bucket", "no bucket")), failed("unknown_bucket")},
		{host.ClusterName, atom("cluster_size"), 3},
		{host.ClusterName, atom("nodes"), names(nodes)},
		{host.ClusterName, atom("nodes_and_cluster_size"), etf.Tuple{names(nodes), 3}},
		{host.ClusterName, atom("quorum"), true},
		{host.ClusterName, atom("ping"), atom("pong")},
		{host.ClusterName, etf.Tuple{atom("resize_cluster"), 3}, atom("ok")},
		{host.ClusterName, etf.Tuple{atom("resize_cluster"), 2}, failed("refused")},
		{host.ClusterName, etf.Tuple{atom("subscribe"), c.pid}, atom("ok")},
		{host.ClusterName, etf.Tuple{atom("unsubscribe"), c.pid}, atom("ok")},
	} {
		require.Equal(t, x.want, c.ask(x.to, x.request), "row %d: %v to %s", i, x.request, x.to)
	}
	cluster.Eventually(t, "a put for a dead process is refused", func() (bool, any) {
		began := time.Now()
		answer := c.ask(proposer, putRequest("dead", 1, opt("pid", dead)))
		if took := time.Since(began); took >= wordTimeout && !reflect.DeepEqual(answer, failed("invalid_value")) {
			gone(t, nodes[:1], "dead") // it had no word of the process in time
			return false, fmt.Sprintf("%v after %v", answer, took)
		}
		require.Equal(t, failed("invalid_value"), answer)
		return true, nil
	})
	mail(t, nodes[1], c.pid, reached)

	// A key that a request tied goes as any other.
	require.NoError(t, nodes[2].KillPID(live))
	gone(t, nodes, "a")
	gone(t, nodes, "p")
	require.Equal(t, failed("not_found"), c.ask(learner, readRequest("pid", "p")))
}

func names(nodes []*cluster.Node) etf.List {
	l := etf.List{}
	for _, n := range nodes {
		l = append(l, atom("%s", n.Name))
	}
	return l
}

// Each malformed request is answered, with what is wrong.
func TestMalformedRequestsAreAnswered(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 3, cluster.Setup{})
	c := &caller{t: t, home: nodes[1], pid: spawn(t, nodes[1]), node: nodes[0].Name}
	bad := map[string][]any{
		proposer: {
			atom("put"), 1, "put", etf.List{}, etf.Tuple{}, etf.Tuple{atom("put")},
			etf.Tuple{atom("put"), "k", "v"}, etf.Tuple{atom("put"), "k", "v", opts(), 1},
			etf.Tuple{"put", "k", "v", opts()}, etf.Tuple{atom("puts"), "k", "v", opts()},
			readRequest("get", "k"), readRequest("pid", "k"), readRequest("node", "k"),
			etf.Tuple{atom("put"), "k", "v", atom("opts")}, etf.Tuple{atom("put"), "k", "v", opt("timeout", 1)},
			etf.Tuple{atom("put"), "k", "v", etf.ListImproper{opt("timeout", 1), 1}},
			putRequest("k", "v", atom("unknown")), putRequest("k", "v", opt("unknown", 1)), putRequest("k", "v", 1),
			putRequest("k", "v", etf.Tuple{atom("pid")}), putRequest("k", "v", etf.Tuple{atom("pid"), c.pid, 1}),
			putRequest("k", "v", opt("pid", atom("self"))), putRequest("k", "v", opt("node", "a@b")),
			putRequest("k", "v", opt("node", 1)), putRequest("k", "v", opt("until", "soon")),
			putRequest("k", "v", opt("until", 1.5)), putRequest("k", "v", opt("bucket", 1)),
			putRequest("k", "v", opt("bucket", "")), putRequest("k", "v", opt("no_quorum", atom("never"))),
			putRequest("k", "v", opt("timeout", 0)), putRequest("k", "v", opt("timeout", -1)),
			putRequest("k", "v", opt("timeout", atom("infinity"))), putRequest("k", "v", opt("timeout", "1")),
		},
		learner: {
			atom("get"), 1, etf.Tuple{atom("get"), "k"}, etf.Tuple{atom("get"), "k", opts(), 1},
			etf.Tuple{atom("get"), "k", atom("opts")}, putRequest("k", "v"),
			readRequest("get", "k", atom("unknown")), readRequest("pid", "k", opt("timeout", 0)),
			readRequest("node", "k", opt("bucket", 1.5)),
		},
		host.ActorName(host.DefaultBucket, host.Acceptor): {
			putRequest("k", "v"), readRequest("get", "k"), atom("ping"),
		},
		host.ClusterName: {
			atom("size"), 1, "ping", etf.Tuple{}, etf.Tuple{atom("ping")}, putRequest("k", "v"),
			etf.Tuple{atom("resize_cluster")}, etf.Tuple{atom("resize_cluster"), 0},
			etf.Tuple{atom("resize_cluster"), -1}, etf.Tuple{atom("resize_cluster"), atom("3")},
			etf.Tuple{atom("resize_cluster"), 3.0}, etf.Tuple{atom("resize_cluster"), 3, 4},
			etf.Tuple{atom("resize_cluster"), 1 << 40},
			etf.Tuple{atom("subscribe")}, etf.Tuple{atom("subscribe"), atom("me")},
			etf.Tuple{atom("unsubscribe"), 1}, etf.Tuple{atom("subscribe"), c.pid, c.pid},
		},
	}
	for to, requests := range bad {
		for _, request := range requests {
			answer, isTuple := c.ask(to, request).(etf.Tuple)
			what := fmt.Sprintf("%v to %s: %v", request, to, answer)
			require.True(t, isTuple && len(answer) == 2, what)
			require.Equal(t, atom("error"), answer[0], what)
			why, isTuple := answer[1].(etf.Tuple)
			require.True(t, isTuple && len(why) == 2, what)
			require.Equal(t, atom("bad_request"), why[0], what)
			text, isBinary := why[1].([]byte)
			require.True(t, isBinary, what)
			require.NotEmpty(t, text, what)
		}
	}
	gone(t, nodes, "k")
}

// Without a quorum the answers come before a caller with the default patience
// goes away. A machine that is busy enough may hold one up for longer: then the
// request is made again.
func TestRequestsAreAnsweredInTimeWithoutAQuorum(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 3, cluster.Setup{})
	fourth := c.StartNode(4)
	fourth.WaitSeats(4, 3)
	nodes[1].Kill()
	nodes[2].Kill()
	waitQuorum(t, nodes[0], false)
	var asks []func()
	for _, x := range []struct {
		to      string
		request any
		want    any
		within  time.Duration
	}{
		{proposer, putRequest("k", 1), failed("no_quorum"), 5 * time.Second},
		{learner, readRequest("get", "k"), failed("no_quorum"), 5 * time.Second},
		{learner, readRequest("node", "k"), failed("no_quorum"), 5 * time.Second},
		{proposer, putRequest("k", 1, opt("key", "other")), failed("no_quorum"), 5 * time.Second},
		{proposer, putRequest("k", 1, opt("timeout", 300)), failed("no_quorum"), 4 * time.Second},
		{proposer, putRequest("k", 1, opt("no_quorum", atom("return"))), failed("no_quorum"), 4 * time.Second},
		{learner, readRequest("pid", "k", opt("no_quorum", atom("fail"))), failed("no_quorum"), 4 * time.Second},
		{host.ClusterName, atom("quorum"), false, 4 * time.Second},
		{host.ClusterName, etf.Tuple{atom("resize_cluster"), 4}, failed("no_quorum"), 5 * time.Second},
	} {
		caller := &caller{t: t, home: fourth, pid: spawn(t, fourth), node: nodes[0].Name}
		asks = append(asks, func() {
			for tries := 1; ; tries++ {
				began := time.Now()
				answer, err := fourth.Call(caller.pid, x.to, caller.node, x.request, 5*time.Second)
				took := time.Since(began)
				what := fmt.Sprintf("%v to %s: %v, %v after %v", x.request, x.to, answer, err, took)
				if err == nil {
					assert.Equal(t, fmt.Sprint(x.want), fmt.Sprint(answer), what)
				}
				inTime := err == nil && took <= x.within
				if inTime || !assert.Less(t, tries, 10, what) {
					return
				}
			}
		})
	}
	together(asks...)
}
