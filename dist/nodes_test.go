package dist_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/paxoskv/paxoskv/dist"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"
)

// pair starts two nodes and links them.
func pair(t testing.TB, config childConfig) (a, b *child) {
	config.Name = "a@127.0.0.1"
	a = startChild(t, config)
	config.Name = "b@127.0.0.1"
	b = startChild(t, config)
	join(t, a, b)
	return a, b
}

func TestCallBothWays(t *testing.T) {
	a, b := pair(t, childConfig{})
	var got string
	a.do(&got, "call", b.name, "hello")
	require.Equal(t, "hello", got)
	b.do(&got, "call", a.name, "hello back")
	require.Equal(t, "hello back", got)
}

func TestPeersAndEvents(t *testing.T) {
	a, b := pair(t, childConfig{})
	var there, here []dist.Peer
	a.do(&there, "peers")
	b.do(&here, "peers")
	require.Len(t, there, 1)
	require.Len(t, here, 1)
	require.Equal(t, b.name, there[0].Name)
	require.NotZero(t, there[0].Creation)
	require.NotZero(t, there[0].Flags)
	require.True(t, there[0].Dialed)
	require.False(t, here[0].Dialed)
	b.kill()
	requireEvents(t, a, "b@127.0.0.1 true", "b@127.0.0.1 false")
}

// requireEvents waits until a node has seen just these events.
func requireEvents(t testing.TB, c *child, want ...string) {
	t.Helper()
	var events []string
	eventually(t, "events", func() bool {
		c.do(&events, "events")
		return len(events) >= len(want)
	})
	require.Equal(t, want, events)
}

func TestOrderIsKept(t *testing.T) {
	a, b := pair(t, childConfig{})
	const n = 30000
	var failed int
	a.do(&failed, "burst", b.name, "agent", n, 16)
	require.Zero(t, failed)
	var log []string
	eventually(t, "all messages", func() bool {
		b.do(&log, "log", "agent")
		return len(log) == n
	})
	for i, text := range log {
		number, _, _ := strings.Cut(text, "|")
		require.Equal(t, strconv.Itoa(i), number)
	}
}

func TestMonitorByPidAndName(t *testing.T) {
	a, b := pair(t, childConfig{})
	var pid etf.Pid
	b.do(&pid, "spawn", "x", "worker", 0)
	a.do(nil, "watch", "agent", pid)
	a.do(nil, "watchname", "agent", b.name, "worker")
	a.do(nil, "watchname", "agent", b.name, "nobody")
	require.ElementsMatch(t, []string{"DOWN nobody noproc"}, waitLog(t, a, "agent", 1))
	b.do(nil, "end", "x", "strange")
	require.ElementsMatch(t, []string{"DOWN nobody noproc", "DOWN pid strange", "DOWN worker strange"}, waitLog(t, a, "agent", 3))
	b.do(&pid, "spawn", "y", "", 0)
	a.do(nil, "watch", "agent", pid)
	b.kill()
	require.Contains(t, waitLog(t, a, "agent", 4), "DOWN pid noconnection")
	requireClean(t, a)
}

func TestLinks(t *testing.T) {
	a, b := pair(t, childConfig{})
	a.do(nil, "trap", "agent")
	var pids [4]etf.Pid
	for i := range pids {
		b.do(&pids[i], "spawn", fmt.Sprint(i), "", 0)
		a.do(nil, "link", "agent", pids[i])
	}
	a.do(nil, "unlink", "agent", pids[0])
	a.settle(b)
	b.do(nil, "end", "0", "unseen")
	b.do(nil, "end", "1", "seen")
	require.Equal(t, []string{"EXIT seen"}, waitLog(t, a, "agent", 1))
	b.kill()
	require.Equal(t, []string{"EXIT seen", "EXIT noconnection", "EXIT noconnection"}, waitLog(t, a, "agent", 3))
	requireClean(t, a)
}

func TestComesBack(t *testing.T) {
	a, b := pair(t, childConfig{})
	for range 3 {
		b.kill()
		b = startChild(t, childConfig{Name: b.name})
		a.do(nil, "address", b.name, fmt.Sprintf("127.0.0.1:%d", b.port))
		b.do(nil, "wait", a.name)
		var got string
		b.do(&got, "call", a.name, "again")
		require.Equal(t, "again", got)
	}
}

// settle returns when another node has taken all that this one has sent it: what
// follows on a link is behind it.
func (c *child) settle(other *child) {
	c.t.Helper()
	c.do(nil, "call", other.name, "settled")
}

// waitLog waits until a process has received n messages and returns them.
func waitLog(t testing.TB, c *child, key string, n int) (log []string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d messages at %s", n, c.name), func() bool {
		c.do(&log, "log", key)
		return len(log) >= n
	})
	return log
}

// requireClean waits until core remembers no monitor and no link.
func requireClean(t testing.TB, c *child) {
	t.Helper()
	eventually(t, "core's tables to be empty", func() bool {
		var n int
		c.do(&n, "core")
		return n == 0
	})
}
