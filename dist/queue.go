package dist

import (
	"errors"
	"sync"
	"time"
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
//
// At any time at most one goroutine writes: the link's writer, or a sender that
// found the queue idle and tries to write its frame itself, without waiting.
type queue struct {
	limit int
	wake  chan struct{}
	// try writes what the socket takes at once; nil if the connection cannot
	// write without waiting.
	try func([]byte) int

	mu      sync.Mutex
	chunks  [][]byte
	free    [][]byte
	bytes   int
	writing bool // the link's writer holds chunks
	trying  bool // a sender writes its own frame
	closed  bool
	last    time.Time // of the latest frame of a sender that may try
}

// burst is how close together the frames of a burst are. They are left to the
// writer, which sends many in one system call; a lone frame is not, because
// waking the writer takes longer than sending it.
const burst = 20 * time.Microsecond

func newQueue(limit int) *queue {
	return &queue{limit: limit, wake: make(chan struct{}, 1)}
}

// push appends a frame; its bytes are copied unless it is a large one, which the
// queue then owns (taken is true). eager says that the caller may spend a system
// call to have a lone frame sent sooner.
func (q *queue) push(frame []byte, eager bool) (taken bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false, errQueueClosed
	}
	if q.bytes > 0 && q.bytes+len(frame) > q.limit {
		return false, errQueueFull
	}
	q.bytes += len(frame)
	if eager && q.tryNow(frame) {
		return false, nil
	}
	if !q.writing && !q.trying && len(q.chunks) == 0 {
		q.notify()
	}
	if len(frame) > chunkSize/2 {
		q.chunks = append(q.chunks, frame)
		return true, nil
	}
	q.collect(frame)
	return false, nil
}

// tryNow writes a frame if the queue is idle and no burst is on. It says whether
// it took care of the frame. The mutex is held, but not while it writes.
func (q *queue) tryNow(frame []byte) bool {
	now := time.Now()
	lone := now.Sub(q.last) > burst
	q.last = now
	if q.try == nil || !lone || q.writing || q.trying || len(q.chunks) > 0 || len(frame) > chunkSize/2 {
		return false
	}
	q.trying = true
	q.mu.Unlock()
	n := q.try(frame)
	q.mu.Lock()
	q.trying = false
	q.bytes -= n
	if n < len(frame) && !q.closed {
		rest := append(q.buffer(), frame[n:]...)
		q.chunks = append([][]byte{rest}, q.chunks...)
	}
	if len(q.chunks) > 0 {
		q.notify()
	}
	return true
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

// take hands out all that waits to the writer, which writes until a take gives it
// nothing. While a sender writes, it gets nothing; the sender wakes it after.
func (q *queue) take(into [][]byte) [][]byte {
	q.mu.Lock()
	defer q.mu.Unlock()
	into = into[:0]
	if q.trying {
		return into
	}
	into = append(into, q.chunks...)
	q.writing = len(into) > 0
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

// waiting is how many bytes wait or are being written.
func (q *queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes
}
