package watcher

import (
	"container/heap"
	"time"

	"github.com/paxoskv/paxoskv/paxos"
)

// deadlines are those that are watched, the next one first. They share a timer: of
// a million that fall at once each would have a goroutine of its own.
type deadlines struct {
	order []*deadline
	of    map[paxos.Guard]*deadline
}

type deadline struct {
	guard paxos.Guard
	place int // in order
}

// The methods of a heap.Interface, for the package's own use.

func (d *deadlines) Len() int           { return len(d.order) }
func (d *deadlines) Less(i, j int) bool { return d.order[i].guard.Deadline < d.order[j].guard.Deadline }

func (d *deadlines) Swap(i, j int) {
	d.order[i], d.order[j] = d.order[j], d.order[i]
	d.order[i].place, d.order[j].place = i, j
}

func (d *deadlines) Push(x any) {
	x.(*deadline).place = len(d.order)
	d.order = append(d.order, x.(*deadline))
}

func (d *deadlines) Pop() any {
	last := len(d.order) - 1
	x := d.order[last]
	d.order[last] = nil
	d.order = d.order[:last]
	return x
}

func (d *deadlines) add(g paxos.Guard) {
	if d.of[g] == nil {
		d.of[g] = &deadline{guard: g}
		heap.Push(d, d.of[g])
	}
}

func (d *deadlines) remove(g paxos.Guard) {
	if x := d.of[g]; x != nil {
		heap.Remove(d, x.place)
		delete(d.of, g)
	}
}

// due takes out up to most of those that have passed at now.
func (d *deadlines) due(now int64, most int) (gs []paxos.Guard) {
	for len(d.order) > 0 && len(gs) < most && d.order[0].guard.Deadline <= now {
		x := heap.Pop(d).(*deadline)
		delete(d.of, x.guard)
		gs = append(gs, x.guard)
	}
	return gs
}

// expiredMost is how many deadlines the host looks at in one step.
const expiredMost = 1000

// await tells the host of the deadlines that have passed, and sets the timer for
// the next one. The clock may have jumped, so it is looked at again then.
func (s *state) await() {
	s.timer.Stop()
	now := time.Now().UnixMilli()
	for {
		gs := s.deadlines.due(now, expiredMost)
		if len(gs) == 0 {
			break
		}
		s.host.Expired(gs...)
	}
	if s.deadlines.Len() > 0 {
		left := time.Until(time.UnixMilli(s.deadlines.order[0].guard.Deadline))
		s.timer.Reset(max(left, 0) + time.Millisecond)
	}
}
