package app_test

import (
	"errors"
	"io"
	"log"
	"os"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/actors/learner"
	"github.com/paxoskv/paxoskv/app/apptest"
	"github.com/paxoskv/paxoskv/host"
)

// told is what a watcher of the default bucket is told.
func told(what any) etf.Term { return tuple{atom("paxos_kv"), atom("PaxosKV"), what} }

func revOf(r paxoskv.Result) etf.Term {
	return tuple{r.Rev.Counter, []byte(r.Rev.Proposer.Name), r.Rev.Proposer.Incarnation}
}

// A process is told of a key, or of all, until it does not want to know.
func TestWatchers(t *testing.T) {
	n := apptest.Store(t)
	ctx := apptest.Context(t)
	a, b, owner := apptest.Spawn(t, n), apptest.Spawn(t, n), apptest.Spawn(t, n)
	do := func(f func(p *gen.ServerProcess) (etf.Term, error)) {
		t.Helper()
		require.Equal(t, atom("ok"), a.Do(t, f))
	}
	hears := func(x *apptest.Actor, what any) {
		t.Helper()
		require.Equal(t, told(what), apptest.Receive(t, "a message", x.Messages))
	}
	bucket := host.DefaultBucket
	do(func(p *gen.ServerProcess) (etf.Term, error) {
		return learner.Watch(p, n.Name(), bucket, a.Self(), atom("k"))
	})
	do(func(p *gen.ServerProcess) (etf.Term, error) { return learner.WatchAll(p, n.Name(), bucket, b.Self()) })
	hears(a, tuple{atom("current"), atom("k")})
	hears(b, atom("current"))

	r, err := paxoskv.Put(ctx, atom("k"), atom("v"), paxoskv.TiedToPID(owner.Self()))
	require.NoError(t, err)
	chosen := tuple{atom("chosen"), atom("k"), revOf(r), atom("v"), list{tuple{atom("pid"), owner.Self()}}}
	hears(a, chosen)
	hears(b, chosen)
	do(func(p *gen.ServerProcess) (etf.Term, error) {
		return learner.Watch(p, n.Name(), bucket, a.Self(), atom("k"))
	})
	hears(a, chosen) // again, from the start
	hears(a, tuple{atom("current"), atom("k")})
	owner.Kill()
	hears(a, tuple{atom("erased"), atom("k"), revOf(r)})
	hears(b, tuple{atom("erased"), atom("k"), revOf(r)})

	service := func() []etf.Pid { return n.ProcessByName(toLearner).Monitors() }
	require.Len(t, service(), 2)
	do(func(p *gen.ServerProcess) (etf.Term, error) {
		return learner.Unwatch(p, n.Name(), bucket, a.Self(), atom("k"))
	})
	do(func(p *gen.ServerProcess) (etf.Term, error) {
		return learner.Unwatch(p, n.Name(), bucket, a.Self(), atom("k"))
	})
	do(func(p *gen.ServerProcess) (etf.Term, error) { return learner.UnwatchAll(p, n.Name(), bucket, b.Self()) })
	apptest.Soon(t, "they are forgotten", func() bool { return len(service()) == 0 })
	_, err = paxoskv.Put(ctx, atom("k"), atom("w"))
	require.NoError(t, err)
	a.Silent(t)
	b.Silent(t)

	require.Equal(t, failed(atom("invalid_value")),
		a.Ask(t, toLearner, tuple{atom("watch"), etf.Pid{Node: "no@where", ID: 1, Creation: 1}}))
}

// One that ends is forgotten, and the end of the learner is told.
func TestWatchersEnd(t *testing.T) {
	n := apptest.Store(t)
	a, b := apptest.Spawn(t, n), apptest.Spawn(t, n)
	for _, x := range []*apptest.Actor{a, b} {
		require.Equal(t, atom("ok"), x.Ask(t, toLearner, tuple{atom("watch"), x.Self()}))
		require.Equal(t, told(atom("current")), apptest.Receive(t, "a message", x.Messages))
	}
	old := n.ProcessByName(toLearner)
	b.Kill()
	apptest.Soon(t, "it is forgotten", func() bool { return len(old.Monitors()) == 1 })
	old.Kill()
	for {
		m := apptest.Receive(t, "a message", a.Messages)
		if m.(tuple)[2] == atom("closed") {
			break
		}
		// For a moment the feed lacked the learner; what it says of that may come first.
		require.Contains(t, []etf.Term{told(atom("behind")), told(atom("current"))}, m)
	}
	apptest.Soon(t, "it runs again", func() bool {
		p := n.ProcessByName(toLearner)
		return p != nil && p.Self() != old.Self()
	})
	require.Equal(t, atom("ok"), a.Ask(t, toLearner, tuple{atom("watch"), a.Self()}))
	require.Equal(t, told(atom("current")), apptest.Receive(t, "a message", a.Messages))
}

