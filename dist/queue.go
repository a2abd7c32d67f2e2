package dist

import (
	"errors"
	"sync"
)

// chunkSize is the size of the buffers in which small frames are collected, and
// the most that is written in one system call.
const chunkSize = 64 << 10

var (
	errQueueFull   = errors.New("dist: queue is full")
	errQueueClosed = errors.New("dist: queue is closed")
)

// queue holds what waits to be written to one peer. Frames leave in the order in
// which they came. Its bytes count until they are written, so a peer that does
// not read fills it and is noticed. Nothing here waits for the network.
type queue struct {
	limit int
	wake  chan struct{}

	mu     sync.Mutex
	chunks [][]byte
	free   [][]byte
	bytes  int
	closed bool
}

func newQueue(limit int) *queue {
	return &queue{limit: limit, wake: make(chan struct{}, 1)}
}

// push appends a frame; its bytes are copied unless it is a large one, which the
// queue then owns (taken is true).
func (q *queue) push(frame []byte) (taken bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false, errQueueClosed
	}
	if q.bytes > 0 && q.bytes+len(frame) > q.limit {
		return false, errQueueFull
	}
	if q.bytes == 0 || len(q.chunks) == 0 {
		q.notify()
	}
	q.bytes += len(frame)
	if len(frame) > chunkSize/2 {
		q.chunks = append(q.chunks, frame)
		return true, nil
	}
	q.collect(frame)
	return false, nil
}

func (q *queue) collect(frame []byte) {
	last := len(q.chunks) - 1
	if last < 0 || cap(q.chunks[last])-len(q.chunks[last]) < len(frame) {
		q.chunks = append(q.chunks, q.buffer())
		last++
	}
	q.chunks[last] = append(q.chunks[last], frame...)
}

// buffer returns an empty chunk, a used one if there is any.
func (q *queue) buffer() []byte {
	if n := len(q.free); n > 0 {
		b := q.free[n-1]
		q.free = q.free[:n-1]
		return b
	}
	return make([]byte, 0, chunkSize)
}

func (q *queue) notify() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take hands out all that waits.
func (q *queue) take(into [][]byte) [][]byte {
	q.mu.Lock()
	defer q.mu.Unlock()
	into = append(into[:0], q.chunks...)
	clear(q.chunks)
	q.chunks = q.chunks[:0]
	return into
}

// freeMax bounds the buffers that are kept for later.
const freeMax = 4

// written takes back a chunk that has been written.
func (q *queue) written(chunk []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.bytes -= len(chunk)
	if cap(chunk) == chunkSize && len(q.free) < freeMax {
		q.free = append(q.free, chunk[:0])
	}
}

// close refuses further frames and drops those that wait.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed, q.chunks, q.free = true, nil, nil
	q.notify()
}

// empty says whether nothing waits and nothing is being written.
func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes == 0
}
