package tests

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// From every node, about a process of every node, which ends in both ways.
func TestKeyGoesWithItsProcess(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 3, cluster.Setup{})
	for _, home := range nodes {
		for _, from := range nodes {
			for _, how := range []string{"normal", "some reason", "kill"} {
				key := etf.Tuple{atom("tied"), atom("%s", home.Name), atom("%s", from.Name), atom("%s", how)}
				pid := spawn(t, home)
				r := put(t, from, key, 1, cluster.Options{PIDs: pids(pid)})
				require.True(t, r.Mine)
				for _, n := range nodes {
					got, err := n.PID(key)
					require.NoError(t, err)
					require.Equal(t, pid, got)
					name, err := n.NodeOf(key)
					require.NoError(t, err)
					require.Equal(t, home.Name, name)
				}
				holds(t, nodes, key, r)
				if how == "kill" {
					require.NoError(t, home.KillPID(pid))
				} else {
					require.NoError(t, home.Exit(pid, how))
				}
				gone(t, nodes, key)
				again(t, nodes, key, r)
			}
		}
	}
}

// Two keys hang on the node that is killed: one on a process, one on the node.
func TestKeysGoWithTheirNode(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 3, cluster.Setup{})
	rest, dying := nodes[:2], nodes[2]
	byPID := put(t, nodes[0], atom("pid"), 1, cluster.Options{PIDs: pids(spawn(t, dying))})
	byNode := put(t, nodes[1], atom("node"), 1, cluster.Options{Nodes: []string{dying.Name}})
	for _, n := range nodes {
		name, err := n.NodeOf(atom("node"))
		require.NoError(t, err)
		require.Equal(t, dying.Name, name)
		_, err = n.PID(atom("node"))
		require.ErrorIs(t, err, paxoskv.ErrNotFound)
	}
	dying.Kill()
	for key, old := range map[etf.Atom]cluster.Result{"pid": byPID, "node": byNode} {
		gone(t, rest, key)
		again(t, rest, key, old)
	}
}

// The node is back before anybody misses it, under its name: its former life is
// over all the same.
func TestKeysGoWithANodeThatIsRestartedQuickly(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 3, cluster.Setup{})
	byPID := put(t, nodes[0], atom("pid"), 1, cluster.Options{PIDs: pids(spawn(t, nodes[2]))})
	byNode := put(t, nodes[1], atom("node"), 1, cluster.Options{Nodes: []string{nodes[2].Name}})
	nodes[2].Kill()
	nodes[2] = nodes[2].Restart()
	for key, old := range map[etf.Atom]cluster.Result{"pid": byPID, "node": byNode} {
		gone(t, nodes, key)
		again(t, nodes, key, old)
	}
	// Its new life guards again.
	put(t, nodes[0], atom("anew"), 1, cluster.Options{Nodes: []string{nodes[2].Name}})
}

func TestKeysGoOneAfterTheOther(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 3, cluster.Setup{})
	first := spawn(t, nodes[0])
	var old [3]cluster.Result
	old[0] = put(t, nodes[1], 0, atom("v"), cluster.Options{PIDs: pids(first)})
	old[1] = put(t, nodes[2], 1, atom("v"), cluster.Options{Keys: []any{0}})
	old[2] = put(t, nodes[0], 2, atom("v"), cluster.Options{Keys: []any{1}})
	for i, r := range old {
		holds(t, nodes, i, r)
	}
	require.NoError(t, nodes[0].KillPID(first))
	for i := range old {
		gone(t, nodes, i)
	}
	for i, r := range old {
		again(t, nodes, i, r)
	}

	// Put again at once after its guard went, the guarding key is another one:
	// what hung on the former value goes.
	second := spawn(t, nodes[1])
	put(t, nodes[0], atom("a"), 1, cluster.Options{PIDs: pids(second)})
	hung := put(t, nodes[0], atom("b"), 1, cluster.Options{Keys: []any{atom("a")}})
	require.NoError(t, nodes[1].KillPID(second))
	cluster.Eventually(t, "a is put anew", func() (bool, any) {
		r, _, err := settle(nodes[2], atom("a"), 2)
		require.NoError(t, err)
		return r.Value == 2, r
	})
	gone(t, nodes, atom("b"))
	again(t, nodes, atom("b"), hung)
}

// putUntil puts a key that lives for a while. Where the machine was so busy that the
// time was over before the put was, it puts the key anew.
func putUntil(t *testing.T, n *cluster.Node, key any, life time.Duration, o cluster.Options) (r cluster.Result, until time.Time) {
	t.Helper()
	cluster.Eventually(t, fmt.Sprintf("%v is put in time on %s", key, n.Name), func() (bool, any) {
		until = time.Now().Add(life)
		o.Until = until
		got, err := n.Put(key, 1, o)
		if isAny(err, paxoskv.ErrInvalidValue, paxoskv.ErrIndeterminate) && !time.Now().Before(until.Truncate(time.Millisecond)) {
			gone(t, []*cluster.Node{n}, key)
			return false, err
		}
		require.NoError(t, err)
		r = got
		return true, nil
	})
	return r, until
}

func TestKeyGoesAtItsTime(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 3, cluster.Setup{})
	for _, n := range nodes {
		key := atom("%s", n.Name)
		old, until := putUntil(t, n, key, 700*time.Millisecond, cluster.Options{})
		err := error(nil)
		for err == nil {
			_, err = nodes[0].Get(key)
		}
		require.ErrorIs(t, err, paxoskv.ErrNotFound)
		// The store's deadline is of whole milliseconds.
		require.False(t, time.Now().Before(until.Truncate(time.Millisecond)), "gone before its time")
		gone(t, nodes, key)
		again(t, nodes, key, old)
	}
}

