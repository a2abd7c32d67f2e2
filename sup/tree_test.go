package sup_test

import (
	"context"
	"slices"
	"testing"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/node"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/app/apptest"
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/pauseuntil"
	"github.com/paxoskv/paxoskv/sup"
)

// tree is a user's own supervisor.
type tree struct {
	gen.Supervisor
	children func() []gen.SupervisorChildSpec
	strategy gen.SupervisorStrategy
}

func (s *tree) Init(...etf.Term) (gen.SupervisorSpec, error) {
	return gen.SupervisorSpec{Children: s.children(), Strategy: s.strategy}, nil
}

var permanent = gen.SupervisorStrategy{Type: gen.SupervisorStrategyOneForOne,
	Restart: gen.SupervisorStrategyRestartPermanent, Intensity: 10, Period: 10}

func spawn(t *testing.T, n node.Node, name string, b gen.ProcessBehavior) gen.Process {
	t.Helper()
	p, err := trySpawn(t, n, name, b)
	require.NoError(t, err)
	return p
}

func trySpawn(t *testing.T, n node.Node, name string, b gen.ProcessBehavior) (gen.Process, error) {
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
	return r.p, r.err
}

// store puts the parts of the store under a supervisor, as a user would, and
// waits for them.
func store(names ...string) []gen.SupervisorChildSpec {
	name := func(i int) string {
		if len(names) == 0 {
			return ""
		}
		return names[i]
	}
	return []gen.SupervisorChildSpec{
		sup.ClusterChild(name(0), host.Options{Size: 1}),
		sup.BucketChild(name(1), "B"),
		pauseuntil.Child(name(2), apptest.Patience, func(ctx context.Context) error {
			return paxoskv.WaitForBucket(ctx, "B")
		}),
		sup.BucketChild(name(3), "C"),
	}
}

func put(t *testing.T, key, value any, opts ...paxoskv.Option) {
	t.Helper()
	res, err := paxoskv.Put(apptest.Context(t), key, value, opts...)
	require.NoError(t, err)
	require.True(t, res.Mine)
}

func holds(t *testing.T, key, value any, opts ...paxoskv.Option) {
	t.Helper()
	res, err := paxoskv.Get(apptest.Context(t), key, opts...)
	require.NoError(t, err)
	require.Equal(t, value, res.Value)
}

// The parts stand in a tree of one's own, under supervisors of any name or none,
// in any order, and more buckets follow later.
func TestOwnTree(t *testing.T) {
	in := func(b string) paxoskv.Option { return paxoskv.InBucket(b) }
	for name, children := range map[string][]gen.SupervisorChildSpec{
		"no names": store(),
		"names":    store("my.cluster", "my.B", "my.pause", "my.C"),
		"pause first on the bucket, cluster last": {
			sup.BucketChild("", "B"),
			pauseuntil.Child("", apptest.Patience, func(ctx context.Context) error { return paxoskv.WaitForBucket(ctx, "B") }),
			sup.BucketChild("", "C"),
			sup.ClusterChild("", host.Options{Size: 1}),
			pauseuntil.Child("", apptest.Patience, func(ctx context.Context) error { return paxoskv.WaitForQuorum(ctx) }),
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := apptest.Node(t)
			spawn(t, n, "", &tree{strategy: permanent, children: func() []gen.SupervisorChildSpec { return children }})
			require.NoError(t, paxoskv.WaitForQuorum(apptest.Context(t)))
			put(t, "k", 1, in("B"))
			put(t, "k", 2, in("C"))
			holds(t, "k", 1, in("B"))
			holds(t, "k", 2, in("C"))

			_, err := paxoskv.Get(apptest.Context(t), "k")
			require.ErrorIs(t, err, paxoskv.ErrUnknownBucket, "the default bucket was not started")
			spawn(t, n, "", sup.Bucket(host.DefaultBucket))
			require.NoError(t, paxoskv.WaitForBucket(apptest.Context(t), host.DefaultBucket))
			put(t, "k", 3)
			size, err := paxoskv.ClusterSize()
			require.NoError(t, err)
			require.Equal(t, 1, size)
		})
	}
}

