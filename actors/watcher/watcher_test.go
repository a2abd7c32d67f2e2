package watcher

import (
	"errors"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"
)

func pid(id uint64, creation uint32) etf.Pid {
	return etf.Pid{Node: "e@there", ID: id, Creation: creation}
}

// A process of a node that is linked is monitored once, and its end is told once.
func TestEndIsTold(t *testing.T) {
	w := newWorld(t)
	w.link("e@there", 7)
	w.watch(pid(1, 7), false)
	w.watch(pid(1, 7), false)
	require.Len(t, w.asked, 1)
	w.down(w.asked[0], "{strange,reason}")
	require.Equal(t, 1, w.downs())
	w.s.sweep()
	w.s.sweep()
	require.Equal(t, 1, w.downs())
	require.Empty(t, w.asked, "what is gone is asked about no more")
	w.watch(pid(1, 7), true)
	require.Empty(t, w.s.pids)
	require.Empty(t, w.s.monitors.ends)
}

// Nothing is asked of a node that is not linked, or that is linked as another
// life; it is dialled, if it is not linked at all.
func TestNothingIsAskedWithoutALink(t *testing.T) {
	w := newWorld(t)
	w.watch(pid(1, 7), false)
	require.Empty(t, w.asked)
	w.s.sweep()
	require.Eventually(t, func() bool { return len(w.dialled()) == 1 }, 10*time.Second, time.Millisecond)
	require.Equal(t, []string{"e@there"}, w.dialled())
	w.link("e@there", 8)
	w.s.Up("e@there")
	w.s.empty()
	w.s.sweep()
	require.Empty(t, w.asked)
	require.Len(t, w.dialled(), 1)
	w.link("e@there", 7)
	w.s.Up("e@there")
	w.s.empty()
	require.Len(t, w.asked, 1)
	require.Zero(t, w.downs())
}

// What says nothing of the process is no end: it is monitored again when its node
// is linked again, and by the sweep, for a process may end with just that reason.
func TestNoWord(t *testing.T) {
	w := newWorld(t)
	w.link("e@there", 7)
	w.watch(pid(1, 7), false)
	for _, reason := range []string{"noconnection", "unsupported", "incarnation"} {
		w.down(w.asked[0], reason)
		require.Empty(t, w.asked)
		w.s.Up("e@there")
		w.s.empty()
		require.Len(t, w.asked, 1)
		w.down(w.asked[0], reason)
		w.s.sweep()
		require.Len(t, w.asked, 1, "one monitor, whoever made it")
	}
	require.Zero(t, w.downs())
	w.down(w.asked[0], "noproc")
	require.Equal(t, 1, w.downs())
}

// A DOWN that is lost is made good: the sweep monitors anew, and the answer to the
// new monitor tells. The old one is dropped, and says nothing any more.
func TestSweepMakesGoodALostDown(t *testing.T) {
	w := newWorld(t)
	w.link("e@there", 7)
	w.watch(pid(1, 7), false)
	lost := w.asked[0]
	w.s.sweep()
	require.Len(t, w.asked, 1)
	require.NotEqual(t, lost, w.asked[0])
	w.down(lost, "late")
	require.Zero(t, w.downs())
	w.down(w.asked[0], "noproc")
	require.Equal(t, 1, w.downs())
}

// A sweep looks at so many again, and the next ones at the rest.
func TestSweepsTakeTurns(t *testing.T) {
	w := newWorld(t)
	w.link("e@there", 7)
	const n = roundMost + roundMost/2
	for id := range uint64(n) {
		w.watch(pid(id, 7), false)
	}
	first := make(map[etf.Ref]bool)
	for _, ref := range w.asked {
		first[ref] = true
	}
	for sweeps, left := range []int{n - roundMost, 0} {
		w.s.sweep()
		old := 0
		for _, ref := range w.asked {
			if first[ref] {
				old++
			}
		}
		require.Equal(t, left, old, "after sweep %d", sweeps)
		require.Len(t, w.asked, n)
	}
	for id := range uint64(n) {
		w.watch(pid(id, 7), true)
	}
	require.Empty(t, w.asked)
	require.Empty(t, w.s.monitors.ends)
	w.s.sweep()
	require.Empty(t, w.s.pidRound)
}

