package dist

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/lib"
	"github.com/ergo-services/ergo/node"
	"github.com/stretchr/testify/require"
)

func TestQueueKeepsOrderAndBytes(t *testing.T) {
	q := newQueue(1 << 20)
	large := make([]byte, chunkSize)
	for i := range 100 {
		taken, err := q.push([]byte{byte(i)}, true)
		require.NoError(t, err)
		require.False(t, taken)
	}
	taken, err := q.push(large, false)
	require.NoError(t, err)
	require.True(t, taken)
	q.push([]byte{100}, false)
	require.False(t, q.empty())
	var out []byte
	for _, chunk := range q.take(nil) {
		out = append(out, chunk...)
		q.written(chunk)
	}
	require.Len(t, out, 101+len(large))
	for i := range 100 {
		require.Equal(t, byte(i), out[i])
	}
	require.Equal(t, byte(100), out[len(out)-1])
	require.True(t, q.empty())
	require.Empty(t, q.take(nil))
}

func TestQueueIsBounded(t *testing.T) {
	q := newQueue(10)
	_, err := q.push(make([]byte, 50), false)
	require.NoError(t, err, "one frame always passes, however large")
	_, err = q.push([]byte{1}, false)
	require.ErrorIs(t, err, errQueueFull)
	chunks := q.take(nil)
	_, err = q.push([]byte{1}, false)
	require.ErrorIs(t, err, errQueueFull, "what is being written still counts")
	q.written(chunks[0])
	_, err = q.push([]byte{1}, false)
	require.NoError(t, err)
	q.close()
	_, err = q.push([]byte{1}, false)
	require.ErrorIs(t, err, errQueueClosed)
}

// TestQueueTries lets senders write themselves, with a socket that takes only
// part, against a writer; every byte arrives once and in order for each sender.
func TestQueueTries(t *testing.T) {
	const senders, each = 4, 3000
	q := newQueue(1 << 30)
	var mu sync.Mutex // stands for the socket; it must never be contended
	var out []byte
	put := func(b []byte) {
		require.True(t, mu.TryLock(), "two write at once")
		out = append(out, b...)
		mu.Unlock()
	}
	var tries int
	q.try = func(b []byte) int {
		tries++
		n := len(b) * (tries % 3) / 2
		n = min(n, len(b))
		put(b[:n])
		return n
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-q.wake:
			case <-stop:
			}
			for chunks := q.take(nil); len(chunks) > 0; chunks = q.take(nil) {
				for _, c := range chunks {
					put(c)
					q.written(c)
				}
			}
			if q.empty() {
				select {
				case <-stop:
					return
				default:
				}
			}
		}
	}()
	var group sync.WaitGroup
	for s := range senders {
		group.Go(func() {
			for i := range each {
				q.push([]byte{byte(s), byte(i), byte(i >> 8)}, true)
				if i%7 == 0 {
					time.Sleep(burst)
				}
			}
		})
	}
	group.Wait()
	close(stop)
	<-done
	next := [senders]int{}
	require.Len(t, out, senders*each*3)
	for i := 0; i < len(out); i += 3 {
		s := out[i]
		require.Equal(t, next[s], int(out[i+1])|int(out[i+2])<<8)
		next[s]++
	}
	require.NotZero(t, tries)
}

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

// mailboxes is a core with mailboxes of a few places.
type mailboxes struct {
	node.CoreRouter
	mu    sync.Mutex
	size  int
	boxes map[etf.Pid][]etf.Term
	gone  map[etf.Pid]bool
}

func (m *mailboxes) RouteSend(_, to etf.Pid, message etf.Term) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone[to] {
		return lib.ErrProcessUnknown
	}
	if len(m.boxes[to]) >= m.size {
		return lib.ErrProcessMailboxFull
	}
	m.boxes[to] = append(m.boxes[to], message)
	return nil
}

func (m *mailboxes) room(to etf.Pid) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone[to] {
		return 1 << 30
	}
	return m.size - len(m.boxes[to])
}

func (m *mailboxes) drain(to etf.Pid) []etf.Term {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := m.boxes[to]
	m.boxes[to] = nil
	return out
}

func newPark(limit int) (*park, *mailboxes) {
	m := &mailboxes{size: 3, boxes: map[etf.Pid][]etf.Term{}, gone: map[etf.Pid]bool{}}
	return &park{limit: limit, stats: &counters{}, room: m.room}, m
}

func TestParkKeepsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, m := newPark(1 << 20)
		a, b := etf.Pid{ID: 1}, etf.Pid{ID: 2}
		var want, got []etf.Term
		for i := range 100 {
			if i%10 == 0 {
				k.must(m, b, a, fmt.Sprint("down ", i))
				want = append(want, fmt.Sprint("down ", i))
				continue
			}
			require.NoError(t, k.send(m, b, a, i, 1))
			want = append(want, i)
		}
		require.NoError(t, k.send(m, a, b, "other", 1))
		require.Equal(t, []etf.Term{"other"}, m.drain(b), "others do not wait")
		for len(got) < len(want) {
			got = append(got, m.drain(a)...)
			time.Sleep(time.Millisecond)
		}
		require.Equal(t, want, got)
		time.Sleep(time.Second)
		require.False(t, k.busy())
		require.Zero(t, k.bytes)
	})
}

func TestParkIsBoundedButLosesNoDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, m := newPark(10 * parkedOverhead)
		a := etf.Pid{ID: 1}
		dropped := 0
		for i := range 50 {
			if k.send(m, a, a, i, 1) != nil {
				dropped++
			}
			k.must(m, a, a, "down")
		}
		require.NotZero(t, dropped)
		require.Equal(t, uint64(dropped), k.stats.dropped.Load())
		downs := 0
		for range 1000 {
			for _, message := range m.drain(a) {
				if message == "down" {
					downs++
				}
			}
			time.Sleep(time.Millisecond)
		}
		require.Equal(t, 50, downs)
		require.False(t, k.busy())
	})
}

func TestParkForgetsTheDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, m := newPark(1 << 20)
		a := etf.Pid{ID: 1}
		for i := range 100 {
			k.send(m, a, a, i, 1)
		}
		m.mu.Lock()
		m.gone[a] = true
		m.mu.Unlock()
		time.Sleep(time.Second)
		require.False(t, k.busy())
		require.Zero(t, k.bytes)
	})
}
