package tests

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/tests/beam"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// The tests and the examples of clients/elixir pass with a real cluster, and
// those that need none pass without, saying what they leave out.
func TestElixirClient(t *testing.T) {
	beam.Need(t, beam.Elixir)
	t.Parallel()
	_, nodes, network := mapped(t)
	for _, o := range beam.All() {
		dir := o.Dir(t, "../clients/erlang", "../clients/elixir")
		mix := func(env []string, args ...string) string {
			args = append([]string{"--chdir=" + dir + "/elixir", "mix"}, args...)
			cmd := o.Command(dir, network.Mapper, "env", args...)
			cmd.Env = append(cmd.Env, append(env, "MIX_ENV=test")...)
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "OTP %s: %v\n%s", o.Release, args, out)
			return string(out)
		}
		if o.Release == "25" { // each version of Elixir has a taste of its own
			mix(nil, "format", "--check-formatted")
		}
		with := mix([]string{"PAXOSKV_COOKIE=" + network.Cookie, "PAXOSKV_NODES=" + nodeNames(nodes[1:])},
			"test", "--warnings-as-errors")
		require.Contains(t, with, "0 failures\n", "none may be left out")
		require.NotContains(t, with, "left out")
		require.Contains(t, mix([]string{"PAXOSKV_NODES="}, "test"), "left out: all tests with a cluster")
	}
}

func nodeNames(nodes []*cluster.Node) string {
	var names []string
	for _, n := range nodes {
		names = append(names, n.Name)
	}
	return strings.Join(names, ",")
}
