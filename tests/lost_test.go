package tests

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/tests/beam"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// told waits until the loss of an entry is told.
func told(t *testing.T, lost <-chan cluster.Loss) cluster.Loss {
	t.Helper()
	select {
	case l := <-lost:
		return l
	case <-time.After(cluster.Patience):
		require.FailNow(t, "no loss is told")
		panic("unreachable")
	}
}

// quiet says that no loss has been told.
func quiet(t *testing.T, lost <-chan cluster.Loss) {
	t.Helper()
	select {
	case l := <-lost:
		require.Fail(t, "a loss is told", "%v", l.Err)
	default:
	}
}

// takeOver puts a key until it has it.
func takeOver(t *testing.T, n *cluster.Node, key any) cluster.Result {
	t.Helper()
	var r cluster.Result
	cluster.Eventually(t, fmt.Sprintf("%s has %v", n.Name, key), func() (bool, any) {
		got, err := n.Put(key, atom("%s", n.Name), cluster.Options{Timeout: time.Second})
		r = got
		return err == nil && got.Value == atom("%s", n.Name), err
	})
	return r
}

// An owner is not told of what does it no harm: the other members are killed and
// started again one by one. It is told when both are gone at once, and of the end
// of its process.
func TestLostWithTheMembers(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 3, cluster.Setup{})
	me := nodes[0]
	pid := spawn(t, me)
	tied := put(t, me, atom("k"), 1, cluster.Options{PIDs: pids(pid)})
	lost := me.Lost(atom("k"), tied.Rev, 3*cluster.Patience)
	for i := 1; i < 3; i++ {
		nodes[i].Kill()
		me.WaitSeats(2, 2)
		nodes[i] = nodes[i].Restart()
		for _, n := range nodes {
			n.WaitSeats(3, 3)
		}
		holds(t, nodes, atom("k"), tied)
		quiet(t, lost)
	}
	other := put(t, me, atom("other"), 1, cluster.Options{PIDs: pids(pid)})
	otherLost := me.Lost(atom("other"), other.Rev, 3*cluster.Patience)
	keyed := put(t, me, atom("keyed"), 1, cluster.Options{Keys: []any{atom("other")}})
	keyedLost := me.Lost(atom("keyed"), keyed.Rev, 3*cluster.Patience)
	require.NoError(t, me.KillPID(pid))
	require.ErrorIs(t, told(t, lost).Err, paxoskv.ErrErased)
	require.ErrorIs(t, told(t, otherLost).Err, paxoskv.ErrErased)
	require.ErrorIs(t, told(t, keyedLost).Err, paxoskv.ErrErased)

	tied = put(t, me, atom("node"), 1, cluster.Options{Nodes: []string{me.Name}})
	lost = me.Lost(atom("node"), tied.Rev, 3*cluster.Patience)
	nodes[1].Kill()
	nodes[2].Kill()
	require.ErrorIs(t, told(t, lost).Err, paxoskv.ErrNoQuorum)
}

// A node that was stopped, and whose key another has by now, tells the owner as
// soon as it goes on.
func TestLostWhileFrozen(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 3, cluster.Setup{Silence: 2 * time.Second})
	me := nodes[0]
	tied := put(t, me, atom("k"), 1, cluster.Options{Nodes: []string{me.Name}})
	lost := me.Lost(atom("k"), tied.Rev, 3*cluster.Patience)
	require.NoError(t, me.Pause())
	after := takeOver(t, nodes[1], atom("k"))
	require.True(t, tied.Rev.Less(after.Rev))
	require.NoError(t, me.Continue())
	began := time.Now()
	err := told(t, lost).Err
	require.True(t, isAny(err, paxoskv.ErrNoQuorum, paxoskv.ErrErased), "%v", err)
	t.Logf("told after %v", time.Since(began))
	require.Less(t, time.Since(began), slack)
	for _, n := range nodes {
		n.WaitSeats(3, 3)
	}
	require.ErrorIs(t, told(t, me.Lost(atom("k"), tied.Rev, cluster.Patience)).Err, paxoskv.ErrErased)
}

// A process of Erlang is told by the node that it asked.
func TestErlangOwner(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	c, nodes := cluster.Start(t, 3, cluster.Setup{Mapper: true})
	for i, e := range startBoth(t, "owner", nodes, beam.Network{Cookie: c.Cookie(), Mapper: c.Mapper()}) {
		learner := fmt.Sprintf("{'PaxosKV.Learner', '%s'}", nodes[i].Name)
		e.Eval("Other = spawn(fun() -> receive stop -> ok end end), ok")
		e.Eval("{ok, v, R} = gen_server:call({'PaxosKV.Proposer', '%s'}, {put, {k, %d}, v, [rev, {pid, self()}, {pid, Other}]}), ok",
			nodes[i].Name, i)
		require.Equal(t, "ok", e.Eval("gen_server:call(%s, {lost, self(), {k, %d}, R})", learner, i))
		require.Equal(t, "nothing", e.Eval("receive Early -> Early after 100 -> nothing end"))
		e.Eval("Other ! stop, ok")
		require.Equal(t, "true", e.Eval("receive M -> M =:= {paxos_kv, 'PaxosKV', {lost, {k, %d}, R, erased}} after 30000 -> nothing end", i))
		require.Contains(t, e.Eval("gen_server:call(%s, {lost, self(), k})", learner), "bad_request")
	}
}

func isAny(err error, of ...error) bool {
	for _, e := range of {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
