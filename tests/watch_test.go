package tests

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// view is what one who watches knows, by what it was told.
type view struct {
	holds   map[string]paxoskv.Rev
	last    map[string]paxoskv.Rev
	chosen  map[paxoskv.Rev]term.Raw
	erased  map[string]bool // by key and rev
	missed  map[string]int  // by key; "" is of all
	behind  int
	current bool
}

// look takes what was told as the documentation has it, and requires that the
// revs of a key never fall.
func look(t *testing.T, who string, seen []agent.Sight) *view {
	t.Helper()
	v := &view{holds: map[string]paxoskv.Rev{}, last: map[string]paxoskv.Rev{}, chosen: map[paxoskv.Rev]term.Raw{},
		erased: map[string]bool{}, missed: map[string]int{}}
	for i, s := range seen {
		switch s.Kind {
		case paxoskv.Chosen:
			require.False(t, s.Rev.Less(v.last[s.Key]), "%s: event %d: %+v after %v", who, i, s, v.last[s.Key])
			v.holds[s.Key], v.last[s.Key], v.chosen[s.Rev] = s.Rev, s.Rev, s.Value
		case paxoskv.Erased:
			require.False(t, s.Rev.Less(v.last[s.Key]), "%s: event %d: %+v after %v", who, i, s, v.last[s.Key])
			v.erased[fmt.Sprint(s.Key, s.Rev)] = true
			v.last[s.Key] = s.Rev
			delete(v.holds, s.Key)
		case paxoskv.Missed:
			v.missed[s.Key]++
			if s.Key == "" {
				clear(v.holds)
				v.current = false
			}
		case paxoskv.Behind:
			v.behind++
			v.current = false
		case paxoskv.Current:
			v.current = true
		}
	}
	return v
}

// viewer is a watch of a key, or of all.
type viewer struct {
	node   *cluster.Node
	number int
	key    any
}

func (w viewer) String() string {
	return fmt.Sprintf("watch %d of %v on %s", w.number, w.key, w.node.Name)
}

func watching(t *testing.T, n *cluster.Node, key any) viewer {
	t.Helper()
	number, err := n.Watch(key)
	require.NoError(t, err)
	return viewer{n, number, key}
}

func (w viewer) look(t *testing.T) *view {
	t.Helper()
	seen, err := w.node.Watched(w.number)
	require.NoError(t, err)
	return look(t, w.String(), seen)
}

// agree waits until all who watch know what a node of the cluster answers for
// some keys.
func agree(t *testing.T, ask *cluster.Node, keys []any, ws ...viewer) {
	t.Helper()
	for _, key := range keys {
		name, err := term.Key(key)
		require.NoError(t, err)
		for _, w := range ws {
			if w.key != nil && w.key != key {
				continue
			}
			cluster.Eventually(t, fmt.Sprintf("%v knows of %v", w, key), func() (bool, any) {
				r, err := ask.Get(key)
				if !errors.Is(err, paxoskv.ErrNotFound) {
					require.NoError(t, err)
				}
				v := w.look(t)
				return v.current && v.holds[string(name)] == r.Rev, v
			})
		}
	}
}

// lives has keys put and erased, by turns of the nodes, and tells what was put.
func lives(t *testing.T, nodes []*cluster.Node, keys []any, rounds int) map[paxoskv.Rev]any {
	t.Helper()
	was := make(map[paxoskv.Rev]any)
	for i := range rounds {
		for j, key := range keys {
			n := nodes[(i+j)%len(nodes)]
			pid := spawn(t, n)
			value := atom("%v of %d", key, i)
			// Put anew after the outcome of a put was unknown, the key has one life all the
			// same: what was chosen is kept by pid.
			r, _ := anew(t, nodes[i%len(nodes)], key, value, cluster.Options{PIDs: pids(pid)})
			was[r.Rev] = value
			if i < rounds-1 || j%2 == 0 {
				require.NoError(t, n.KillPID(pid))
				gone(t, nodes[:1], key)
			}
		}
	}
	return was
}

// accounts waits until one who watches was told of all lives, or that some were
// missed: that sign may come after the life that followed.
func accounts(t *testing.T, w viewer, was map[paxoskv.Rev]any, keys int) {
	t.Helper()
	want := len(was)
	if w.key != nil {
		want /= keys
	}
	cluster.Eventually(t, w.String()+" accounts for all lives", func() (bool, any) {
		v, told, missed := w.look(t), 0, 0
		for rev := range was {
			if v.chosen[rev] != nil {
				told++
			}
		}
		for _, n := range v.missed {
			missed += n
		}
		require.LessOrEqual(t, told, want)
		return told == want || missed > 0, fmt.Sprintf("%d of %d told, %d times missed", told, want, missed)
	})
}

