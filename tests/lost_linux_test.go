package tests

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/beam"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// A node falls silent to all others, in both directions or in one. Its owners are
// told before anybody else has their keys, and not when one member alone hears
// nothing.
func TestLostByASilentCut(t *testing.T) {
	needNetwork(t)
	t.Parallel()
	const silence = 4 * time.Second
	n := startNetwork(t, 3, silence)
	me := n.nodes[0]
	for i, way := range []struct{ there, back bool }{{false, false}, {true, false}, {false, true}} {
		key := atom("k%d", i)
		tied := put(t, me, key, 1, cluster.Options{PIDs: pids(spawn(t, me))})
		lost := me.Lost(key, tied.Rev, 3*cluster.Patience)
		n.pass(0, 1, way.there, way.back)
		joined(t, silence+slack, "one member notices", n.nodes[:1], false, n.nodes[1].Name)
		quiet(t, lost)
		n.pass(0, 1, true, true)
		n.healed()
		quiet(t, lost)

		n.pass(0, 1, way.there, way.back)
		n.pass(0, 2, way.there, way.back)
		cut := agent.Now()
		after := takeOver(t, n.nodes[1], key)
		had := agent.Now()
		require.True(t, tied.Rev.Less(after.Rev))
		l := told(t, lost)
		require.ErrorIs(t, l.Err, paxoskv.ErrNoQuorum)
		require.Less(t, l.At, had, "told too late")
		require.Less(t, time.Duration(l.At-cut), silence*2/3, "before the others can take the node for gone")
		t.Logf("%v: told %v after the cut, another had the key after %v", way, time.Duration(l.At-cut), time.Duration(had-cut))
		n.pass(0, 1, true, true)
		n.pass(0, 2, true, true)
		n.healed()
		require.ErrorIs(t, told(t, me.Lost(key, tied.Rev, cluster.Patience)).Err, paxoskv.ErrErased)
	}
}

// A node of Erlang is cut off from the members one by one: its process is told by
// the one that still reaches it, when the others would erase its key.
func TestErlangOwnerIsCutOff(t *testing.T) {
	needNetwork(t)
	beam.Need(t, beam.Erlang)
	t.Parallel()
	const silence = 2 * time.Second
	n := startNetwork(t, 4, silence)
	e := n.erlang(3, beam.All()[0], "owner")
	e.Eval("{ok, v, R} = gen_server:call({'PaxosKV.Proposer', '%s'}, {put, k, v, [rev, {pid, self()}]}), ok", n.nodes[0].Name)
	require.Equal(t, "ok", e.Eval("gen_server:call({'PaxosKV.Learner', '%s'}, {lost, self(), k, R})", n.nodes[0].Name))
	n.alone(3, true, 1)
	joined(t, silence+slack, "one member notices", n.nodes[1:2], false, e.Name)
	require.Equal(t, "nothing", e.Eval("receive Early -> Early after 100 -> nothing end"))
	n.alone(3, true, 2)
	require.Regexp(t, "^{{paxos_kv,'PaxosKV',{lost,k,.*,(no_quorum|erased)}},true}$",
		e.Eval("receive M -> {M, element(3, element(3, M)) =:= R} after %d -> nothing end", (silence+4*slack).Milliseconds()))
	n.alone(3, false, 1, 2)
}
