package dist_test

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/paxoskv/paxoskv/dist"
	"github.com/paxoskv/paxoskv/dist/internal/shake"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"
)

// hasPeer says whether a node has a live link to another.
func hasPeer(c *child, name string) bool {
	var peers []dist.Peer
	c.do(&peers, "peers")
	return slices.ContainsFunc(peers, func(p dist.Peer) bool { return p.Name == name })
}

// within waits for a condition and fails if it took longer than d. The bounds in
// these tests are what Options promise, with room for a busy machine: where the test
// itself is held up meanwhile, ten times as much is allowed.
func within(t testing.TB, d time.Duration, what string, f func() bool) {
	t.Helper()
	held, start := heldUp(), time.Now()
	eventually(t, what, f)
	took, longest := time.Since(start), held()
	t.Logf("%s: %v, held up for %v", what, took.Round(time.Millisecond), longest.Round(time.Millisecond))
	require.Less(t, took, d+10*longest, what)
}

// heldUp measures for how long at most this program gets no processor, until it is
// asked.
func heldUp() (longest func() time.Duration) {
	const pause = 5 * time.Millisecond
	stop, most := make(chan struct{}), make(chan time.Duration)
	go func() {
		var late time.Duration
		for {
			start := time.Now()
			select {
			case <-time.After(pause):
				late = max(late, time.Since(start)-pause)
			case <-stop:
				most <- late
				return
			}
		}
	}()
	return func() time.Duration {
		close(stop)
		return <-most
	}
}

// othersGoOn has a node that has lost a peer call another one. With a silence of 1 s a
// machine that holds that one up for as long has cost it its link too, for a moment.
func othersGoOn(t testing.TB, a, other *child) {
	t.Helper()
	var got string
	eventually(t, "others to go on", func() bool { return a.try(&got, "call", other.name, "others go on") == nil })
	require.Equal(t, "others go on", got)
}

func TestFrozenPeer(t *testing.T) {
	a, b := pair(t, childConfig{Silence: time.Second})
	c := startChild(t, childConfig{Name: "c@127.0.0.1", Silence: time.Second})
	join(t, a, c)
	require.NoError(t, b.cmd.Process.Signal(syscall.SIGSTOP))
	within(t, 3*time.Second, "frozen peer to be noticed", func() bool { return !hasPeer(a, b.name) })
	othersGoOn(t, a, c)
	require.NoError(t, b.cmd.Process.Signal(syscall.SIGCONT))
	within(t, 5*time.Second, "link after the thaw", func() bool { return hasPeer(a, b.name) })
	var got string
	eventually(t, "a call after the thaw", func() bool { return a.try(&got, "call", b.name, "thawed") == nil })
}

func TestSilentCut(t *testing.T) {
	for _, cut := range []struct {
		name        string
		there, back bool
	}{
		{"both ways", false, false},
		{"there", false, true},
		{"back", true, false},
	} {
		t.Run(cut.name, func(t *testing.T) {
			a := startChild(t, childConfig{Name: "a@127.0.0.1", Silence: time.Second})
			b := startChild(t, childConfig{Name: "b@127.0.0.1", Silence: time.Second})
			c := startChild(t, childConfig{Name: "c@127.0.0.1", Silence: time.Second})
			join(t, a, c)
			p := startProxy(t, fmt.Sprintf("127.0.0.1:%d", b.port))
			a.do(nil, "address", b.name, p.address())
			a.do(nil, "connect", b.name)
			a.do(nil, "wait", b.name)
			var pid etf.Pid
			b.do(&pid, "spawn", "w", "worker", 0)
			a.do(nil, "watch", "agent", pid)
			p.pass(cut.there, cut.back)
			var failed int
			a.do(&failed, "burst", b.name, "agent", 20000, 100) // nothing blocks
			within(t, 3*time.Second, "cut to be noticed by both", func() bool { return !hasPeer(a, b.name) && !hasPeer(b, a.name) })
			require.Equal(t, "DOWN pid noconnection", waitLog(t, a, "agent", 1)[0])
			othersGoOn(t, a, c)
			p.pass(true, true)
			within(t, 7*time.Second, "link after the heal", func() bool { return hasPeer(a, b.name) && hasPeer(b, a.name) })
			var got string
			eventually(t, "a call after the heal", func() bool { return a.try(&got, "call", b.name, "healed") == nil })
		})
	}
}

