package dist

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ergo-services/ergo/node"
	"github.com/stretchr/testify/require"
)

func TestVitals(t *testing.T) {
	var v vitals
	probe, tick, err := v.beat(0, 0, false)
	require.True(t, probe)
	require.True(t, tick)
	require.NoError(t, err)
	probe, tick, err = v.beat(1, 1, false)
	require.False(t, probe, "it was heard")
	require.False(t, tick, "and spoken to")
	require.NoError(t, err)
	for range beats - 2 {
		_, _, err = v.beat(1, 2, false)
		require.NoError(t, err)
	}
	_, _, err = v.beat(1, 3, false)
	require.ErrorIs(t, err, ErrSilent)

	v = vitals{}
	for i := range uint64(100) {
		_, _, err = v.beat(i+1, 5, false)
		require.NoError(t, err, "nothing to write is no stall")
	}
	for i := range uint64(beats - 2) {
		_, _, err = v.beat(1000+i, 5, true)
		require.NoError(t, err)
	}
	_, _, err = v.beat(2000, 5, true)
	require.ErrorIs(t, err, ErrStalled)
}

func TestBackoff(t *testing.T) {
	b := backoff{min: 10, max: 100}
	for _, want := range []time.Duration{10, 20, 40, 80, 100, 100} {
		require.Equal(t, want, b.next(0))
	}
	require.Equal(t, time.Duration(51), b.next(0.99))
	b.reset()
	require.Equal(t, time.Duration(10), b.next(0))
}

func TestEventsAreNeverLost(t *testing.T) {
	var h hub
	h.up(Peer{Name: "first", Serial: 1})
	s := h.subscribe()
	const n = 10000
	for i := range uint64(n) {
		h.up(Peer{Name: "x", Serial: i + 2})
		h.down(Peer{Name: "x", Serial: i + 2}, ErrSilent)
	}
	require.Equal(t, "first", (<-s.C).Peer.Name)
	for i := range uint64(n) {
		up, down := <-s.C, <-s.C
		require.True(t, up.Up)
		require.False(t, down.Up)
		require.ErrorIs(t, down.Reason, ErrSilent)
		require.Equal(t, i+2, up.Peer.Serial)
		require.Equal(t, i+2, down.Peer.Serial)
	}
	s.Close()
	s.Close()
	h.up(Peer{Name: "late"})
	for range s.C { // closed, maybe after one that was on its way
	}
	require.Len(t, h.peers(), 2)
}

func TestLookupsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a addresses
		a.init(nil)
		var calls atomic.Int32
		failure := errors.New("down")
		ask := func() (uint16, error) {
			calls.Add(1)
			time.Sleep(10 * time.Millisecond)
			return 0, failure
		}
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() {
				_, err := a.lookup(context.Background(), "x@y", ask)
				if !errors.Is(err, failure) {
					t.Error(err)
				}
			})
		}
		group.Wait()
		require.Equal(t, int32(1), calls.Load(), "one look-up for all")
		_, err := a.lookup(context.Background(), "x@y", ask)
		require.ErrorIs(t, err, failure)
		require.Equal(t, int32(1), calls.Load(), "a failure is remembered")
		time.Sleep(2 * negativeTime)
		port, err := a.lookup(context.Background(), "x@y", func() (uint16, error) { return 7, nil })
		require.NoError(t, err)
		require.Equal(t, uint16(7), port)
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		_, err = a.lookup(ctx, "slow@y", ask)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		synctest.Wait()
		time.Sleep(time.Second)
	})
}

func TestLogLimit(t *testing.T) {
	b := budget{}
	now := time.Unix(1000, 0)
	passed := 0
	for range 100 {
		if b.spend(now) {
			passed++
		}
	}
	require.Equal(t, linesPerSecond, passed)
	require.True(t, b.spend(now.Add(time.Second)))
}

func TestOptions(t *testing.T) {
	quiet := slog.New(slog.DiscardHandler)
	_, err := New(Options{Log: quiet})
	require.ErrorIs(t, err, ErrOptions)
	_, err = New(Options{Cookie: "x", Silence: time.Millisecond})
	require.ErrorIs(t, err, ErrOptions)
	one, err := New(Options{Cookie: "x"})
	require.NoError(t, err)
	two, err := New(Options{Cookie: "x"})
	require.NoError(t, err)
	require.NotZero(t, one.opts.Creation)
	require.NotEqual(t, one.opts.Creation, two.opts.Creation, "two starts differ")
	var o node.Options
	one.Plug(&o)
	require.True(t, o.System.DisableAnonMetrics)
	require.NotNil(t, o.Handshake)
	require.NotNil(t, o.Proto)
	require.NotNil(t, o.Registrar)
	require.Error(t, one.Connect("no name"))
	require.ErrorIs(t, one.running(), ErrStopped)
	one.Stop()
}
