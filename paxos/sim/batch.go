package sim

import (
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Batch is a range of seeds to be run, several at a time; each schedule runs in
// one goroutine.
type Batch struct {
	Profile     Profile
	From, Seeds uint64
	Workers     int
	// Until, where it is set, goes on with further seeds up to that time.
	Until time.Time
	// KeepGoing runs all seeds though some failed.
	KeepGoing bool
	// Change, if not nil, changes the options drawn from each seed.
	Change func(*Options)
	// Every is how often to print how far it is to Progress.
	Every    time.Duration
	Progress io.Writer
}

// Failure is a seed whose schedule broke a rule.
type Failure struct {
	Options   Options
	Violation *Violation
}

// String tells what broke, and how to see it again.
func (f Failure) String() string {
	return fmt.Sprintf("seed %d: %v\n  replay: go test ./paxos/sim -run 'TestSeed$' -sim.profile=%s -sim.seed=%d -sim.trace\n  %s",
		f.Options.Seed, f.Violation, f.Options.Profile, f.Options.Seed, f.Options)
}

// Run runs the batch. Failures come in no order.
func (b *Batch) Run() (Stats, []Failure) {
	var (
		mu       sync.Mutex
		total    Stats
		failures []Failure
		next     atomic.Uint64
		stop     atomic.Bool
		wg       sync.WaitGroup
	)
	next.Store(b.From)
	said := time.Now()
	for range max(1, b.Workers) {
		wg.Go(func() {
			for !stop.Load() {
				seed := next.Add(1) - 1
				if seed >= b.From+b.Seeds && !time.Now().Before(b.Until) {
					return
				}
				o := Draw(b.Profile, seed)
				if b.Change != nil {
					b.Change(&o)
				}
				stats, v := runSafely(o)
				mu.Lock()
				total.Add(stats)
				if v != nil {
					o.Profile = b.Profile
					failures = append(failures, Failure{o, v})
					stop.Store(!b.KeepGoing)
				}
				if b.Progress != nil && b.Every > 0 && time.Since(said) >= b.Every {
					said = time.Now()
					fmt.Fprintf(b.Progress, "%d schedules, %d messages, %d failed\n",
						total.Schedules, total.Messages, len(failures))
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return total, failures
}

// runSafely makes a violation of a panic of the core.
func runSafely(o Options) (stats Stats, v *Violation) {
	defer func() {
		if r := recover(); r != nil {
			v = &Violation{Rule: "panic", What: fmt.Sprintf("%v\n%s", r, debug.Stack())}
		}
	}()
	return Run(o, nil)
}