// TestPeerThatDoesNotRead has a peer that lives, and says so, but reads nothing.
func TestPeerThatDoesNotRead(t *testing.T) {
	a := startChild(t, childConfig{Name: "a@127.0.0.1", Silence: 3 * time.Second, Queue: 8 << 20})
	p := linked(t, a, "deaf@127.0.0.1")
	go p.tick()
	var failed int
	a.do(&failed, "burst", p.self.Name, "x", 2000, 10000)
	require.NotZero(t, failed, "the queue is bounded")
	eventually(t, "cut", func() bool { return !hasPeer(a, p.self.Name) })
	p = linked(t, a, "slow@127.0.0.1")
	go p.tick()
	a.do(&failed, "burst", p.self.Name, "x", 500, 10000)
	require.Zero(t, failed)
	within(t, 6*time.Second, "a stalled write to be noticed", func() bool { return !hasPeer(a, "slow@127.0.0.1") })
}

// TestAlive opens a second handshake under a name that is linked.
func TestAlive(t *testing.T) {
	a := startChild(t, childConfig{Name: "a@127.0.0.1", Silence: time.Minute})
	old := linked(t, a, "x@127.0.0.1")
	serial := func() uint64 {
		var peers []dist.Peer
		a.do(&peers, "peers")
		require.Len(t, peers, 1)
		return peers[0].Serial
	}
	before := serial()

	p := knock(t, a, "x@127.0.0.1")
	status, err := p.hello()
	require.NoError(t, err)
	require.Equal(t, shake.Alive, status)
	require.NoError(t, p.send(shake.AppendStatus(nil, shake.False)))
	require.True(t, p.cut())

	p = knock(t, a, "x@127.0.0.1")
	p.cookie = "guess"
	p.hello()
	p.send(shake.AppendStatus(nil, shake.True))
	require.Error(t, p.prove())
	require.Equal(t, etf.Atom("still"), old.ask(etf.Atom("still")), "who does not know the cookie replaces nothing")
	require.Equal(t, before, serial())

	p = knock(t, a, "x@127.0.0.1")
	p.hello()
	require.NoError(t, p.send(shake.AppendStatus(nil, shake.True)))
	require.NoError(t, p.prove(), "long before the old link would be taken for silent")
	require.True(t, old.cut())
	require.Equal(t, etf.Atom("new"), p.ask(etf.Atom("new")))
	require.NotEqual(t, before, serial())
	requireEvents(t, a, "x@127.0.0.1 true", "x@127.0.0.1 false", "x@127.0.0.1 true")
}

// TestSimultaneousConnects has two nodes dial each other at the same time, again
// and again: always one link, and never none.
func TestSimultaneousConnects(t *testing.T) {
	a := startChild(t, childConfig{Name: "a@127.0.0.1"})
	b := startChild(t, childConfig{Name: "b@127.0.0.1"})
	a.do(nil, "address", b.name, fmt.Sprintf("127.0.0.1:%d", b.port))
	b.do(nil, "address", a.name, fmt.Sprintf("127.0.0.1:%d", a.port))
	for range 50 {
		done := make(chan error, 1)
		go func() { done <- a.try(nil, "connect", b.name) }()
		b.do(nil, "connect", a.name)
		require.NoError(t, <-done)
		a.do(nil, "wait", b.name)
		b.do(nil, "wait", a.name)
		var got string
		eventually(t, "a call", func() bool { return a.try(&got, "call", b.name, "x") == nil })
		go func() { done <- a.try(nil, "disconnect", b.name) }()
		b.do(nil, "disconnect", a.name)
		require.NoError(t, <-done)
		eventually(t, "both to be apart", func() bool { return !hasPeer(a, b.name) && !hasPeer(b, a.name) })
	}
}
