// Package apptest starts nodes of ergo for tests, alone and with the store, and
// actors on them that call, and collect what they are sent.
//
// A program must have one node at a time: a node is stopped at the end of the
// test that started it, and tests that use one must not run in parallel.
package apptest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/node"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/app"
	"github.com/paxoskv/paxoskv/dist"
	"github.com/paxoskv/paxoskv/host"
)

// Patience is how long a test waits for what must happen.
const Patience = 20 * time.Second

var serial atomic.Int64

// Node starts a node on loopback with these applications, on a free port and
// without a port mapper, and stops it when the test ends.
func Node(t testing.TB, apps ...gen.ApplicationBehavior) node.Node {
	t.Helper()
	n, err := TryNode(t, apps...)
	require.NoError(t, err)
	return n
}

// TryNode is Node for applications that may not start.
func TryNode(t testing.TB, apps ...gen.ApplicationBehavior) (node.Node, error) {
	t.Helper()
	wire, n, err := dist.Start(context.Background(), fmt.Sprintf("test%d@127.0.0.1", serial.Add(1)),
		node.Options{Applications: apps, System: node.System{DisableAnonMetrics: true}},
		dist.Options{Cookie: "apptest", EPMD: dist.EPMD{Off: true},
			Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		n.Stop()
		wire.Stop()
	})
	return n, nil
}

// Store starts a node with the application of the store, a cluster of its own,
// and waits until it can decide.
func Store(t testing.TB) node.Node {
	t.Helper()
	n := Node(t, app.New(host.Options{Size: 1}))
	Ready(t)
	return n
}

// Ready waits for a quorum and the default bucket.
func Ready(t testing.TB) {
	t.Helper()
	ctx := Context(t)
	require.NoError(t, paxoskv.WaitForBucket(ctx, host.DefaultBucket))
	require.NoError(t, paxoskv.WaitForQuorum(ctx))
}

// Context is a context that ends with the patience of the test.
func Context(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	t.Cleanup(cancel)
	return ctx
}

// Soon waits until a condition holds that nothing announces.
func Soon(t testing.TB, what string, holds func() bool) {
	t.Helper()
	require.True(t, Within(Patience, holds), "not so: "+what)
}

// Within waits until a condition holds, for so long at most, and says whether it
// does.
func Within(d time.Duration, holds func() bool) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(d); !holds(); <-tick.C {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// Receive waits for what comes on a channel.
func Receive[T any](t testing.TB, what string, c <-chan T) T {
	t.Helper()
	select {
	case x := <-c:
		return x
	case <-time.After(Patience):
		require.FailNow(t, "nothing came", what)
		panic("unreachable")
	}
}

// Ended waits until a process has ended.
func Ended(t testing.TB, n node.Node, pid etf.Pid) {
	t.Helper()
	Soon(t, "the process ends", func() bool { return n.ProcessByPid(pid) == nil })
}

// Free waits until a name can be registered. Core forgets a process before it
// forgets its name, so only trying tells.
func Free(t testing.TB, n node.Node, name string) {
	t.Helper()
	Soon(t, name+" is free", func() bool { return n.RegisterName(name, etf.Pid{}) == nil })
	require.NoError(t, n.UnregisterName(name))
}
