package paxoskv_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/app/apptest"
)

// The owner of an entry is told of its end, once, and of that of the store.
func TestLost(t *testing.T) {
	n := apptest.Store(t)
	ctx := apptest.Context(t)
	owner := apptest.Spawn(t, n)
	first, err := paxoskv.Put(ctx, "k", 1, paxoskv.TiedToPID(owner.Self()))
	require.NoError(t, err)
	lost := paxoskv.Lost(ctx, "k", first.Rev)
	owner.Kill()
	require.ErrorIs(t, apptest.Receive(t, "the loss", lost), paxoskv.ErrErased)
	_, open := <-lost
	require.False(t, open)

	until := shortLived(t, ctx, "u")
	require.ErrorIs(t, apptest.Receive(t, "the loss", paxoskv.Lost(ctx, "u", until.Rev)), paxoskv.ErrErased)

	short, cancel := context.WithCancelCause(ctx)
	second, err := paxoskv.Put(ctx, "k", 2, paxoskv.TiedToNode(n.Name()))
	require.NoError(t, err)
	lost = paxoskv.Lost(short, "k", second.Rev)
	why := errors.New("no more")
	cancel(why)
	require.ErrorIs(t, apptest.Receive(t, "the end", lost), why)

	lost = paxoskv.Lost(context.Background(), "k", second.Rev)
	n.Stop()
	require.ErrorIs(t, apptest.Receive(t, "the end of the store", lost), paxoskv.ErrClosed)
}

// shortLived puts a key that lives for 20 ms; for longer where the put took so long.
func shortLived(t *testing.T, ctx context.Context, key any) paxoskv.Result {
	t.Helper()
	for d := 20 * time.Millisecond; ; d *= 2 {
		res, err := paxoskv.Put(ctx, key, 1, paxoskv.Until(time.Now().Add(d)))
		if errors.Is(err, paxoskv.ErrInvalidValue) && d < apptest.Patience {
			continue
		}
		require.NoError(t, err)
		return res
	}
}

func TestLostErrors(t *testing.T) {
	ctx := context.Background()
	require.ErrorIs(t, <-paxoskv.Lost(ctx, "k", paxoskv.Rev{}), paxoskv.ErrClosed)
	apptest.Store(t)
	require.ErrorIs(t, <-paxoskv.Lost(ctx, func() {}, paxoskv.Rev{}), paxoskv.ErrBadTerm)
	require.ErrorIs(t, <-paxoskv.Lost(ctx, "k", paxoskv.Rev{}, paxoskv.InBucket("none")), paxoskv.ErrUnknownBucket)
}
