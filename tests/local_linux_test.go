package tests

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/dist/epmd"
	"github.com/paxoskv/paxoskv/tests/beam"
	"github.com/paxoskv/paxoskv/tests/ports"
)

// Nodes of Erlang find the nodes of "node local" by their names, and a second
// "node local" on the machine works all the same.
func TestErlangFindsLocalNodes(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	mapper := ports.Free(t, 1)[0]
	first := startLone(t, mapper, "local")
	require.Equal(t, "{ok,first}", first.do("put who first"))
	for _, name := range []string{"node1", "node2", "node3"} {
		require.Eventually(t, func() bool {
			_, err := epmd.Lookup(t.Context(), fmt.Sprintf("127.0.0.1:%d", mapper), name)
			return err == nil
		}, time.Minute, 10*time.Millisecond)
	}
	second := startLone(t, mapper, "local")
	require.Equal(t, "{ok,second}", second.do("put who second"))
	beam.Each(t, func(t *testing.T, o beam.OTP) {
		e := beam.StartErlang(t, o, "e@127.0.0.1", beam.Network{Cookie: "numbers", Mapper: uint16(mapper)})
		for _, n := range []string{"node1@127.0.0.1", "node2@127.0.0.1", "node3@127.0.0.1"} {
			require.Equal(t, "pong", e.Eval("net_adm:ping('%s')", n))
			require.Equal(t, "{ok,first}", e.Eval("gen_server:call({'PaxosKV.Learner', '%s'}, {get, who, []})", n))
		}
		require.Equal(t, "{ok,mine}", e.Eval("gen_server:call({'PaxosKV.Proposer', 'node2@127.0.0.1'}, {put, {tied, %s}, mine, [{pid, self()}]})", o.Release))
	})
	require.Equal(t, "{error,not_found}", second.do("get {tied,25}"))
}
