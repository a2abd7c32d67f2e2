package dist

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/lib"
	"github.com/ergo-services/ergo/node"
)

// park holds messages for processes whose mailbox is full, in order for each
// process, and delivers them as room comes. DOWN and EXIT messages always find
// a place; the others as long as the total stays within limit bytes.
type park struct {
	limit   int
	stats   *counters
	waiting atomic.Int32 // lanes; 0 means the short way is open to all

	mu     sync.Mutex
	room   func(etf.Pid) int // free places in a mailbox, so that core need not refuse (and log) each try
	lanes  map[etf.Pid][]parked
	bytes  int
	moving bool // a goroutine delivers
}

type parked struct {
	router  node.CoreRouter
	from    etf.Pid
	message etf.Term
	size    int
}

// parkedOverhead is what a parked message counts for besides its own bytes.
const parkedOverhead = 128

// mustSize is what a DOWN or an EXIT counts for.
const mustSize = 0

func (k *park) busy() bool { return k.waiting.Load() > 0 }

// send delivers a message, or parks it.
func (k *park) send(router node.CoreRouter, from, to etf.Pid, message etf.Term, size int) error {
	if !k.busy() {
		if err := router.RouteSend(from, to, message); err != lib.ErrProcessMailboxFull {
			return err
		}
	}
	return k.add(to, parked{router, from, message, size + parkedOverhead})
}

// must delivers or parks a message that may not be lost.
func (k *park) must(router node.CoreRouter, from, to etf.Pid, message etf.Term) {
	if !k.busy() && router.RouteSend(from, to, message) != lib.ErrProcessMailboxFull {
		return
	}
	k.add(to, parked{router, from, message, mustSize})
}

// add puts a message behind those that wait for the same process; if none do it
// is tried at once.
func (k *park) add(to etf.Pid, p parked) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.lanes[to]) == 0 && k.room(to) > 0 {
		if err := p.router.RouteSend(p.from, to, p.message); err != lib.ErrProcessMailboxFull {
			return err
		}
	}
	if p.size != mustSize && k.bytes+p.size > k.limit {
		k.stats.dropped.Add(1)
		return lib.ErrProcessMailboxFull
	}
	if k.lanes == nil {
		k.lanes = make(map[etf.Pid][]parked)
	}
	k.lanes[to] = append(k.lanes[to], p)
	k.bytes += p.size
	k.stats.parked.Add(1)
	k.waiting.Store(int32(len(k.lanes)))
	if !k.moving {
		k.moving = true
		go k.move()
	}
	return nil
}

// The pauses between two looks at full mailboxes.
const (
	parkPauseMin = 100 * time.Microsecond
	parkPauseMax = 50 * time.Millisecond
)

// move delivers until nothing waits.
func (k *park) move() {
	pause := parkPauseMin
	for {
		time.Sleep(pause)
		moved, left := k.sweep()
		if !left {
			return
		}
		pause = min(2*pause, parkPauseMax)
		if moved {
			pause = parkPauseMin
		}
	}
}

// sweep delivers what the mailboxes take.
func (k *park) sweep() (moved, left bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for to, lane := range k.lanes {
		n, room := 0, min(k.room(to), len(lane))
		for n < room && lane[n].router.RouteSend(lane[n].from, to, lane[n].message) != lib.ErrProcessMailboxFull {
			k.bytes -= lane[n].size
			lane[n] = parked{}
			n++
		}
		moved = moved || n > 0
		if k.lanes[to] = lane[n:]; n == len(lane) {
			delete(k.lanes, to)
		}
	}
	k.waiting.Store(int32(len(k.lanes)))
	k.moving = len(k.lanes) > 0
	return moved, k.moving
}