// All lives of keys are told on each node, with a seat or without, in order, but
// for those of which it is told that they were missed.
func TestWatchOnEachNode(t *testing.T) {
	t.Parallel()
	_, nodes := cluster.Start(t, 4, cluster.Setup{})
	keys := []any{atom("a"), atom("b"), atom("c")}
	var ws []viewer
	for _, n := range nodes {
		ws = append(ws, watching(t, n, nil), watching(t, n, keys[0]))
	}
	for _, w := range ws {
		cluster.Eventually(t, w.String()+" is current", func() (bool, any) { v := w.look(t); return v.current, v })
	}
	was := lives(t, nodes, keys, 6)
	agree(t, nodes[1], keys, ws...)
	for _, w := range ws {
		v := w.look(t)
		for rev, value := range v.chosen {
			raw, err := term.Encode(was[rev])
			require.NoError(t, err)
			require.Equal(t, term.Raw(raw), value, "%v: %v", w, rev)
		}
		accounts(t, w, was, len(keys))
	}
}

// Members are killed and started again, and links are cut, under those who watch:
// each knows in the end what holds, is told when word may be late, and a node that
// starts again is told all anew.
func TestWatchThroughFaults(t *testing.T) {
	t.Parallel()
	c := cluster.New(t, cluster.Setup{})
	// The spare must not take the seat of a member that is away: see the cuts.
	patient := func(a *agent.Config) { a.Timing.Replace = 10 * cluster.Patience.Milliseconds() }
	var nodes []*cluster.Node
	for i := range 4 {
		nodes = append(nodes, c.StartNode(i+1, patient))
	}
	c.WaitReady(nodes...)
	again := func(n *cluster.Node) *cluster.Node { return c.StartNode(n.Number, patient) }
	info, err := nodes[0].Cluster()
	require.NoError(t, err)
	var spare *cluster.Node
	var seated []*cluster.Node
	for _, n := range nodes {
		if !slices.Contains(info.Members, n.Name) {
			spare = n
		} else {
			seated = append(seated, n)
		}
	}
	require.NotNil(t, spare)
	keys := []any{atom("a"), atom("b"), atom("c")}
	ws := []viewer{watching(t, spare, nil), watching(t, spare, keys[1]),
		watching(t, seated[0], nil), watching(t, seated[0], keys[0])}
	lives(t, []*cluster.Node{seated[0], spare}, keys, 2)
	agree(t, seated[1], keys, ws...)
	behind := func() (counts []int) {
		for _, w := range ws {
			counts = append(counts, w.look(t).behind)
		}
		return counts
	}
	before := behind()

	seated[1].Kill()
	lives(t, []*cluster.Node{seated[0], spare}, fresh(keys, 1), 2)
	agree(t, seated[2], fresh(keys, 1), ws...)
	for i, w := range ws {
		cluster.Eventually(t, w.String()+" is told that a member is gone", func() (bool, any) {
			n := behind()[i]
			return n > before[i], n
		})
	}
	seated[1] = again(seated[1])
	c.WaitSeatsOnAll(4, 3, append(seated, spare)...)
	ws = append(ws, watching(t, seated[1], nil))
	agree(t, seated[0], append(fresh(keys, 1), keys...), ws...)

	c.Cut(spare, seated[0])
	c.Cut(seated[0], seated[2])
	lives(t, []*cluster.Node{seated[1]}, fresh(keys, 2), 2)
	agree(t, seated[1], fresh(keys, 2), ws...)
	c.Heal(spare, seated[0])
	c.Heal(seated[0], seated[2])
	c.WaitSeatsOnAll(4, 3, append(seated, spare)...) // the wire knows of a link before the store does
	lives(t, seated, fresh(keys, 3), 2)
	agree(t, seated[2], append(fresh(keys, 3), fresh(keys, 2)...), ws...)

	// Without a quorum nobody is told to be current; with it they are again.
	seated[1].Kill()
	seated[2].Kill()
	for _, n := range []*cluster.Node{spare, seated[0]} {
		cluster.Eventually(t, n.Name+" sees no quorum", func() (bool, any) {
			i, err := n.Cluster()
			return err == nil && !i.Quorum, i
		})
	}
	for _, w := range ws[:4] {
		cluster.Eventually(t, w.String()+" is told that word may be late", func() (bool, any) {
			v := w.look(t)
			return !v.current, v
		})
	}
	seated[1], seated[2] = again(seated[1]), again(seated[2])
	require.NoError(t, seated[0].WaitForQuorum(cluster.Patience))
	seated[0].WaitSeats(4, 3)
	lives(t, seated[:1], fresh(keys, 4), 1)
	agree(t, seated[0], fresh(keys, 4), ws[:4]...)
}

// fresh are further keys.
func fresh(keys []any, n int) (more []any) {
	for _, k := range keys {
		more = append(more, atom("%v%d", k, n))
	}
	return more
}
