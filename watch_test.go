package paxoskv_test

import (
	"context"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/app/apptest"
)

// A watch of a key and one of the bucket tell the lives of a key, with all that
// it was put with.
func TestWatch(t *testing.T) {
	n := apptest.Store(t)
	ctx := apptest.Context(t)
	key := etf.Tuple{etf.Atom("lock"), 1}
	one, err := paxoskv.Watch(ctx, key)
	require.NoError(t, err)
	all, err := paxoskv.WatchBucket(ctx)
	require.NoError(t, err)
	both := func(what string) paxoskv.Event {
		e := apptest.Receive(t, what, one)
		require.Equal(t, e, apptest.Receive(t, what, all))
		return e
	}
	require.Equal(t, paxoskv.Event{Kind: paxoskv.Current}, both("nothing is there"))

	_, err = paxoskv.Put(ctx, "other", 0)
	require.NoError(t, err)
	require.Equal(t, "other", apptest.Receive(t, "another key", all).Key)
	owner := apptest.Spawn(t, n)
	until := time.UnixMilli(time.Now().Add(time.Hour).UnixMilli())
	first, err := paxoskv.Put(ctx, key, etf.Map{"a": 1}, paxoskv.TiedToPID(owner.Self()), paxoskv.TiedToNode(n.Name()),
		paxoskv.TiedToKey("other"), paxoskv.Until(until))
	require.NoError(t, err)
	require.Equal(t, paxoskv.Event{Kind: paxoskv.Chosen, Key: key, Rev: first.Rev, Value: first.Value, Raw: first.Raw,
		Ties: paxoskv.Ties{PIDs: []etf.Pid{owner.Self()}, Nodes: []string{n.Name()}, Keys: []any{"other"}, Until: until}},
		both("it is chosen"))

	owner.Kill()
	require.Equal(t, paxoskv.Event{Kind: paxoskv.Erased, Key: key, Rev: first.Rev}, both("it is erased"))
	second, err := paxoskv.Put(ctx, key, 2)
	require.NoError(t, err)
	e := both("it is chosen again")
	require.Equal(t, second.Rev, e.Rev)
	require.True(t, first.Rev.Less(second.Rev))

	// Who comes later is told what holds.
	late, err := paxoskv.Watch(ctx, key)
	require.NoError(t, err)
	require.Equal(t, e, apptest.Receive(t, "what holds", late))
	require.Equal(t, paxoskv.Current, apptest.Receive(t, "the end of it", late).Kind)
}

// A watch ends with its context, and with the node.
func TestWatchEnds(t *testing.T) {
	n := apptest.Store(t)
	ctx, cancel := context.WithCancel(context.Background())
	one, err := paxoskv.Watch(ctx, "k")
	require.NoError(t, err)
	cancel()
	apptest.Soon(t, "the channel is closed", func() bool { _, open := <-one; return !open })

	all, err := paxoskv.WatchBucket(context.Background())
	require.NoError(t, err)
	n.Stop()
	apptest.Soon(t, "the channel is closed", func() bool { _, open := <-all; return !open })
}

// Nobody waits for one who does not take what it is told, and it is told that it
// missed something.
func TestSlowWatch(t *testing.T) {
	apptest.Store(t)
	ctx := apptest.Context(t)
	all, err := paxoskv.WatchBucket(ctx)
	require.NoError(t, err)
	require.Equal(t, paxoskv.Current, apptest.Receive(t, "nothing is there", all).Kind)
	const keys = 5000
	for i := range keys {
		_, err := paxoskv.Put(ctx, i, i)
		require.NoError(t, err)
	}
	missed, told := 0, make(map[any]bool)
	for e := range all {
		switch e.Kind {
		case paxoskv.Missed:
			missed++
			clear(told)
		case paxoskv.Chosen:
			require.Equal(t, e.Key, e.Value)
			told[e.Key] = true
		case paxoskv.Current:
			require.Positive(t, missed)
			require.Len(t, told, keys)
			return
		}
	}
	require.Fail(t, "the watch has ended")
}

func TestWatchErrors(t *testing.T) {
	ctx := context.Background()
	_, err := paxoskv.Watch(ctx, "k")
	require.ErrorIs(t, err, paxoskv.ErrClosed)
	apptest.Store(t)
	_, err = paxoskv.Watch(ctx, func() {})
	require.ErrorIs(t, err, paxoskv.ErrBadTerm)
	_, err = paxoskv.Watch(ctx, "k", paxoskv.InBucket("none"))
	require.ErrorIs(t, err, paxoskv.ErrUnknownBucket)
	_, err = paxoskv.WatchBucket(ctx, paxoskv.InBucket("none"))
	require.ErrorIs(t, err, paxoskv.ErrUnknownBucket)
}