// What is there already is refused: by an error from Spawn, and without a hang
// under a supervisor.
func TestStartedTwice(t *testing.T) {
	for name, again := range map[string]func() gen.SupervisorBehavior{
		"bucket":          func() gen.SupervisorBehavior { return sup.Bucket("B") },
		"cluster service": func() gen.SupervisorBehavior { return sup.Cluster(host.Options{Size: 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			n := apptest.Node(t)
			spawn(t, n, "", &tree{strategy: permanent, children: func() []gen.SupervisorChildSpec { return store() }})
			_, err := trySpawn(t, n, "", again())
			require.ErrorIs(t, err, host.ErrAlreadyStarted)
			require.ErrorContains(t, err, name)

			second := spawn(t, n, "", &tree{strategy: permanent,
				children: func() []gen.SupervisorChildSpec { return []gen.SupervisorChildSpec{{Child: again()}} }})
			apptest.Ended(t, n, second.Self()) // by its intensity
			goesOn(t)
		})
	}
}

// goesOn shows that the first store goes on.
func goesOn(t *testing.T) {
	t.Helper()
	require.NoError(t, paxoskv.WaitForQuorum(apptest.Context(t)))
	put(t, "after", true, paxoskv.InBucket("B"))
}

// Each actor that ends is started again alone, and what the store knew is kept.
func TestActorRestarts(t *testing.T) {
	n := apptest.Store(t)
	put(t, "kept", 7)
	for _, name := range []string{host.ActorName(host.DefaultBucket, host.Acceptor),
		host.ActorName(host.DefaultBucket, host.Learner), host.ActorName(host.DefaultBucket, host.Proposer),
		host.ClusterName, host.WatcherName} {
		t.Run(name, func(t *testing.T) {
			others := make(map[string]etf.Pid)
			for _, o := range []string{host.ActorName(host.DefaultBucket, host.Acceptor), host.ClusterName, host.WatcherName} {
				others[o] = n.ProcessByName(o).Self()
			}
			for _, s := range []string{"PaxosKV.Sup", "PaxosKV.ClusterSup"} {
				_, err := n.ProcessByName(s).Children() // it is done with the last restart
				require.NoError(t, err)
			}
			old := n.ProcessByName(name)
			old.Kill()
			apptest.Soon(t, "it runs again", func() bool {
				p := n.ProcessByName(name)
				return p != nil && p.Self() != old.Self() && p.IsAlive()
			})
			apptest.Ready(t)
			for o, pid := range others {
				if o != name {
					require.Equal(t, pid, n.ProcessByName(o).Self(), "nobody else was started again")
				}
			}
			apptest.Soon(t, "the service takes calls again", func() bool { return paxoskv.Ping() == nil })
			holds(t, "kept", 7)
			res, err := paxoskv.Put(apptest.Context(t), "kept", 8)
			require.NoError(t, err)
			require.False(t, res.Mine, "the choice is kept")
			put(t, "after "+name, 9)
			holds(t, "after "+name, 9)
		})
	}
}

// Eleven ends within ten seconds end the supervisor; started again, it has all
// that was there.
func TestIntensity(t *testing.T) {
	n := apptest.Store(t)
	s := n.ProcessByName("PaxosKV.Sup")
	require.NotNil(t, s)
	put(t, "kept", 7)
	name := host.ActorName(host.DefaultBucket, host.Learner)
	kills, last := 0, etf.Pid{}
	apptest.Soon(t, "the supervisor gives up", func() bool {
		// A child that the supervisor counts as its own is linked with it: one that ends
		// before has its name for a moment longer than ergo's supervisor believes.
		children, _ := s.Children()
		if p := n.ProcessByName(name); p != nil && p.Self() != last && slices.Contains(children, p.Self()) {
			last = p.Self()
			p.Kill()
			kills++
		}
		return !s.IsAlive()
	})
	require.Equal(t, 11, kills, "ten restarts are allowed")
	apptest.Ended(t, n, s.Self())
	apptest.Soon(t, "the bucket is closed", func() bool {
		_, err := paxoskv.Get(apptest.Context(t), "kept")
		return err != nil
	})
	_, err := paxoskv.Get(apptest.Context(t), "kept")
	require.ErrorIs(t, err, paxoskv.ErrUnknownBucket)
	apptest.Free(t, n, "PaxosKV.Sup")
	spawn(t, n, "PaxosKV.Sup", sup.Bucket(host.DefaultBucket))
	apptest.Ready(t)
	holds(t, "kept", 7)
	put(t, "new", 8)
}

// A supervisor of the store that ends is started again by the one above it, at
// once, and has all that was there; again and again.
func TestSupervisorRestarts(t *testing.T) {
	for _, name := range []string{"my.cluster", "my.B"} {
		t.Run(name, func(t *testing.T) {
			n := apptest.Node(t)
			top := spawn(t, n, "", &tree{strategy: permanent, children: func() []gen.SupervisorChildSpec {
				return store("my.cluster", "my.B", "my.pause", "my.C")
			}})
			require.NoError(t, paxoskv.WaitForQuorum(apptest.Context(t)))
			in := paxoskv.InBucket("B")
			put(t, "kept", 7, in)
			for i := range 8 {
				_, err := top.Children() // the one above is done with the last restart
				require.NoError(t, err)
				old := n.ProcessByName(name)
				old.Kill()
				apptest.Soon(t, "it runs again", func() bool {
					p := n.ProcessByName(name)
					return p != nil && p.Self() != old.Self() && p.IsAlive()
				})
				require.NoError(t, paxoskv.WaitForBucket(apptest.Context(t), "B"))
				apptest.Soon(t, "the service takes calls", func() bool { return paxoskv.Ping() == nil })
				holds(t, "kept", 7, in)
				put(t, i, i, in)
			}
			require.True(t, top.IsAlive(), "it started each of them once")
		})
	}
}
