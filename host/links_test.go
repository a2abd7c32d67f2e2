package host

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

// fakeLinks is a distribution with the lives that a test gives it.
type fakeLinks struct {
	mu    sync.Mutex
	lives map[string]life
	dials []string
	dial  func(ctx context.Context, name string) error
}

func (l *fakeLinks) Link(name string) (uint32, uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lives[name].creation, l.lives[name].serial
}

func (l *fakeLinks) Dial(ctx context.Context, name string) error {
	l.mu.Lock()
	l.dials = append(l.dials, name)
	l.mu.Unlock()
	return l.dial(ctx, name)
}

func (l *fakeLinks) set(name string, x life) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lives[name] = x
}

// fakeWatcher keeps what it is told.
type fakeWatcher struct {
	mu    sync.Mutex
	ups   []string
	sees  [][]string
	votes []bool // what those who are asked answer, in order
	dead  bool
}

func (w *fakeWatcher) Watch([]paxos.Watch) {}

func (w *fakeWatcher) Up(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ups = append(w.ups, name)
}

func (w *fakeWatcher) Alive(_ etf.Pid, answer func(bool)) { answer(!w.dead) }

func (w *fakeWatcher) Sees(nodes []string, _ string, _ uint32, answer func(bool)) {
	w.sees = append(w.sees, nodes)
	for _, yes := range w.votes {
		answer(yes)
	}
}

// linkedHost is a host on a wire that tells lives.
func linkedHost(t *testing.T) (*Host, *fakeNode, *fakeLinks, *fakeWatcher) {
	h, n, p := fakeHost(t, 1)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-p.out:
			case <-done:
				return
			}
		}
	}()
	t.Cleanup(func() { close(done) })
	l := &fakeLinks{lives: map[string]life{}, dial: func(context.Context, string) error { return errors.New("down") }}
	h.SetLinks(l)
	w := &fakeWatcher{}
	h.SetWatcher(w)
	return h, n, l, w
}

// A node whose link went and came between two looks, with no change of names, is
// seen: as another life, or as the same one that is connected anew.
func TestLivesAreToldApart(t *testing.T) {
	h, n, l, w := linkedHost(t)
	n.connect(h, "e@host")
	require.Zero(t, h.Creation("e@host"), "its link is just going")
	l.set("e@host", life{7, 1})
	n.connect(h, "e@host")
	require.EqualValues(t, 7, h.Creation("e@host"), "from the handshake: it sends no Hello")
	first := h.links["e@host"]
	require.Equal(t, []string{"e@host"}, w.ups)

	n.connect(h, "e@host")
	require.Equal(t, []string{"e@host"}, w.ups, "nothing is new")

	l.set("e@host", life{7, 2})
	n.connect(h, "e@host")
	require.Equal(t, []string{"e@host", "e@host"}, w.ups, "monitors went with the old link")
	require.Same(t, first, h.links["e@host"])

	l.set("e@host", life{8, 3})
	n.connect(h, "e@host")
	require.EqualValues(t, 8, h.Creation("e@host"))
	require.NotSame(t, first, h.links["e@host"])
	require.True(t, first.closed)
	require.Len(t, w.ups, 3)

	n.connect(h)
	require.Zero(t, h.Creation("e@host"))
	require.Empty(t, h.links)
}

// reached collects what Reach ends with.
func reached(h *Host, name string, want uint32) <-chan uint32 {
	c := make(chan uint32, 2)
	h.Reach(name, want, func(creation uint32) { c <- creation })
	return c
}

func TestReach(t *testing.T) {
	h, n, l, _ := linkedHost(t)
	require.Zero(t, receive(t, "a dial that fails", reached(h, "e@host", 0)))
	require.Equal(t, []string{"e@host"}, l.dials)

	// Many who want the same node dial it once, and learn of it from the network.
	dialled := make(chan struct{})
	l.dial = func(context.Context, string) error {
		l.set("e@host", life{7, 1})
		close(dialled)
		<-t.Context().Done() // it is not the end of the dial that tells
		return nil
	}
	var waiting []<-chan uint32
	for range 10 {
		waiting = append(waiting, reached(h, "e@host", 0))
	}
	receive(t, "the dial", dialled)
	n.connect(h, "e@host")
	for _, c := range waiting {
		require.EqualValues(t, 7, receive(t, "the link", c))
	}
	require.Len(t, l.dials, 2)

	require.EqualValues(t, 7, receive(t, "what is known", reached(h, "e@host", 7)))
	require.EqualValues(t, 7, receive(t, "no other life is linked", reached(h, "e@host", 6)))

	// The wire is ahead: the new life is linked, and this node has not taken note. Where
	// the time to wait for that is over before the node has, it is the next life's turn.
	l.dial = func(context.Context, string) error { return nil }
	for creation, start := uint32(8), time.Now(); ; creation++ {
		l.set("e@host", life{creation, uint64(creation)})
		began := time.Now()
		c := reached(h, "e@host", creation)
		n.connect(h, "e@host")
		late := time.Since(began) >= reachTimeout
		known := receive(t, "the new life", c)
		if late && known == creation-1 && time.Since(start) < patience {
			continue
		}
		require.Equal(t, creation, known)
		break
	}

	// A link that this node never takes note of ends the wait all the same.
	l.set("gone@host", life{9, 3})
	require.Zero(t, receive(t, "the end of its time", reached(h, "gone@host", 9)))
}

