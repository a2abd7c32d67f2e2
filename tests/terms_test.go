package tests

import (
	"fmt"
	"slices"
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

// eachDialer runs a test with a node of each OTP, once dialled by the nodes of the
// cluster and once dialling them. Each node has a bucket of its own, of its name.
func eachDialer(t *testing.T, l language, test func(t *testing.T, nodes []*cluster.Node, peers []*beam.Node)) {
	_, nodes, network := mapped(t)
	for _, dialer := range []string{"go", "beam"} {
		t.Run(dialer+"Dials", func(t *testing.T) {
			network.Passive = dialer == "go"
			var peers []*beam.Node
			for _, o := range beam.All() {
				p := l.start(t, o, dialer+o.Release+"@127.0.0.1", network)
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
		known, err := n.Creation(p.Name)
		require.NoError(t, err)
		return slices.Contains(peers, p.Name) && known != 0, fmt.Sprint(known, peers)
	})
}

// language is how the terms of a language are made and judged: by a module of
// testdata, the functions of which return what was wrong, an empty list when
// nothing was.
type language struct {
	start func(t testing.TB, o beam.OTP, name string, n beam.Network) *beam.Node
	// kinds is an expression for how many there are in common, all for how many
	// terms are the subject.
	kinds, all string
	// tell puts the terms that only this node can make where the other node finds
	// them, hear gets those of the other and makes all of them the subject. Both take
	// the server, its node, and the name of the node that has made them.
	tell, hear string
	// judge takes a function, a node, a server and a bucket.
	judge string
	// proposer and learner are the servers, as the language names them.
	proposer, learner string
}

var erlang = language{
	start: func(t testing.TB, o beam.OTP, name string, n beam.Network) *beam.Node {
		p := beam.StartErlang(t, o, name, n)
		p.LoadErlang("testdata/terms.erl")
		p.Eval("Own = terms:own(), Common = terms:common(), ok")
		return p
	},
	kinds: "length(lists:usort([Name || {_, Name, _} <- Common]))", all: "length(Terms)",
	tell:     "{ok, Own} = gen_server:call({%s, '%s'}, {put, '%s', Own, []})",
	hear:     "{ok, Others} = gen_server:call({%s, '%s'}, {get, '%s', []}), Terms = Own ++ Others ++ Common",
	judge:    "terms:%s(Terms, '%s', %s, '%s')",
	proposer: "'" + proposer + "'", learner: "'" + learner + "'",
}

// The names of the servers are those of modules in Elixir, which begin with
// Elixir's prefix.
var elixir = language{
	start: func(t testing.TB, o beam.OTP, name string, n beam.Network) *beam.Node {
		p := beam.StartElixir(t, o, name, n)
		p.LoadElixir("testdata/terms.exs")
		p.Eval("own = Terms.own(); common = Terms.common()")
		return p
	},
	kinds: "common |> Enum.uniq_by(&elem(&1, 1)) |> length()", all: "length(terms)",
	tell:     "{:ok, ^own} = GenServer.call({%s, :%q}, {:put, :%q, own, []})",
	hear:     "{:ok, others} = GenServer.call({%s, :%q}, {:get, :%q, []}); terms = own ++ others ++ common",
	judge:    "Terms.%s(terms, :%q, %s, %q)",
	proposer: proposer, learner: learner,
}

// Whatever an Erlang node puts through one node of the cluster, as key and as
// value, it reads =:= through another; and so does an Erlang node of another OTP.
func TestTermsFromErlang(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	testTerms(t, erlang, 200)
}

// So it is with Elixir and ===.
func TestTermsFromElixir(t *testing.T) {
	beam.Need(t, beam.Elixir)
	t.Parallel()
	testTerms(t, elixir, 100)
}

func testTerms(t *testing.T, l language, kinds int) {
	eachDialer(t, l, func(t *testing.T, nodes []*cluster.Node, peers []*beam.Node) {
		for i, p := range peers {
			p.Eval(l.tell, l.proposer, nodes[i].Name, p.Name)
		}
		for i, p := range peers {
			p.Eval(l.hear, l.learner, nodes[2].Name, peers[1-i].Name)
			got, err := strconv.Atoi(p.Eval("%s", l.kinds))
			require.NoError(t, err)
			require.GreaterOrEqual(t, got, kinds)
			require.Equal(t, p.Eval("%s", l.all), p.Eval("length("+l.judge+")", "get", nodes[1].Name, l.learner, p.Name),
				"no answer is right before the terms are put")
			require.Equal(t, "[]", p.Eval(l.judge, "put", nodes[0].Name, l.proposer, p.Name))
			require.Equal(t, "[]", p.Eval(l.judge, "get", nodes[2].Name, l.learner, p.Name))
			require.Equal(t, "[]", p.Eval(l.judge, "put_other", nodes[1].Name, l.proposer, p.Name))
		}
		for i, p := range peers {
			require.Equal(t, "[]", p.Eval(l.judge, "get", nodes[1].Name, l.learner, peers[1-i].Name))
		}
	})
}

// A key or a value that is nested too deeply is refused, and the link stays.
func TestTooDeepTermsAreRefused(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	_, nodes, network := mapped(t)
	p := erlang.start(t, beam.All()[0], "deep@127.0.0.1", network)
	require.Equal(t, "2", p.Eval("length([Why || {error, {bad_request, Why}} <- terms:refused('%s', '%s'), is_binary(Why)])",
		nodes[0].Name, proposer))
	require.Equal(t, "['"+nodes[0].Name+"']", p.Eval("nodes(hidden)"))
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
