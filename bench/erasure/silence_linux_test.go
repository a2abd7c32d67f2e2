package erasure

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/chaos/lan"
	"github.com/paxoskv/paxoskv/tests/cluster"
	"github.com/paxoskv/paxoskv/tests/spawn"
)

// BenchmarkSilentCut: nothing passes between a node and the others any more, and
// nobody is told. Beside it when the owner is told that it may have lost the key.
func BenchmarkSilentCut(b *testing.B) {
	if !slices.Contains(strings.Split(os.Getenv("PAXOSKV_REQUIRE"), ","), "netns") {
		b.Skip("left out: needs root and /dev/net/tun; set PAXOSKV_REQUIRE=netns")
	}
	for _, silence := range []time.Duration{time.Second, 5 * time.Second} {
		b.Run(silence.String(), func(b *testing.B) {
			net, err := lan.New(3, 1)
			require.NoError(b, err)
			b.Cleanup(net.Close)
			c, l := start(b, cluster.Setup{Silence: silence,
				Machine: func(number int) (string, spawn.Starter) {
					if number > 3 {
						return "", nil
					}
					m := net.Machine(number - 1)
					return m.Addr.String(), m.In
				}})
			pass := func(passes bool) {
				for other := range 2 {
					net.Set(2, other, lan.Path{Cut: !passes})
					net.Set(other, 2, lan.Path{Cut: !passes})
				}
			}
			var erased, told []time.Duration
			b.ResetTimer()
			for range b.N {
				owner := l.nodes[2]
				key, r := l.put(owner, cluster.Options{Nodes: []string{owner.Name}})
				lost := owner.Lost(key, r.Rev, cluster.Patience)
				time.Sleep(time.Duration(len(erased)) * 130 * time.Millisecond) // the cut finds the pulse in all of its phases
				began := agent.Now()
				pass(false)
				erased = append(erased, time.Duration(l.erased(key)-began))
				t := <-lost
				require.ErrorIs(b, t.Err, paxoskv.ErrNoQuorum)
				told = append(told, time.Duration(t.At-began))
				require.Less(b, told[len(told)-1], erased[len(erased)-1], "the owner is told first")
				pass(true)
				c.WaitReady(l.nodes...)
			}
			report(b, "", erased)
			report(b, "told-", told)
		})
	}
}
