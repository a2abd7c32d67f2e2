package erasure

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

func TestMain(m *testing.M) { cluster.Main(m) }

// lab is a cluster with one who watches all on a node.
type lab struct {
	b     *testing.B
	nodes []*cluster.Node
	from  *cluster.Node
	watch int
	keys  int
}

func start(b *testing.B, s cluster.Setup) (*cluster.Cluster, *lab) {
	c, nodes := cluster.Start(b, 3, s)
	l := &lab{b: b, nodes: nodes}
	l.listen(nodes[0])
	return c, l
}

// listen begins the watch.
func (l *lab) listen(n *cluster.Node) {
	number, err := n.Watch(nil)
	require.NoError(l.b, err)
	l.from, l.watch = n, number
	cluster.Eventually(l.b, "the watch is current", func() (bool, any) {
		seen, err := n.Watched(number)
		return err == nil && len(seen) > 0 && seen[len(seen)-1].Kind == paxoskv.Current, seen
	})
}

// put puts a fresh key on a node.
func (l *lab) put(n *cluster.Node, o cluster.Options) (key etf.Atom, r cluster.Result) {
	l.keys++
	key = etf.Atom(fmt.Sprintf("%s%d", l.b.Name(), l.keys))
	r, err := n.Put(key, 1, o)
	require.NoError(l.b, err)
	return key, r
}

// erased waits until a key is erased, and is when that was told.
func (l *lab) erased(key etf.Atom) (at int64) {
	name, err := term.Key(key)
	require.NoError(l.b, err)
	cluster.Eventually(l.b, string(key)+" is erased", func() (bool, any) {
		seen, err := l.from.Watched(l.watch)
		require.NoError(l.b, err)
		for _, s := range slices.Backward(seen) {
			if s.Kind == paxoskv.Erased && s.Key == string(name) {
				at = s.At
			}
		}
		return at != 0, len(seen)
	})
	return at
}

// report reports the least, the middle and the most of some times.
func report(b *testing.B, what string, times []time.Duration) {
	slices.Sort(times)
	b.ReportMetric(0, "ns/op") // it would be that of the whole experiment
	ms := func(d time.Duration, name string) {
		b.ReportMetric(float64(d.Microseconds())/1000, what+name+"-ms")
	}
	ms(times[0], "min")
	ms(times[len(times)/2], "median")
	ms(times[len(times)-1], "max")
}

func repeat(b *testing.B, times int, f func() time.Duration) {
	var all []time.Duration
	b.ResetTimer()
	for range b.N * times {
		all = append(all, f())
	}
	report(b, "", all)
}

// BenchmarkProcessExit: the process runs on another node than the one who watches.
func BenchmarkProcessExit(b *testing.B) {
	_, l := start(b, cluster.Setup{})
	repeat(b, 40, func() time.Duration {
		pid, err := l.nodes[1].Spawn()
		require.NoError(b, err)
		key, _ := l.put(l.nodes[2], cluster.Options{PIDs: []etf.Pid{pid}})
		began := agent.Now()
		require.NoError(b, l.nodes[1].KillPID(pid))
		return time.Duration(l.erased(key) - began)
	})
}

// BenchmarkNodeKill: its process is killed with SIGKILL, and started again between.
func BenchmarkNodeKill(b *testing.B) {
	_, l := start(b, cluster.Setup{})
	repeat(b, 2, func() time.Duration {
		n := l.nodes[2]
		key, _ := l.put(l.nodes[1], cluster.Options{Nodes: []string{n.Name}})
		began := agent.Now()
		n.Kill()
		took := time.Duration(l.erased(key) - began)
		l.nodes[2] = n.Restart()
		for _, n := range l.nodes {
			n.WaitSeats(3, 3)
		}
		return took
	})
}

// BenchmarkDeadline: the time that passes after the deadline.
func BenchmarkDeadline(b *testing.B) {
	_, l := start(b, cluster.Setup{})
	repeat(b, 10, func() time.Duration {
		now, wall := agent.Now(), time.Now()
		until := time.UnixMilli(wall.Add(50 * time.Millisecond).UnixMilli())
		key, _ := l.put(l.nodes[1], cluster.Options{Until: until})
		return time.Duration(l.erased(key)-now) - until.Sub(wall)
	})
}

// BenchmarkGuardingKey: a process ends, a key that is tied to it is erased, and so
// is the one that is measured, which is tied to that key.
func BenchmarkGuardingKey(b *testing.B) {
	_, l := start(b, cluster.Setup{})
	repeat(b, 20, func() time.Duration {
		pid, err := l.nodes[1].Spawn()
		require.NoError(b, err)
		guard, _ := l.put(l.nodes[2], cluster.Options{PIDs: []etf.Pid{pid}})
		key, _ := l.put(l.nodes[1], cluster.Options{Keys: []any{guard}})
		began := agent.Now()
		require.NoError(b, l.nodes[1].KillPID(pid))
		return time.Duration(l.erased(key) - began)
	})
}
