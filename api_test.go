package paxoskv_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/app"
	"github.com/paxoskv/paxoskv/app/apptest"
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/sup"
)

// Every bad input gets its error, on a node with a quorum.
func TestErrors(t *testing.T) {
	n := apptest.Store(t)
	ended := apptest.Spawn(t, n)
	ended.Kill()
	apptest.Ended(t, n, ended.Self())
	earlier := apptest.Spawn(t, n).Self()
	earlier.Creation++
	late, cancel := context.WithDeadline(context.Background(), time.Now())
	defer cancel()
	gone, stop := context.WithCancel(context.Background())
	stop()
	ctx := apptest.Context(t)
	put := func(ctx context.Context, key, value any, opts ...paxoskv.Option) func() error {
		return func() error { _, err := paxoskv.Put(ctx, key, value, opts...); return err }
	}
	get := func(ctx context.Context, key any, opts ...paxoskv.Option) func() error {
		return func() error { _, err := paxoskv.Get(ctx, key, opts...); return err }
	}
	pid := func(key any) func() error {
		return func() error { _, err := paxoskv.PID(ctx, key); return err }
	}
	node := func(key any) func() error {
		return func() error { _, err := paxoskv.Node(ctx, key); return err }
	}
	require.NoError(t, put(ctx, "free", 1)())
	for name, c := range map[string]struct {
		do   func() error
		want error
	}{
		"key without a form":    {put(ctx, make(chan int), 1), paxoskv.ErrBadTerm},
		"value without a form":  {put(ctx, "k", func() {}), paxoskv.ErrBadTerm},
		"nested without a form": {put(ctx, "k", etf.List{1, etf.Tuple{make(chan int)}}), paxoskv.ErrBadTerm},
		"read of no form":       {get(ctx, make(chan int)), paxoskv.ErrBadTerm},
		"tie without a form":    {put(ctx, "k", 1, paxoskv.TiedToKey(make(chan int))), paxoskv.ErrBadTerm},
		"ended process":         {put(ctx, "k", 1, paxoskv.TiedToPID(ended.Self())), paxoskv.ErrInvalidValue},
		"no process":            {put(ctx, "k", 1, paxoskv.TiedToPID(etf.Pid{})), paxoskv.ErrInvalidValue},
		"process of no node":    {put(ctx, "k", 1, paxoskv.TiedToPID(etf.Pid{Node: "no@where", ID: 1, Creation: 1})), paxoskv.ErrInvalidValue},
		"earlier life":          {put(ctx, "k", 1, paxoskv.TiedToPID(earlier)), paxoskv.ErrInvalidValue},
		"no node":               {put(ctx, "k", 1, paxoskv.TiedToNode("no@where")), paxoskv.ErrInvalidValue},
		"empty node":            {put(ctx, "k", 1, paxoskv.TiedToNode("")), paxoskv.ErrInvalidValue},
		"no key":                {put(ctx, "k", 1, paxoskv.TiedToKey("none")), paxoskv.ErrInvalidValue},
		"passed time":           {put(ctx, "k", 1, paxoskv.Until(time.Now().Add(-time.Second))), paxoskv.ErrInvalidValue},
		"one tie of several": {put(ctx, "k", 1, paxoskv.TiedToNode(n.Name()), paxoskv.TiedToKey("free"),
			paxoskv.TiedToKey("none")), paxoskv.ErrInvalidValue},
		"key too large":           {put(ctx, make([]byte, 2<<20), 1), paxoskv.ErrTooLarge},
		"key too large, read":     {get(ctx, make([]byte, 2<<20)), paxoskv.ErrTooLarge},
		"value too large":         {put(ctx, "k", make([]byte, 16<<20)), paxoskv.ErrTooLarge},
		"too many ties":           {put(ctx, "k", 1, slices.Repeat([]paxoskv.Option{paxoskv.TiedToNode(n.Name())}, 65)...), paxoskv.ErrTooLarge},
		"unknown bucket":          {put(ctx, "k", 1, paxoskv.InBucket("none")), paxoskv.ErrUnknownBucket},
		"unknown bucket, read":    {get(ctx, "k", paxoskv.InBucket("")), paxoskv.ErrUnknownBucket},
		"unknown node":            {put(ctx, "k", 1, paxoskv.OnNode("no@where")), paxoskv.ErrClosed},
		"nothing there":           {get(ctx, "k"), paxoskv.ErrNotFound},
		"nothing there, stale":    {get(ctx, "k", paxoskv.Stale()), paxoskv.ErrNotFound},
		"no process there":        {pid("k"), paxoskv.ErrNotFound},
		"not tied to one":         {pid("free"), paxoskv.ErrNotFound},
		"no node there":           {node("free"), paxoskv.ErrNotFound},
		"deadline":                {put(late, "k", 1), context.DeadlineExceeded},
		"cancelled":               {get(gone, "k"), context.Canceled},
		"resize to none":          {func() error { return paxoskv.ResizeCluster(ctx, 0) }, paxoskv.ErrRefused},
		"resize beyond nodes":     {func() error { return paxoskv.ResizeCluster(ctx, 3) }, paxoskv.ErrRefused},
		"bucket that never comes": {func() error { return paxoskv.WaitForBucket(late, "none") }, paxoskv.ErrUnknownBucket},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorIs(t, c.do(), c.want) })
	}
	require.ErrorIs(t, get(ctx, "k")(), paxoskv.ErrNotFound, "nothing of it was put")
}

