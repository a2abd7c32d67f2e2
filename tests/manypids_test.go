package tests

import (
	"strconv"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/tests/beam"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// many is how many processes die at once, some how many where the number is not
// what counts.
const (
	many = 10000
	some = 2000
)

// manyDie has processes put a key each, and then end all at once: all keys go,
// and nothing is left behind.
func manyDie(t *testing.T, nodes []*cluster.Node, tag string, count int, tie, end func()) {
	t.Helper()
	var before []uint64
	for _, n := range nodes {
		held, err := n.Held()
		require.NoError(t, err)
		before = append(before, held.Downs)
	}
	began := time.Now()
	tie()
	t.Logf("%d keys put in %v", count, time.Since(began).Round(time.Millisecond))
	for _, n := range nodes {
		cluster.Eventually(t, n.Name+" holds all keys", func() (bool, any) {
			held, err := n.Held()
			require.NoError(t, err)
			return held.Guards == count && held.Watched == uint64(count), held
		})
		held, err := n.Held()
		require.NoError(t, err)
		require.Zero(t, held.Downs-before[n.Number-1], "nobody has ended")
	}
	end()
	nothingLeft(t, nodes)
	for i, n := range nodes {
		held, err := n.Held()
		require.NoError(t, err)
		// A key that others have erased is not watched any more when its DOWN comes.
		require.LessOrEqual(t, held.Downs-before[i], uint64(count), "%s was told of none twice", n.Name)
		t.Logf("%s: told of %d: %+v", n.Name, held.Downs-before[i], held)
		for key := i + 1; key <= count; key += count / 50 {
			_, err := n.Get(etf.Tuple{atom("%s", tag), key})
			require.ErrorIs(t, err, paxoskv.ErrNotFound, "%d on %s", key, n.Name)
		}
	}
}

func TestManyErlangProcessesDieAtOnce(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	_, nodes, network := mapped(t)
	beam.Each(t, func(t *testing.T, o beam.OTP) {
		e := startTies(t, o, "many"+o.Release+"@127.0.0.1", nodes, network)
		count := cluster.Fewer(many)
		tag := "erlang" + o.Release
		manyDie(t, nodes, tag, count,
			func() { e.Eval("Ps = ties:many(%d, %s, %s, 1), ok", count, servers(nodes), tag) },
			func() {
				require.Equal(t, strconv.Itoa(count), e.Eval("ties:stop(Ps, %s)", map[string]string{"25": "kill", "27": "{bye, [now]}"}[o.Release]))
			})
	})
}

// They are plain processes of the virtual machine.
func TestManyElixirProcessesDieAtOnce(t *testing.T) {
	beam.Need(t, beam.Elixir)
	t.Parallel()
	_, nodes, network := mapped(t)
	e := beam.StartElixir(t, beam.All()[1], "elixir@127.0.0.1", network)
	e.LoadElixir("testdata/ties.exs")
	for _, n := range nodes {
		link(t, n, e)
	}
	var to string
	for _, n := range nodes {
		to += strconv.Quote(n.Name) + ", "
	}
	count := cluster.Fewer(some)
	manyDie(t, nodes, "elixir", count,
		func() {
			e.Eval("servers = for n <- [%s], do: {%s, String.to_atom(n)}; ps = Ties.many(%d, servers, :elixir, 1); :ok",
				to[:len(to)-2], proposer, count)
		},
		func() { require.Equal(t, strconv.Itoa(count), e.Eval("Ties.stop(ps, %%{bye: [:now]})")) })
}

// Of a member, and of a Go node that has no seat.
func TestManyGoProcessesDieAtOnce(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 3, cluster.Setup{})
	fourth := c.StartNode(4)
	fourth.WaitSeats(4, 3)
	for _, x := range []struct {
		home  *cluster.Node
		count int
	}{{nodes[0], many}, {fourth, some}} {
		home, count := x.home, cluster.Fewer(x.count)
		var pids []etf.Pid
		manyDie(t, nodes, home.Name, count,
			func() {
				var err error
				pids, err = home.TieMany(count, atom("%s", home.Name))
				require.NoError(t, err)
			},
			func() { require.NoError(t, home.KillMany(pids)) })
	}
}

// A node with many processes that is killed takes all keys with it.
func TestManyProcessesDieWithTheirNode(t *testing.T) {
	beam.Need(t, beam.Erlang)
	t.Parallel()
	_, nodes, network := mapped(t)
	e := startTies(t, beam.All()[1], "all@127.0.0.1", nodes, network)
	count := cluster.Fewer(some)
	e.Eval("ties:many(%d, %s, k, 1), ok", count, servers(nodes))
	e.Kill()
	nothingLeft(t, nodes)
	for key := 1; key <= count; key += count / 50 {
		_, err := nodes[key%3].Get(etf.Tuple{atom("k"), key})
		require.ErrorIs(t, err, paxoskv.ErrNotFound)
	}
}
