package pauseuntil_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/node"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/app/apptest"
	"github.com/paxoskv/paxoskv/pauseuntil"
)

// long is a timeout that no test reaches.
const long = time.Hour

// spawn starts a process, and fails the test when that does not return.
func spawn(t *testing.T, n node.Node, name string, b gen.ProcessBehavior) gen.Process {
	t.Helper()
	type result struct {
		p   gen.Process
		err error
	}
	done := make(chan result, 1)
	go func() {
		p, err := n.Spawn(name, gen.ProcessOptions{}, b)
		done <- result{p, err}
	}()
	r := apptest.Receive(t, "Spawn returns", done)
	require.NoError(t, r.err)
	return r.p
}

func TestHoldsUntilTheFunctionReturns(t *testing.T) {
	for kind, supervisor := range kinds {
		t.Run(kind, func(t *testing.T) {
			n := apptest.Node(t)
			before, after := newSibling(), newSibling()
			asked, release := make(chan struct{}), make(chan struct{})
			calls := atomic.Int32{}
			f := func(ctx context.Context) error {
				calls.Add(1)
				close(asked)
				select {
				case <-release:
					return nil
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}
			spawned := make(chan gen.Process, 1)
			go func() {
				p, _ := n.Spawn("", gen.ProcessOptions{}, supervisor(spec(
					gen.SupervisorChildSpec{Child: before}, pauseuntil.Child("pause", long, f), gen.SupervisorChildSpec{Child: after})))
				spawned <- p
			}()
			apptest.Receive(t, "the function is called", asked)
			require.EqualValues(t, 1, before.starts.Load())
			require.Zero(t, after.starts.Load(), "the child after the pause waits")
			require.Empty(t, spawned, "so does who started the supervisor")
			close(release)
			p := apptest.Receive(t, "the supervisor is up", spawned)
			require.EqualValues(t, 1, after.starts.Load())
			require.EqualValues(t, 1, calls.Load(), "it is asked once")

			children, err := p.Children()
			require.NoError(t, err)
			require.Len(t, children, 3)
			require.NotNil(t, n.ProcessByName("pause"), "the pause stays as a process")
			require.Nil(t, n.ProcessByName("pause").Send("pause", "anything"), "that takes anything")
			_, err = n.ProcessByName("pause").Direct("anything")
			require.Error(t, err)
			require.True(t, n.ProcessByName("pause").IsAlive())
		})
	}
}

var errNotReady = errors.New("not ready")

// failures are the ways in which a function fails.
var failures = []struct {
	name    string
	timeout time.Duration
	f       func(context.Context) error
	want    []error
}{
	{"error", long, func(context.Context) error { return errNotReady }, []error{errNotReady}},
	{"panic", long, func(context.Context) error { panic("ouch") }, []error{pauseuntil.ErrPanic}},
	{"no function", long, nil, []error{pauseuntil.ErrPanic}},
	{"deadline", time.Millisecond, func(ctx context.Context) error {
		<-ctx.Done()
		return errNotReady
	}, []error{pauseuntil.ErrDeadline, errNotReady}},
	{"deadline unheeded", time.Millisecond, func(context.Context) error { select {} }, []error{pauseuntil.ErrDeadline}},
	{"no time", 0, func(ctx context.Context) error { return ctx.Err() },
		[]error{pauseuntil.ErrDeadline, context.DeadlineExceeded}},
}

// A pause that fails ends its supervisor, the children before it and those after
// it, and nobody hangs.
func TestFailure(t *testing.T) {
	for kind, supervisor := range kinds {
		for _, c := range failures {
			t.Run(kind+"/"+c.name, func(t *testing.T) {
				n := apptest.Node(t)
				before, after, later := newSibling(), newSibling(), atomic.Int32{}
				failed := make(chan error, 10)
				var log bytes.Buffer
				tree := supervisor(spec(
					gen.SupervisorChildSpec{Name: "before", Child: before},
					pauseuntil.Child("pause", c.timeout, c.f,
						pauseuntil.OnError(func(err error) { failed <- err }),
						pauseuntil.Log(slog.New(slog.NewTextHandler(&log, nil)))),
					gen.SupervisorChildSpec{Name: "after", Child: after},
					pauseuntil.Child("second", long, func(context.Context) error { later.Add(1); return nil })))
				p := spawn(t, n, "top", tree)

				err := apptest.Receive(t, "the error", failed)
				for _, want := range c.want {
					require.ErrorIs(t, err, want)
				}
				require.ErrorContains(t, err, `child "pause" of supervisor "top"`)
				require.Contains(t, log.String(), "level=ERROR")
				require.Contains(t, log.String(), c.want[0].Error())

				apptest.Ended(t, n, p.Self())
				for _, name := range []string{"top", "before", "pause", "after", "second"} {
					apptest.Free(t, n, name)
				}
				apptest.Soon(t, "what ran was terminated", func() bool { return before.ends.Load() == 1 })
				require.Empty(t, failed, "it is told once")
				require.Zero(t, later.Load(), "no pause after it asks")
				if kind == "pauseuntil.Supervisor" {
					require.Zero(t, after.starts.Load(), "no child after it starts")
				} else {
					require.Equal(t, after.starts.Load(), after.dead.Load(), "each child after it has a context that ended")
					apptest.Soon(t, "and ends", func() bool { return after.ends.Load() == after.starts.Load() })
				}
				spawn(t, n, "top", supervisor(spec(pauseuntil.Child("pause", long, ready))))
			})
		}
	}
}

func ready(context.Context) error { return nil }

// The reason of the end is the error's text.
func TestReason(t *testing.T) {
	n := apptest.Node(t)
	watcher := apptest.Spawn(t, n)
	release := make(chan struct{})
	child := pauseuntil.Child("pause", long, func(context.Context) error { <-release; return errNotReady })
	asked := make(chan struct{}, 1)
	first := pauseuntil.Child("", long, func(context.Context) error { asked <- struct{}{}; return nil })
	go func() {
		_, _ = n.Spawn("top", gen.ProcessOptions{}, kinds["pauseuntil.Supervisor"](spec(first, child)))
	}()
	apptest.Receive(t, "the supervisor starts", asked)
	watcher.MonitorProcess(n.ProcessByName("top").Self())
	close(release)
	down := apptest.Receive(t, "the end of the supervisor", watcher.Messages).(gen.MessageDown)
	require.Equal(t, `pauseuntil: child "pause" of supervisor "top": not ready`, down.Reason)
}

// A supervisor above starts the failed one again: one of gen.Supervisor's kind only
// where its children have no names.
func TestSupervisorAbove(t *testing.T) {
	for kind, supervisor := range kinds {
		t.Run(kind, func(t *testing.T) {
			var names map[string]string
			if kind == "pauseuntil.Supervisor" {
				names = map[string]string{"before": "before", "pause": "pause"}
			}
			n := apptest.Node(t)
			after := newSibling()
			calls := atomic.Int32{}
			inner := supervisor(spec(
				gen.SupervisorChildSpec{Name: names["before"], Child: newSibling()},
				pauseuntil.Child(names["pause"], long, func(context.Context) error {
					if calls.Add(1) < 3 {
						return errNotReady
					}
					return nil
				}),
				gen.SupervisorChildSpec{Child: after}))
			top := spawn(t, n, "top", &plain{spec: spec(gen.SupervisorChildSpec{Name: "inner", Child: inner})})
			var up gen.Process
			apptest.Soon(t, "the third start succeeds", func() bool {
				for len(after.inits) > 0 {
					up = <-after.inits
				}
				return calls.Load() == 3 && up != nil && up.IsAlive()
			})
			require.True(t, top.IsAlive())
		})
	}
}

// An application starts around a supervisor that failed, and does not start when
// a pause of its own fails.
func TestApplication(t *testing.T) {
	for kind, supervisor := range kinds {
		t.Run(kind, func(t *testing.T) {
			after := newSibling()
			failed := make(chan error, 10)
			n := apptest.Node(t, &application{children: []gen.ApplicationChildSpec{{Name: "inner", Child: supervisor(spec(
				pauseuntil.Child("pause", time.Millisecond, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
					pauseuntil.OnError(func(err error) { failed <- err })),
				gen.SupervisorChildSpec{Child: after}))}}})
			require.ErrorIs(t, apptest.Receive(t, "the error", failed), pauseuntil.ErrDeadline)
			apptest.Soon(t, "the supervisor ends", func() bool { return n.ProcessByName("inner") == nil })
		})
	}
	t.Run("of its own", func(t *testing.T) {
		c := pauseuntil.Child("pause", long, func(context.Context) error { return errNotReady })
		_, err := apptest.TryNode(t, &application{children: []gen.ApplicationChildSpec{{Name: c.Name, Child: c.Child}}})
		require.Error(t, err)
	})
}

// A restart of the pause holds its supervisor again, and ends it when it fails.
func TestRestart(t *testing.T) {
	for kind, supervisor := range kinds {
		t.Run(kind, func(t *testing.T) {
			n := apptest.Node(t)
			asked, answer := make(chan struct{}), make(chan error)
			go func() { <-asked; answer <- nil }()
			after := newSibling()
			p := spawn(t, n, "top", supervisor(spec(
				pauseuntil.Child("pause", long, func(context.Context) error { asked <- struct{}{}; return <-answer }),
				gen.SupervisorChildSpec{Name: "after", Child: after})))
			require.EqualValues(t, 1, after.starts.Load())

			n.ProcessByName("pause").Kill()
			apptest.Receive(t, "the function is called again", asked)
			n.ProcessByName("after").Kill()
			apptest.Soon(t, "a child ends", func() bool { return after.ends.Load() == 1 })
			require.EqualValues(t, 1, after.starts.Load(), "the supervisor is held")
			answer <- nil
			apptest.Soon(t, "it starts the child again", func() bool { return after.starts.Load() == 2 })
			require.True(t, p.IsAlive())

			n.ProcessByName("pause").Kill()
			apptest.Receive(t, "the function is called again", asked)
			answer <- errNotReady
			apptest.Ended(t, n, p.Self())
			apptest.Soon(t, "the children end", func() bool { return after.ends.Load() == 2 })
		})
	}
}

// A child of another kind that cannot start ends a Supervisor, too.
func TestChildThatCannotStart(t *testing.T) {
	n := apptest.Node(t)
	spawn(t, n, "taken", newSibling())
	p := spawn(t, n, "top", &exact{spec: spec(
		gen.SupervisorChildSpec{Name: "taken", Child: newSibling()})})
	apptest.Ended(t, n, p.Self())
	require.NotNil(t, n.ProcessByName("taken"))
}

// A node that stops during a pause ends it.
func TestNodeStops(t *testing.T) {
	for kind, supervisor := range kinds {
		t.Run(kind, func(t *testing.T) {
			n := apptest.Node(t)
			asked, failed, spawned := make(chan struct{}), make(chan error, 1), make(chan struct{})
			tree := supervisor(spec(pauseuntil.Child("", long, func(ctx context.Context) error {
				close(asked)
				<-ctx.Done()
				return ctx.Err()
			}, pauseuntil.OnError(func(err error) { failed <- err }))))
			go func() {
				_, _ = n.Spawn("", gen.ProcessOptions{}, tree)
				close(spawned)
			}()
			apptest.Receive(t, "the function is called", asked)
			n.Stop()
			require.ErrorIs(t, apptest.Receive(t, "the error", failed), pauseuntil.ErrEnded)
			apptest.Receive(t, "Spawn returns", spawned)
		})
	}
}