// Without a node, or after its end, all is closed.
func TestClosed(t *testing.T) {
	closed := func(t *testing.T) {
		_, err := paxoskv.Put(context.Background(), "k", 1)
		require.ErrorIs(t, err, paxoskv.ErrClosed)
		_, err = paxoskv.Get(context.Background(), "k")
		require.ErrorIs(t, err, paxoskv.ErrClosed)
		for _, err := range []error{paxoskv.Ping(), paxoskv.Subscribe(etf.Pid{}), paxoskv.Unsubscribe(etf.Pid{}),
			paxoskv.ResizeCluster(context.Background(), 1)} {
			require.ErrorIs(t, err, paxoskv.ErrClosed)
		}
		_, err = paxoskv.Quorum()
		require.ErrorIs(t, err, paxoskv.ErrClosed)
		_, err = paxoskv.ClusterSize()
		require.ErrorIs(t, err, paxoskv.ErrClosed)
		_, _, err = paxoskv.NodesAndClusterSize()
		require.ErrorIs(t, err, paxoskv.ErrClosed)
	}
	t.Run("never started", closed)
	t.Run("stopped", func(t *testing.T) {
		n := apptest.Store(t)
		require.NoError(t, paxoskv.Ping())
		n.Stop()
		n.Wait()
		closed(t)
	})
}

// What becomes of a call without a quorum is what its option says.
func TestOnNoQuorum(t *testing.T) {
	apptest.Node(t, app.New(host.Options{Size: 3}))
	require.NoError(t, paxoskv.WaitForBucket(apptest.Context(t), host.DefaultBucket))
	short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	for name, do := range map[string]func(context.Context, ...paxoskv.Option) error{
		"put": func(ctx context.Context, o ...paxoskv.Option) error {
			_, err := paxoskv.Put(ctx, "k", 1, o...)
			return err
		},
		"get": func(ctx context.Context, o ...paxoskv.Option) error {
			_, err := paxoskv.Get(ctx, "k", o...)
			return err
		},
		"pid": func(ctx context.Context, o ...paxoskv.Option) error {
			_, err := paxoskv.PID(ctx, "k", o...)
			return err
		},
		"node": func(ctx context.Context, o ...paxoskv.Option) error {
			_, err := paxoskv.Node(ctx, "k", o...)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, do(context.Background(), paxoskv.OnNoQuorum(paxoskv.Return)), paxoskv.ErrNoQuorum)
			err := do(short, paxoskv.OnNoQuorum(paxoskv.Retry))
			require.ErrorIs(t, err, paxoskv.ErrNoQuorum)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			func() {
				defer func() {
					err, isErr := recover().(error)
					require.True(t, isErr, "Fail panics in the caller")
					require.True(t, errors.Is(err, paxoskv.ErrNoQuorum))
				}()
				_ = do(context.Background(), paxoskv.OnNoQuorum(paxoskv.Fail))
			}()
		})
	}
	require.ErrorIs(t, paxoskv.WaitForQuorum(short), paxoskv.ErrNoQuorum)
	err := paxoskv.WaitForQuorum(short, paxoskv.OnNode("no@where"))
	require.ErrorIs(t, err, paxoskv.ErrNoQuorum)
	require.ErrorContains(t, err, "no cluster service runs in this program")
	quorum, err := paxoskv.Quorum()
	require.NoError(t, err)
	require.False(t, quorum)
}

// Waiting begins before there is anything to wait for, in any order.
func TestWaitInAnyOrder(t *testing.T) {
	ctx := apptest.Context(t)
	waits := make(chan error, 3)
	go func() { waits <- paxoskv.WaitForQuorum(ctx) }()
	go func() { waits <- paxoskv.WaitForBucket(ctx, "B") }()
	go func() {
		if err := paxoskv.WaitForBucket(ctx, host.DefaultBucket); err != nil {
			waits <- err
			return
		}
		waits <- paxoskv.WaitForQuorum(ctx)
	}()
	n := apptest.Node(t)
	for _, b := range []gen.ProcessBehavior{sup.Bucket("B"), sup.Cluster(host.Options{Size: 1}), sup.Bucket(host.DefaultBucket)} {
		_, err := n.Spawn("", gen.ProcessOptions{}, b)
		require.NoError(t, err)
	}
	for range cap(waits) {
		require.NoError(t, apptest.Receive(t, "the end of a wait", waits))
	}
}