// A key that is tied to everything goes when any of it goes.
func TestKeyTiedToEverything(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 3, cluster.Setup{})
	fourth := c.StartNode(4)
	fourth.WaitSeats(4, 3)
	for i, end := range []string{"first pid", "second pid", "key", "time", "node"} {
		p1, p2, p3 := spawn(t, nodes[0]), spawn(t, nodes[1]), spawn(t, nodes[2])
		guard, life := atom("guard %d", i), time.Hour
		if end == "time" {
			life = time.Second
		}
		put(t, nodes[1], guard, 1, cluster.Options{PIDs: pids(p3)})
		r, _ := putUntil(t, nodes[2], i, life, cluster.Options{PIDs: pids(p1, p2), Keys: []any{guard},
			Nodes: []string{fourth.Name, nodes[0].Name}})
		switch end {
		case "first pid":
			require.NoError(t, nodes[0].KillPID(p1))
		case "second pid":
			require.NoError(t, nodes[1].Exit(p2, "normal"))
		case "key":
			require.NoError(t, nodes[2].KillPID(p3))
		case "node":
			fourth.Kill()
		}
		gone(t, nodes, i)
		again(t, nodes, i, r)
	}
}

// Of the members only one is cut off from the guard's node: the key stays. When
// all others are, it goes.
func TestKeyOutlivesACutThatOneMemberSees(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 3, cluster.Setup{})
	pid := spawn(t, nodes[0])
	r := put(t, nodes[1], atom("k"), 1, cluster.Options{PIDs: pids(pid)})
	byNode := put(t, nodes[2], atom("n"), 1, cluster.Options{Nodes: []string{nodes[0].Name}})
	c.Cut(nodes[0], nodes[2])
	nodes[2].WaitSeats(2, 2)
	// The time is that of several sweeps over the guards.
	for end := time.Now().Add(2500 * time.Millisecond); time.Now().Before(end); {
		holds(t, nodes, atom("k"), r)
		holds(t, nodes, atom("n"), byNode)
	}
	for _, n := range nodes {
		got, err := n.PID(atom("k"))
		require.NoError(t, err)
		require.Equal(t, pid, got)
	}
	c.Cut(nodes[0], nodes[1])
	gone(t, nodes[1:], atom("k"))
	gone(t, nodes[1:], atom("n"))
	_, err := nodes[0].Get(atom("k"), cluster.Options{NoQuorum: paxoskv.Return})
	require.ErrorIs(t, err, paxoskv.ErrNoQuorum)
	c.Heal(nodes[0], nodes[1])
	c.Heal(nodes[0], nodes[2])
	gone(t, nodes, atom("k"))
	again(t, nodes, atom("k"), r)
}

// wordTimeout is how long a put waits for word of the processes that it names; it goes
// on without, and the key of one that has ended goes soon after.
const wordTimeout = time.Second

// guardsNothing requires that a put is refused, and that its key holds nothing. Where the
// machine was so busy that the put had no word of a process in time, it puts again.
func guardsNothing(t *testing.T, n *cluster.Node, key any, o cluster.Options, what string) {
	t.Helper()
	cluster.Eventually(t, fmt.Sprintf("%s is refused on %s", what, n.Name), func() (bool, any) {
		began := time.Now()
		_, err := n.Put(key, 1, o)
		took := time.Since(began)
		if len(o.PIDs) > 0 && took >= wordTimeout && (err == nil || errors.Is(err, paxoskv.ErrIndeterminate)) {
			gone(t, []*cluster.Node{n}, key)
			return false, fmt.Sprintf("%v after %v", err, took)
		}
		require.ErrorIs(t, err, paxoskv.ErrInvalidValue, "%s, on %s", what, n.Name)
		require.False(t, errors.Is(err, paxoskv.ErrIndeterminate))
		_, err = n.Get(key)
		require.ErrorIs(t, err, paxoskv.ErrNotFound, "%s, on %s", what, n.Name)
		return true, nil
	})
}

func TestWhatIsNotThereGuardsNothing(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 3, cluster.Setup{})
	dead := spawn(t, nodes[1])
	require.NoError(t, nodes[1].KillPID(dead))
	earlier := spawn(t, nodes[2])
	nodes[2].Kill()
	nodes[2] = nodes[2].Restart()
	nodes[2].WaitSeats(3, 3)
	live := spawn(t, nodes[0])
	for name, o := range map[string]cluster.Options{
		"a dead process":                {PIDs: pids(dead)},
		"a dead process beside another": {PIDs: pids(live, dead)},
		"a process of a former life":    {PIDs: pids(earlier)},
		"a process of no node":          {PIDs: pids(etf.Pid{Node: "nobody@127.0.0.1", ID: 1, Creation: 1})},
		"no node":                       {Nodes: []string{"nobody@127.0.0.1"}},
		"a node that is not connected":  {Nodes: []string{cluster.Name(4)}},
		"no key":                        {Keys: []any{atom("nothing")}},
		"a time that has passed":        {Until: time.Now().Add(-time.Second)},
		"one of several": {PIDs: pids(live), Nodes: []string{nodes[0].Name}, Until: time.Now().Add(time.Hour),
			Keys: []any{atom("nothing")}},
	} {
		for _, n := range nodes {
			// Who was just connected may not know the other's creation yet.
			guardsNothing(t, n, atom("k"), o, name)
		}
	}
}