// On a wire that tells nothing nobody is dialled.
func TestReachWithoutLinks(t *testing.T) {
	h, n, _ := fakeHost(t, 1)
	n.connect(h, "e@host")
	require.Zero(t, receive(t, "the answer", reached(h, "e@host", 0)))
}

func TestPoll(t *testing.T) {
	for _, test := range []struct {
		name     string
		need, of int
		answers  []bool
		ended    bool
		no       int
	}{
		{"a quorum", 2, 3, []bool{true, false, true}, true, 1},
		{"too many without", 2, 3, []bool{false, true, false}, true, 2},
		{"open", 2, 3, []bool{true, false}, false, 1},
		{"of five", 3, 5, []bool{false, true, false, false}, true, 3},
		{"silence", 2, 3, nil, false, 0},
	} {
		ends := 0
		p := &poll{need: test.need, of: test.of, end: func(no int) {
			ends++
			require.Equal(t, test.no, no, test.name)
		}}
		for _, yes := range test.answers {
			p.add(yes)
		}
		require.Equal(t, test.ended, ends == 1, test.name)
		p.finish()
		require.Equal(t, 1, ends, test.name)
	}
}

// A tie to a node that the members do not see is refused; so is one to a process
// that has ended, and one to another life.
func TestTiesThatAreRefused(t *testing.T) {
	h, n, l, w := linkedHost(t)
	b := openAll(h, "B")
	require.Eventually(t, func() bool { h.Tick(); return h.Quorum() }, patience, time.Millisecond)
	put := func(ties Ties) error {
		e := newEnding()
		b.Put(context.Background(), Query{Key: t.Name(), Value: 1, Ties: ties}, e.end)
		return receive(t, "the end of the put", e.done)
	}
	pid := etf.Pid{Node: "e@host", ID: 5, Creation: 7}
	refused := func(ties Ties, why string) {
		t.Helper()
		err := put(ties)
		require.ErrorIs(t, err, ErrInvalidValue)
		require.ErrorContains(t, err, why)
	}
	refused(Ties{Nodes: []string{"e@host"}}, "not connected")
	refused(Ties{PIDs: []etf.Pid{pid}}, "not connected")
	l.set("e@host", life{8, 1})
	n.connect(h, "e@host")
	refused(Ties{PIDs: []etf.Pid{pid}}, "another life")
	l.set("e@host", life{7, 2})
	n.connect(h, "e@host")
	w.dead = true
	refused(Ties{PIDs: []etf.Pid{pid}}, "not alive")
	w.dead = false
	require.NoError(t, put(Ties{PIDs: []etf.Pid{pid}, Nodes: []string{"e@host"}}))

	// Of three members two do not see it.
	answers := make(chan int, 1)
	h.seeing.join(sighting{"e@host", 7}, func(without int) { answers <- without })
	done := make(chan error, 1)
	h.checkSeen(paxos.Guard{Kind: paxos.GuardNode, Node: "e@host", Creation: 7}, func(err error) { done <- err })
	h.seeing.answer(sighting{"e@host", 7}, 1)
	require.Equal(t, 1, receive(t, "one answer for both", answers))
	require.ErrorContains(t, receive(t, "the refusal", done), "1 of 1 members")
}

// A put that waits for word of its ties ends with its context.
func TestTiesEndWithTheContext(t *testing.T) {
	h, _, l, _ := linkedHost(t)
	b := openAll(h, "B")
	l.dial = func(context.Context, string) error {
		<-t.Context().Done() // only the context of the put ends it
		return errors.New("over")
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	e := newEnding()
	b.Put(ctx, Query{Key: "k", Value: 1, Ties: Ties{Nodes: []string{"e@host"}}}, e.end)
	cancel(errGone)
	require.ErrorIs(t, receive(t, "the end of the put", e.done), errGone)
}
