package dist

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/lib"
	"github.com/ergo-services/ergo/node"
	"github.com/stretchr/testify/require"
)

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