// sleeper is a process that takes nothing from its mailbox until it is woken.
type sleeper struct {
	gen.Server
	wake chan struct{}
	got  chan etf.Term
}

func (s *sleeper) HandleInfo(_ *gen.ServerProcess, message etf.Term) gen.ServerStatus {
	s.got <- message
	<-s.wake
	return gen.ServerStatusOK
}

func (s *sleeper) HandleDirect(*gen.ServerProcess, etf.Ref, any) (any, gen.DirectStatus) {
	return nil, errors.New("no requests")
}

// A process whose mailbox is full holds up nobody, and is told that it missed
// something, and how things stand.
func TestFullMailbox(t *testing.T) {
	log.SetOutput(io.Discard) // core has a line for each message that finds it full
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	n := apptest.Store(t)
	ctx := apptest.Context(t)
	s := &sleeper{wake: make(chan struct{}), got: make(chan etf.Term, 1<<16)}
	p, err := n.Spawn("", gen.ProcessOptions{MailboxSize: 10}, s)
	require.NoError(t, err)
	a := apptest.Spawn(t, n)
	require.Equal(t, atom("ok"), a.Ask(t, toLearner, tuple{atom("watch"), p.Self()}))
	// It has been told all that there was, and hears no more for now.
	require.Equal(t, atom("current"), apptest.Receive(t, "a message", s.got).(tuple)[2])
	const keys = 3000
	for i := range keys {
		_, err := paxoskv.Put(ctx, i, i)
		require.NoError(t, err)
	}
	close(s.wake)
	view, missed := map[any]bool{}, 0
	for deadline := time.Now().Add(apptest.Patience); ; {
		require.True(t, time.Now().Before(deadline), "%d keys, %d times missed", len(view), missed)
		what := apptest.Receive(t, "a message", s.got).(tuple)[2]
		if x, ok := what.(tuple); ok {
			require.Equal(t, atom("chosen"), x[0])
			view[x[1]] = true
			continue
		}
		switch what {
		case atom("missed"):
			missed++
			clear(view)
		case atom("current"):
			if len(view) == keys {
				require.Positive(t, missed)
				return
			}
		}
	}
}

// The owner of an entry is told once that it is lost: by its end, or with the
// learner; not when it does not want to know any more.
func TestOwners(t *testing.T) {
	n := apptest.Store(t)
	ctx := apptest.Context(t)
	a, owner := apptest.Spawn(t, n), apptest.Spawn(t, n)
	put := func(key any) etf.Term {
		r, err := paxoskv.Put(ctx, key, 1, paxoskv.TiedToPID(owner.Self()))
		require.NoError(t, err)
		return revOf(r)
	}
	lost := func(key, rev any) {
		t.Helper()
		require.Equal(t, atom("ok"), a.Do(t, func(p *gen.ServerProcess) (etf.Term, error) {
			return learner.Lost(p, n.Name(), host.DefaultBucket, a.Self(), key, rev)
		}))
	}
	one := put(atom("one"))
	two := put(atom("two"))
	lost(atom("one"), one)
	lost(atom("two"), two)
	require.Equal(t, atom("ok"), a.Ask(t, toLearner, tuple{atom("unwatch"), a.Self(), atom("two")}))
	owner.Kill()
	require.Equal(t, told(tuple{atom("lost"), atom("one"), one, atom("erased")}),
		apptest.Receive(t, "the loss", a.Messages))
	lost(atom("two"), two) // afterwards
	require.Equal(t, told(tuple{atom("lost"), atom("two"), two, atom("erased")}),
		apptest.Receive(t, "the loss", a.Messages))

	owner = apptest.Spawn(t, n)
	three := put(atom("three"))
	lost(atom("three"), three)
	n.ProcessByName(toLearner).Kill()
	require.Equal(t, told(tuple{atom("lost"), atom("three"), three, atom("closed")}),
		apptest.Receive(t, "the end of the learner", a.Messages))
	a.Silent(t)
}
