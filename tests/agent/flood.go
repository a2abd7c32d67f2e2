package agent

import (
	"context"
	"errors"
	"fmt"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/host"
)

// Flood is many puts at once, of keys that begin with Prefix.
type Flood struct {
	Prefix   string
	Requests int
	// Value is the length of each value.
	Value   int
	Timeout time.Duration
}

// Flooded says how they ended, and how much memory the node had at most.
type Flooded struct {
	OK, Busy int
	Others   map[string]int // errors, by text
	Peak     uint64
	Took     time.Duration
}

// Flood begins all the puts of f without waiting for one of them, and returns when
// all have ended.
func (n *Node) Flood(f Flood, done *Flooded) error {
	h := host.Find("")
	if h == nil {
		return errors.New("the store does not run")
	}
	b := h.Bucket(host.DefaultBucket)
	ctx, cancel := context.WithTimeout(context.Background(), f.Timeout)
	defer cancel()
	var mu sync.Mutex
	var ends sync.WaitGroup
	done.Others = make(map[string]int)
	began, peak := time.Now(), watchMemory()
	value := make([]byte, f.Value)
	for i := range f.Requests {
		ends.Add(1)
		b.Put(ctx, host.Query{Key: fmt.Sprint(f.Prefix, i), Value: value}, func(_ host.Answer, err error) {
			mu.Lock()
			defer mu.Unlock()
			defer ends.Done()
			switch {
			case err == nil:
				done.OK++
			case errors.Is(err, paxoskv.ErrBusy):
				done.Busy++
			default:
				done.Others[err.Error()]++
			}
		})
	}
	ends.Wait()
	done.Took, done.Peak = time.Since(began), peak()
	return nil
}

// Memory is how many bytes the program has in use.
func (n *Node) Memory(_ struct{}, bytes *uint64) error {
	*bytes = memory()
	return nil
}

// memory is what the Go runtime has from the system and has not given back.
func memory() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}

// watchMemory looks at the memory until what it returns is called, which tells the
// most that was seen.
func watchMemory() func() uint64 {
	var most atomic.Uint64
	stop := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			most.Store(max(most.Load(), memory()))
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	})
	return func() uint64 {
		close(stop)
		ended.Wait()
		return most.Load()
	}
}
