package app_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/app"
	"github.com/paxoskv/paxoskv/app/apptest"
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/sup"
)

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// The application brings the cluster service and the default bucket, and logs what
// becomes of the network.
func TestApplication(t *testing.T) {
	var log buffer
	n := apptest.Node(t, app.New(host.Options{Size: 1, Logger: slog.New(slog.NewTextHandler(&log, nil))}))
	apptest.Ready(t)
	apptest.Soon(t, "the log tells of the quorum", func() bool {
		return bytes.Contains([]byte(log.String()), []byte("1 of 1 nodes [quorum:yes]"))
	})
	for _, name := range []string{"PaxosKV.Cluster", "PaxosKV.Watcher", "PaxosKV.Proposer", "PaxosKV.Acceptor", "PaxosKV.Learner"} {
		require.NotNil(t, n.ProcessByName(name), name)
	}
	require.Equal(t, app.Name, n.WhichApplications()[0].Name)

	_, err := paxoskv.Put(apptest.Context(t), "k", 7)
	require.NoError(t, err)
}

// A second cluster service beside the application's is a clear error.
func TestSecondClusterService(t *testing.T) {
	n := apptest.Store(t)
	for _, s := range []gen.ProcessBehavior{sup.Cluster(host.Options{}), sup.Bucket(host.DefaultBucket)} {
		_, err := n.Spawn("", gen.ProcessOptions{}, s)
		require.ErrorIs(t, err, host.ErrAlreadyStarted)
	}
}

// Callers whose requests are under way when the proposer ends are told so, those of
// reads too; the end of the learner ends none.
func TestRequestsUnderWay(t *testing.T) {
	n := withoutQuorum(t)
	ended := make(chan error, 1)
	go func() {
		_, err := paxoskv.Put(context.Background(), "go", 1)
		ended <- err
	}()
	callers := map[string]*apptest.Actor{toProposer: apptest.Spawn(t, n), toLearner: apptest.Spawn(t, n)}
	replies := map[string]chan etf.Term{toProposer: make(chan etf.Term, 1), toLearner: make(chan etf.Term, 1)}
	for server, message := range map[string]etf.Term{
		toProposer: tuple{atom("put"), "k", 1, list{}},
		toLearner:  tuple{atom("get"), "k", list{tuple{atom("timeout"), 3000}}},
	} {
		go func() { replies[server] <- callers[server].Ask(t, server, message) }()
	}
	stats := &host.Find("").Stats
	apptest.Soon(t, "all are under way", func() bool { return stats.Puts.Load() == 2 && stats.Gets.Load() == 1 })
	end := func(name string) {
		_, _ = n.ProcessByName("PaxosKV.Sup").Children() // it is done with the last restart
		old := n.ProcessByName(name)
		old.Kill()
		apptest.Soon(t, "it runs again", func() bool {
			p := n.ProcessByName(name)
			return p != nil && p.Self() != old.Self()
		})
	}
	end(toLearner)
	require.Empty(t, replies[toLearner])
	require.Empty(t, ended)
	all := func() bool { return len(ended) == 1 && len(replies[toProposer]) == 1 && len(replies[toLearner]) == 1 }
	for kills := 0; !all(); kills++ {
		// One that was counted may have begun just after: then the next end is its.
		require.Less(t, kills, 9)
		end(toProposer)
		apptest.Within(time.Second, all)
	}
	require.ErrorIs(t, apptest.Receive(t, "the Go caller", ended), paxoskv.ErrClosed)
	for server, c := range replies {
		require.Equal(t, failed(atom("closed")), apptest.Receive(t, server, c))
	}
}

// A subscriber is told the present state, and is forgotten with the service that
// it subscribed to, or when it ends.
func TestSubscribers(t *testing.T) {
	n := apptest.Store(t)
	a := apptest.Spawn(t, n)
	reached := func() {
		t.Helper()
		require.Equal(t, atom("quorum_reached"), apptest.Receive(t, "the present state", a.Messages))
	}
	require.NoError(t, paxoskv.Subscribe(a.Self()))
	reached()
	require.NoError(t, paxoskv.Subscribe(a.Self()))
	reached()
	service := func() []etf.Pid { return n.ProcessByName(host.ClusterName).Monitors() }
	require.Equal(t, []etf.Pid{a.Self()}, service(), "it is monitored once")
	require.NoError(t, paxoskv.Unsubscribe(a.Self()))
	apptest.Soon(t, "it is forgotten", func() bool { return len(service()) == 0 })

	require.Equal(t, atom("ok"), a.Ask(t, host.ClusterName, tuple{atom("subscribe"), a.Self()}))
	reached()
	old := n.ProcessByName(host.ClusterName)
	old.Kill()
	apptest.Soon(t, "it runs again", func() bool {
		p := n.ProcessByName(host.ClusterName)
		return p != nil && p.Self() != old.Self() && paxoskv.Ping() == nil
	})
	require.Empty(t, service(), "a restart loses subscribers")
	require.NoError(t, paxoskv.Subscribe(a.Self()))
	reached()

	b := apptest.Spawn(t, n)
	require.NoError(t, paxoskv.Subscribe(b.Self()))
	require.Equal(t, atom("quorum_reached"), apptest.Receive(t, "the present state", b.Messages))
	b.Kill()
	apptest.Soon(t, "one that ended is forgotten", func() bool { return len(service()) == 1 })
	require.Empty(t, a.Messages)
}
