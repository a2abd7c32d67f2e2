package tests

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/tests/cluster"
)

// writers put one key after the other while something happens to the cluster.
// They keep what was acknowledged.
type writers struct {
	t     *testing.T
	stop  chan struct{}
	group sync.WaitGroup
	acks  []*atomic.Int64 // of each writer

	mu    sync.Mutex
	acked map[string]cluster.Result
	named map[string]int // errors that were borne, by text
}

// write starts clients on each of the nodes. Every key is put by one client on
// each node, with values of their own: all must get the same. Errors that bear
// accepts are counted, any other fails the test.
func write(t *testing.T, clients int, bear func(error) bool, nodes ...*cluster.Node) *writers {
	w := &writers{t: t, stop: make(chan struct{}), acked: make(map[string]cluster.Result), named: make(map[string]int)}
	for client := range clients {
		for _, n := range nodes {
			acks := new(atomic.Int64)
			w.acks = append(w.acks, acks)
			w.group.Go(func() { w.run(n, client, acks, bear) })
		}
	}
	t.Cleanup(func() { w.end() })
	return w
}

func (w *writers) run(n *cluster.Node, client int, acks *atomic.Int64, bear func(error) bool) {
	for i := 0; ; i++ {
		select {
		case <-w.stop:
			return
		default:
		}
		key := fmt.Sprintf("%d of %d", i, client)
		r, _, err := settle(n, key, atom("%s", n.Name))
		if err != nil {
			if !bear(err) {
				w.t.Errorf("put %q on %s: %v", key, n.Name, err)
				return
			}
			w.mu.Lock()
			w.named[err.Error()]++
			w.mu.Unlock()
			continue
		}
		w.keep(key, r)
		acks.Add(1)
	}
}

// keep takes an acknowledged value; it must be that of all others.
func (w *writers) keep(key string, r cluster.Result) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if old, known := w.acked[key]; known && (old.Value != r.Value.(etf.Atom) || old.Rev != r.Rev) {
		w.t.Errorf("%q was acknowledged as %v of %v and as %v of %v", key, old.Value, old.Rev, r.Value, r.Rev)
	}
	w.acked[key] = r
}

// progress waits until every writer has had so many more puts acknowledged.
func (w *writers) progress(more int64) {
	w.t.Helper()
	for i, acks := range w.acks {
		from := acks.Load()
		cluster.Eventually(w.t, fmt.Sprintf("writer %d goes on", i), func() (bool, any) {
			return acks.Load() >= from+more || w.t.Failed(), acks.Load()
		})
	}
	require.False(w.t, w.t.Failed())
}

// end stops the writers and waits for them.
func (w *writers) end() {
	w.mu.Lock()
	select {
	case <-w.stop:
	default:
		close(w.stop)
	}
	w.mu.Unlock()
	w.group.Wait()
}

// check reads all that was acknowledged, on all nodes.
func (w *writers) check(nodes ...*cluster.Node) {
	w.t.Helper()
	require.NotEmpty(w.t, w.acked)
	var readers []func()
	for _, n := range nodes {
		readers = append(readers, func() {
			for key, want := range w.acked {
				r, err := n.Get(key)
				if err != nil || r.Value != want.Value || r.Rev != want.Rev {
					w.t.Errorf("%q was acknowledged as %v of %v; on %s it is %v of %v, %v",
						key, want.Value, want.Rev, n.Name, r.Value, r.Rev, err)
					return
				}
			}
		})
	}
	together(readers...)
	require.False(w.t, w.t.Failed())
}

// none bears no error.
func none(error) bool { return false }

// of bears some.
func of(errs ...error) func(error) bool {
	return func(err error) bool {
		for _, e := range errs {
			if errors.Is(err, e) {
				return true
			}
		}
		return false
	}
}