// A monitor that cannot be made is made later.
func TestMonitorThatFails(t *testing.T) {
	w := newWorld(t)
	w.link("e@there", 7)
	w.refuses = errors.New("no connection")
	w.watch(pid(1, 7), false)
	require.Empty(t, w.s.monitors.ends)
	w.refuses = nil
	w.s.sweep()
	require.Len(t, w.asked, 1)
}

// A process of this node is looked at, too: it may end before core has entered the
// monitor.
func TestLocalProcesses(t *testing.T) {
	w := newWorld(t)
	here := etf.Pid{Node: etf.Atom(w.Name()), ID: 1, Creation: 5}
	w.watch(here, false)
	require.Equal(t, 1, w.downs(), "it is not there")
	w.watch(here, true)
	w.alive[here] = true
	w.watch(here, false)
	w.s.sweep()
	require.Equal(t, 1, w.downs())
	delete(w.alive, here)
	w.s.sweep()
	require.Equal(t, 2, w.downs())
}

// References are the watcher's own, and none is used twice.
func TestReferences(t *testing.T) {
	one, two := monitors{self: etf.Pid{Node: "n@h", ID: 1000, Creation: 5}}, monitors{self: etf.Pid{Node: "n@h", ID: 1001, Creation: 5}}
	seen := make(map[[5]uint32]bool)
	const more = 300_000 // ergo's have begun again by then
	for range more {
		seen[one.ref().ID] = true
	}
	for range more {
		seen[two.ref().ID] = true
	}
	require.Len(t, seen, 2*more)
	require.NotZero(t, one.ref().ID[2], "ergo's have a zero here")
}

// asking asks about processes, all at once, and returns the answers so far.
func (w *world) asking(pids ...etf.Pid) map[etf.Pid]bool {
	answers := make(map[etf.Pid]bool)
	for _, p := range pids {
		w.s.Alive(p, func(alive bool) {
			_, twice := answers[p]
			require.False(w.t, twice)
			answers[p] = alive
		})
	}
	w.s.empty()
	return answers
}

// What is asked about many processes ends with one more question, about a name
// that nobody has: of those about which nothing was said by then all run.
func TestAlive(t *testing.T) {
	w := newWorld(t)
	w.link("e@there", 7)
	dead, runs, unknown, other := pid(1, 7), pid(2, 7), pid(3, 7), pid(4, 8)
	answers := w.asking(dead, runs, unknown, other)
	require.Equal(t, map[etf.Pid]bool{other: true}, answers, "of another life there is no word")
	require.Len(t, w.asked, 4)
	fence := w.asked[3]
	require.Equal(t, fenceName, w.names[fence].Name)
	w.down(w.asked[0], "noproc")
	w.down(w.asked[1], "noconnection") // unknown is asked[1] after the first has gone
	require.Len(t, answers, 3)
	w.down(fence, "noproc")
	require.Equal(t, map[etf.Pid]bool{dead: false, runs: true, unknown: true, other: true}, answers)
	require.Empty(t, w.asked)
	require.Empty(t, w.s.monitors.ends)

	w.refuses = errors.New("no connection")
	require.Equal(t, map[etf.Pid]bool{runs: true}, w.asking(runs))
}

// A node is told whether this one is connected to another, as a life of it.
func TestSees(t *testing.T) {
	w := newWorld(t)
	var answers []bool
	w.s.Sees([]string{"a@there", "b@there"}, "e@there", 7, func(yes bool) { answers = append(answers, yes) })
	w.s.empty()
	require.Len(t, w.s.polls.open, 2)
	w.s.peer(etf.Tuple{answerSeen, 1, true})
	w.s.peer(etf.Tuple{answerSeen, 1, true})
	w.s.peer(etf.Tuple{answerSeen, 99, true})
	w.s.peer(etf.Tuple{askSees, 1, 2, 3, 4})
	w.s.peer(etf.Tuple{})
	require.Equal(t, []bool{true}, answers)
	w.s.peer(etf.Tuple{answerSeen, int64(2), false})
	require.Equal(t, []bool{true, false}, answers)
	require.Empty(t, w.s.polls.open)

	w.s.polls.open[5] = question{asked: time.Now().Add(-2 * forgetAfter)}
	w.s.polls.open[6] = question{asked: time.Now()}
	w.s.sweep()
	require.Len(t, w.s.polls.open, 1)
}
