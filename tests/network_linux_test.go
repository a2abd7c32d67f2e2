package tests

import (
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/dist/epmd"
	"github.com/paxoskv/paxoskv/tests/beam"
	"github.com/paxoskv/paxoskv/tests/chaos/lan"
	"github.com/paxoskv/paxoskv/tests/cluster"
	processes "github.com/paxoskv/paxoskv/tests/spawn"
)

// network is machines of their own, with a cable between each two: one for each
// node of a cluster of three, and further ones for nodes of Erlang. A cut cable
// loses all packets, and neither end is told.
type network struct {
	*lan.LAN
	t       *testing.T
	cluster *cluster.Cluster
	nodes   []*cluster.Node
}

// mapperPort is that of the port mapper on each machine.
const mapperPort = 4369

func startNetwork(t *testing.T, machines int, silence time.Duration) *network {
	t.Helper()
	l, err := lan.New(machines, 1)
	require.NoError(t, err)
	t.Cleanup(l.Close)
	for i := range machines {
		listening := make(chan net.Listener, 1)
		l.Machine(i).In <- func() {
			listener, err := net.Listen("tcp4", net.JoinHostPort("0.0.0.0", "4369"))
			if err != nil {
				t.Error(err)
			}
			listening <- listener
		}
		listener := <-listening
		require.NotNil(t, listener)
		mapper := epmd.Serve(listener)
		t.Cleanup(mapper.Close)
	}
	n := &network{LAN: l, t: t}
	n.cluster, n.nodes = cluster.Start(t, 3, cluster.Setup{MapperPort: mapperPort, Silence: silence,
		Machine: func(number int) (string, processes.Starter) {
			if number > 3 {
				return "", nil
			}
			m := l.Machine(number - 1)
			return m.Addr.String(), m.In
		}})
	return n
}

// needNetwork leaves a test out unless network namespaces are asked for.
func needNetwork(t *testing.T) {
	t.Helper()
	if !slices.Contains(strings.Split(os.Getenv("PAXOSKV_REQUIRE"), ","), "netns") {
		t.Skip("left out: needs root and /dev/net/tun; set PAXOSKV_REQUIRE=netns")
	}
}

// erlang starts a node of Erlang on a machine, linked with all nodes.
func (n *network) erlang(machine int, o beam.OTP, name string) *beam.Node {
	n.t.Helper()
	m := n.Machine(machine)
	e := startTies(n.t, o, name+o.Release+"@"+m.Addr.String(), n.nodes,
		beam.Network{Cookie: n.cluster.Cookie(), Mapper: mapperPort, On: m.In})
	return e
}

// pass says in which directions the cable between two machines works.
func (n *network) pass(a, b int, there, back bool) {
	n.Set(a, b, lan.Path{Cut: !there})
	n.Set(b, a, lan.Path{Cut: !back})
}

// alone cuts a machine off from some others, at once, or joins it with them again.
func (n *network) alone(machine int, cut bool, others ...int) {
	for _, other := range others {
		n.pass(machine, other, !cut, !cut)
	}
}

// within waits for a condition, and fails when it took longer than d. The bounds
// are those that are promised.
func within(t *testing.T, d time.Duration, what string, done func() (bool, any)) {
	t.Helper()
	began := time.Now()
	cluster.Eventually(t, what, done)
	took := time.Since(began)
	t.Logf("%s: %v", what, took.Round(time.Millisecond))
	require.Less(t, took, d, what)
}

// joined waits until each of some nodes is linked with all of some names, or with
// none of them.
func joined(t *testing.T, d time.Duration, what string, nodes []*cluster.Node, want bool, names ...string) {
	t.Helper()
	within(t, d, what, func() (bool, any) {
		for _, n := range nodes {
			peers, err := n.Peers()
			require.NoError(t, err)
			for _, name := range names {
				if name != n.Name && slices.Contains(peers, name) != want {
					return false, peers
				}
			}
		}
		return true, nil
	})
}

// healed waits until all nodes of the cluster are as they were before a cut.
func (n *network) healed() {
	n.t.Helper()
	began := time.Now()
	n.cluster.WaitReady(n.nodes...)
	took := time.Since(began)
	n.t.Logf("healed: %v", took.Round(time.Millisecond))
	require.Less(n.t, took, 5*time.Second, "all works after the heal")
}
