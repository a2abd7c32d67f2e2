//go:build linux

package dist_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"
)

// The tests in network namespaces run if PAXOSKV_REQUIRE holds "netns". They need
// root and the ip command.
func netnsWanted(t testing.TB) {
	if !strings.Contains(os.Getenv(requireEnv), "netns") {
		t.Skip("left out: needs root and ip netns; set " + requireEnv + "=netns")
	}
}

func ip(t testing.TB, format string, args ...any) string {
	t.Helper()
	words := strings.Fields(fmt.Sprintf(format, args...))
	out, err := exec.Command("ip", words...).CombinedOutput()
	require.NoError(t, err, "ip %v: %s", words, out)
	return strings.TrimSpace(string(out))
}

// cable is two hosts, as namespaces, and a cable between them that can be cut in
// either direction. A cut is a wrong hardware address: packets leave and arrive
// nowhere, and neither end is told.
type cable struct {
	t     testing.TB
	space [2]string
	host  [2]string
	mac   [2]string
}

func newCable(t testing.TB) *cable {
	netnsWanted(t)
	id := os.Getpid() % 10000
	c := &cable{t: t, host: [2]string{"10.231.7.1", "10.231.7.2"}}
	for i := range c.space {
		c.space[i] = fmt.Sprintf("pkv%d%c", id, 'a'+i)
		exec.Command("ip", "netns", "del", c.space[i]).Run()
		ip(t, "netns add %s", c.space[i])
		t.Cleanup(func() { exec.Command("ip", "netns", "del", c.space[i]).Run() })
		ip(t, "-n %s link set lo up", c.space[i])
	}
	ip(t, "-n %s link add end type veth peer name end netns %s", c.space[0], c.space[1])
	for i := range c.space {
		ip(t, "-n %s addr add %s/24 dev end", c.space[i], c.host[i])
		ip(t, "-n %s link set end up", c.space[i])
		c.mac[i] = strings.Fields(ip(t, "-n %s -br link show end", c.space[i]))[2]
	}
	c.pass(true, true)
	return c
}

// pass sets which directions work.
func (c *cable) pass(there, back bool) {
	c.t.Helper()
	for i, works := range []bool{there, back} {
		mac := "02:00:00:00:00:99"
		if works {
			mac = c.mac[1-i]
		}
		ip(c.t, "-n %s neigh replace %s lladdr %s dev end nud permanent", c.space[i], c.host[1-i], mac)
	}
}

// start starts a node at one end.
func (c *cable) start(end int, alive string, silence time.Duration) *child {
	return startChild(c.t, childConfig{Name: alive + "@" + c.host[end], Netns: c.space[end], Silence: silence})
}

// join lets a dial b.
func (c *cable) join(a, b *child) {
	c.t.Helper()
	_, host, _ := strings.Cut(b.name, "@")
	a.do(nil, "address", b.name, fmt.Sprintf("%s:%d", host, b.port))
	a.do(nil, "connect", b.name)
	a.do(nil, "wait", b.name)
	b.do(nil, "wait", a.name)
}

// busy sends from a to b until the test ends, and returns how long the longest
// send has taken.
func busy(t *testing.T, a, b *child) {
	a.do(nil, "keepbusy", b.name)
}

func TestNetnsSilentCutOfABusyLink(t *testing.T) {
	c := newCable(t)
	for _, cut := range []struct {
		name        string
		there, back bool
	}{{"both ways", false, false}, {"there", false, true}, {"back", true, false}} {
		t.Run(cut.name, func(t *testing.T) {
			for _, silence := range []time.Duration{time.Second, 5 * time.Second} {
				a, b := c.start(0, "a", silence), c.start(1, "b", silence)
				near := c.start(0, "near", silence)
				c.join(a, b)
				c.join(a, near)
				busy(t, a, b)
				busy(t, b, a)
				var pid etf.Pid
				b.do(&pid, "spawn", "w", "worker", 0)
				a.do(nil, "spawn", "watcher", "watcher", 0)
				a.do(nil, "watch", "watcher", pid)
				c.pass(cut.there, cut.back)
				within(t, silence+time.Second, "cut noticed by a", func() bool { return !hasPeer(a, b.name) })
				require.Equal(t, "DOWN pid noconnection", waitLog(t, a, "watcher", 1)[0])
				othersGoOn(t, a, near)
				within(t, 2*time.Second, "b notices as well", func() bool { return !hasPeer(b, a.name) })
				c.pass(true, true)
				var got string
				within(t, 5*time.Second, "all works after the heal", func() bool {
					return a.try(&got, "call", b.name, "x") == nil && b.try(&got, "call", a.name, "x") == nil
				})
				var longest [2]time.Duration
				a.do(&longest, "longestsend")
				require.Less(t, longest[0], 500*time.Millisecond+longest[1], "no actor waits")
				for _, n := range []*child{a, b, near} {
					n.kill()
				}
			}
		})
	}
}

// TestNetnsBlips cuts for a moment. What is shorter than the silence is not
// noticed, and loses nothing; what is longer is over 5 s after the heal.
func TestNetnsBlips(t *testing.T) {
	c := newCable(t)
	a, b := c.start(0, "a", 5*time.Second), c.start(1, "b", 5*time.Second)
	c.join(a, b)
	sent := 0
	send := func() {
		var failed int
		a.do(&failed, "burst", b.name, "agent", 100, 50)
		require.Zero(t, failed)
		sent += 100
	}
	for _, blip := range []time.Duration{4 * time.Millisecond, 50 * time.Millisecond, 500 * time.Millisecond, 1500 * time.Millisecond} {
		send()
		c.pass(false, false)
		send()
		time.Sleep(blip) // the length of the blip is the input of the test
		c.pass(true, true)
		send()
		require.Len(t, waitLog(t, b, "agent", sent), sent, "blip of %v", blip)
	}
	requireEvents(t, a, b.name+" true")
	c.pass(false, false)
	time.Sleep(10 * time.Second) // this length too
	require.False(t, hasPeer(a, b.name))
	c.pass(true, true)
	var got string
	within(t, 5*time.Second, "all works after the heal", func() bool {
		return a.try(&got, "call", b.name, "x") == nil && b.try(&got, "call", a.name, "x") == nil
	})
}
