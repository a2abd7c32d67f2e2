package dist_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/paxoskv/paxoskv/dist"
	"github.com/paxoskv/paxoskv/tests/ports"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/lib"
	"github.com/ergo-services/ergo/node"
	"github.com/stretchr/testify/require"
)

// two starts two nodes that know each other's address and are not linked.
func two(t testing.TB, a, b childConfig) (*child, *child) {
	a.Name, b.Name = "a@127.0.0.1", "b@127.0.0.1"
	x, y := startChild(t, a), startChild(t, b)
	x.do(nil, "address", y.name, fmt.Sprintf("127.0.0.1:%d", y.port))
	y.do(nil, "address", x.name, fmt.Sprintf("127.0.0.1:%d", x.port))
	return x, y
}

func TestNobodyIsDialledUnasked(t *testing.T) {
	a, b := two(t, childConfig{}, childConfig{})
	var failed int
	a.do(&failed, "burst", b.name, "agent", 1000, 10)
	require.Equal(t, 1000, failed)
	require.False(t, hasPeer(a, b.name))
}

func TestAllowDialsOnDemand(t *testing.T) {
	a, b := two(t, childConfig{}, childConfig{})
	a.do(nil, "allow", b.name)
	require.False(t, hasPeer(a, b.name), "not before somebody sends")
	var failed int
	a.do(&failed, "burst", b.name, "agent", 1, 10)
	require.Equal(t, 1, failed, "this one does not wait")
	a.do(nil, "wait", b.name)
	var got string
	a.do(&got, "call", b.name, "x")
	require.Equal(t, "x", got)
}

func TestDisconnect(t *testing.T) {
	a, b := two(t, childConfig{}, childConfig{})
	for range 20 {
		a.do(nil, "connect", b.name)
		a.do(nil, "wait", b.name)
		a.do(nil, "disconnect", b.name)
		eventually(t, "both to be apart", func() bool { return !hasPeer(a, b.name) && !hasPeer(b, a.name) })
	}
	requireEvents(t, a, slices.Repeat([]string{b.name + " true", b.name + " false"}, 20)...)
}

// TestMonitorByRegisteredName watches by names that RegisterName gave, about which
// core itself never tells.
func TestMonitorByRegisteredName(t *testing.T) {
	a, b := pair(t, childConfig{})
	var pid etf.Pid
	b.do(&pid, "spawn", "x", "spawned", 0)
	b.do(nil, "register", "x", "registered")
	a.do(nil, "watchname", "agent", b.name, "spawned")
	a.do(nil, "watchname", "agent", b.name, "registered")
	a.settle(b)
	b.do(nil, "end", "x", "why")
	require.ElementsMatch(t, []string{"DOWN spawned why", "DOWN registered why"}, waitLog(t, a, "agent", 2))
	requireClean(t, a)
	requireClean(t, b)
}

// TestGoQuickDeaths ends Go processes at the moment they are watched and linked.
func TestGoQuickDeaths(t *testing.T) {
	a, b := pair(t, childConfig{})
	a.do(nil, "trap", "agent")
	const n = 300
	for i := range n {
		var pid etf.Pid
		b.do(&pid, "spawn", "x", "", 0)
		done := make(chan error, 1)
		go func() { done <- b.try(nil, "end", "x", "gone") }()
		a.do(nil, "watch", "agent", pid)
		if i%2 == 0 {
			a.do(nil, "link", "agent", pid)
		}
		require.NoError(t, <-done)
	}
	log := waitLog(t, a, "agent", n+n/2)
	require.Equal(t, n, count(log, "DOWN pid"))
	require.Equal(t, n/2, count(log, "EXIT"))
	requireClean(t, a)
	requireClean(t, b)
}

// TestBurstsFitThroughSmallMailboxes sends far more than a mailbox takes.
func TestBurstsFitThroughSmallMailboxes(t *testing.T) {
	a, b := pair(t, childConfig{})
	var pid etf.Pid
	b.do(&pid, "spawn", "small", "small", 50)
	const n = 20000
	var failed int
	a.do(&failed, "burst", b.name, "small", n, 20)
	require.Zero(t, failed)
	log := waitLog(t, b, "small", n)
	for i, text := range log {
		number, _, _ := strings.Cut(text, "|")
		require.Equal(t, fmt.Sprint(i), number)
	}
}

func TestStopLeavesNothingBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	peer := startChild(t, childConfig{Name: "b@127.0.0.1"})
	for range 3 {
		w, n, err := dist.Start(context.Background(), "here@127.0.0.1", node.Options{}, dist.Options{
			Cookie:    "secret",
			EPMD:      dist.EPMD{Port: ports.One(t)},
			Addresses: map[string]string{peer.name: fmt.Sprintf("127.0.0.1:%d", peer.port), "no@127.0.0.1": "127.0.0.1:1"},
			Log:       slog.New(slog.DiscardHandler),
		})
		require.NoError(t, err)
		require.NoError(t, w.Connect("no@127.0.0.1"))
		require.NoError(t, w.Connect(peer.name))
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		require.NoError(t, w.Wait(ctx, peer.name))
		cancel()
		events := w.Subscribe()
		n.Stop()
		w.Stop()
		up, down := <-events.C, <-events.C
		require.True(t, up.Up)
		require.False(t, down.Up)
		events.Close()
		require.ErrorIs(t, w.Attach(n), dist.ErrStopped)
	}
	eventually(t, "goroutines to end", func() bool { return runtime.NumGoroutine() <= before+1 })
}

// TestCoreGetsNoAddress shows that core itself gets no address, whatever it asks for.
func TestCoreGetsNoAddress(t *testing.T) {
	w, err := dist.New(dist.Options{Cookie: "x", Addresses: map[string]string{"b@h": "127.0.0.1:1"}})
	require.NoError(t, err)
	var o node.Options
	w.Plug(&o)
	require.NoError(t, w.Allow("b@h"))
	_, err = o.Registrar.Resolve("b@h")
	require.ErrorIs(t, err, lib.ErrNoRoute)
	_, err = o.Registrar.ResolveProxy("b@h")
	require.Error(t, err)
	_, err = o.Handshake.Start(nil, nil, false, "x")
	require.Error(t, err)
}
