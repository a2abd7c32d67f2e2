package tests

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/tests/beam"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// mapped is a cluster that nodes of Erlang and Elixir find.
func mapped(t *testing.T) (*cluster.Cluster, []*cluster.Node, beam.Network) {
	t.Helper()
	c, nodes := cluster.Start(t, 3, cluster.Setup{Mapper: true})
	return c, nodes, beam.Network{Cookie: c.Cookie(), Mapper: c.Mapper()}
}

// start is beam.StartErlang or beam.StartElixir.
type start func(t testing.TB, o beam.OTP, name string, n beam.Network) *beam.Node

// eachDialer runs a test with a node of each OTP, once dialled by the nodes of the
// cluster and once dialling them. Each node has a bucket of its own, of its name.
func eachDialer(t *testing.T, f start, test func(t *testing.T, nodes []*cluster.Node, peers []*beam.Node)) {
	_, nodes, network := mapped(t)
	for _, dialer := range []string{"go", "beam"} {
		t.Run(dialer+"Dials", func(t *testing.T) {
			network.Passive = dialer == "go"
			var peers []*beam.Node
			for _, o := range beam.All() {
				p := f(t, o, dialer+o.Release+"@127.0.0.1", network)
				peers = append(peers, p)
				for _, n := range nodes {
					_, err := n.Supervise("", bucket(p.Name))
					require.NoError(t, err)
					require.NoError(t, n.WaitForBucket(p.Name, cluster.Patience))
					if network.Passive {
						link(t, n, p)
					}
				}
			}
			test(t, nodes, peers)
		})
	}
}

// link has a node dial another of Erlang.
func link(t *testing.T, n *cluster.Node, p *beam.Node) {
	t.Helper()
	require.NoError(t, n.Connect(p.Name))
	cluster.Eventually(t, n.Name+" is linked with "+p.Name, func() (bool, any) {
		peers, err := n.Peers()
		require.NoError(t, err)
		for _, name := range peers {
			if name == p.Name {
				return true, nil
			}
		}
		return false, peers
	})
}

// count is the number that an expression gives.
func count(t *testing.T, p *beam.Node, expression string) int {
	t.Helper()
	n, err := strconv.Atoi(p.Eval("%s", expression))
	require.NoError(t, err)
	return n
}

// Whatever an Erlang node puts through one node of the cluster, as key and as
// value, it reads =:= through another; and so does an Erlang node of another OTP.
func TestTermsFromErlang(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	erlang := func(t testing.TB, o beam.OTP, name string, n beam.Network) *beam.Node {
		p := beam.StartErlang(t, o, name, n)
		p.LoadErlang("testdata/terms.erl")
		p.Eval("Own = terms:own(), Common = terms:common(), ok")
		require.Equal(t, "ok", p.Eval("ok"))
		return p
	}
	eachDialer(t, erlang, func(t *testing.T, nodes []*cluster.Node, peers []*beam.Node) {
		for i, p := range peers {
			// What only the other node can make comes by way of the store.
			p.Eval("{ok, Own} = gen_server:call({'%s', '%s'}, {put, '%s', Own, []}), ok", proposer, nodes[i].Name, p.Name)
		}
		for i, p := range peers {
			other := peers[1-i]
			p.Eval("{ok, Others} = gen_server:call({'%s', '%s'}, {get, '%s', []}), ok", learner, nodes[2].Name, other.Name)
			p.Eval("Terms = Own ++ Others ++ Common, ok")
			require.Greater(t, count(t, p, "length(lists:usort([Name || {_, Name, _} <- Terms]))"), 150)
			require.Equal(t, "[]", p.Eval("terms:put(Terms, '%s', '%s', '%s')", nodes[0].Name, proposer, p.Name))
			require.Equal(t, "[]", p.Eval("terms:get(Terms, '%s', '%s', '%s')", nodes[2].Name, learner, p.Name))
			require.Equal(t, "[]", p.Eval("terms:put_other(Terms, '%s', '%s', '%s')", nodes[1].Name, proposer, p.Name))
		}
		for i, p := range peers {
			require.Equal(t, "[]", p.Eval("terms:get(Terms, '%s', '%s', '%s')", nodes[1].Name, learner, peers[1-i].Name))
			require.Equal(t, "2", p.Eval("length([bad || {error, {bad_request, Why}} <- terms:refused('%s', '%s'), is_binary(Why)])",
				nodes[0].Name, proposer))
		}
	})
}

// What comes by a link that is so young that the store has not heard of it is
// answered too.
func TestFirstCallOfALinkIsAnswered(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	_, nodes, network := mapped(t)
	p := beam.StartErlang(t, beam.All()[0], "often@127.0.0.1", network)
	p.Eval("Call = fun(Server, Request) -> true = erlang:disconnect_node('%[1]s'), gen_server:call({Server, '%[1]s'}, Request) end, "+
		"net_adm:ping('%[1]s')", nodes[0].Name)
	for server, request := range map[string]string{learner: "{get, k, [{default, v}]}", host.ClusterName: "quorum", proposer: "{put, p, v, []}"} {
		answer := p.Eval("gen_server:call({'%s', '%s'}, %s)", server, nodes[0].Name, request)
		require.Equal(t, "["+answer+"]", p.Eval("lists:usort([Call('%s', %s) || _ <- lists:seq(1, 100)])", server, request))
	}
}
