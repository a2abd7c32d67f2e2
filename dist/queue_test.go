package dist

import (
	"sync"
	"testing"
	"time"

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
	require.False(t, q.waiting() == 0)
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
	require.True(t, q.waiting() == 0)
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
			if q.waiting() == 0 {
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
