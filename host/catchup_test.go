package host

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

// A proposer that starts again while the node adopts a configuration may be left
// with the one before, and nothing ever tells it.
func TestRestartedProposerCatchesUp(t *testing.T) {
	h, b := alone(t)
	var cfg paxos.Config
	h.read(func(r *paxos.Replica) { cfg = r.Member.Config().Clone() })
	var stop atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for !stop.Load() {
			h.Open("B", Proposer)
		}
	})
	for i := 0; i < 3000; i++ {
		cfg = cfg.Clone()
		cfg.Epoch++
		c := cfg
		h.do(func(t *task) {
			t.local = append(t.local, paxos.Envelope{From: h.Self(), To: h.Self(), Body: paxos.ConfigChosen{Config: &c}})
		})
		if i%10 != 9 {
			continue
		}
		stop.Store(true)
		wg.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		done := make(chan error, 1)
		b.Get(ctx, Query{Key: "nothing"}, func(_ Answer, err error) { done <- err })
		for range 20 { // the node goes on ticking
			h.Tick()
		}
		err := <-done
		cancel()
		require.ErrorIs(t, err, ErrNotFound, "epoch %d: a cluster of one, alive, with a quorum (%v)", c.Epoch, h.Quorum())
		stop.Store(false)
		wg.Go(func() {
			for !stop.Load() {
				h.Open("B", Proposer)
			}
		})
	}
	stop.Store(true)
	wg.Wait()
}

// What a task of the former cluster learned comes after the cache entered the
// new one.
func TestNothingIsLearnedOfTheFormerCluster(t *testing.T) {
	h, b := alone(t)
	var cfg paxos.Config
	h.read(func(r *paxos.Replica) { cfg = r.Member.Config().Clone() })
	key, err := b.key("k")
	require.NoError(t, err)
	old := paxos.Learned{Key: key, Entry: &paxos.Entry{Rev: paxos.Ballot{Counter: 9, Proposer: h.Self()}, Value: "\x83a\x01"}}
	h.do(func(t *task) { // a task of cluster X that was overtaken
		b.learned.enter(cfg.Cluster + 2) // what another task's adoption of Y does meanwhile
		t.learned = append(t.learned, old)
	})
	_, final := b.learned.get(key)
	require.False(t, final, "an entry of cluster X is served from memory in cluster Y, for good")
}
