package bench

import (
	"errors"
	"sync"
	"testing"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/host"
)

// BenchmarkFlood puts fresh keys, all of them at once.
func BenchmarkFlood(b *testing.B) {
	ctx := ready(b)
	bucket := host.Find("").Bucket(host.DefaultBucket)
	var wg sync.WaitGroup
	var mu sync.Mutex
	busy, failed := 0, 0
	for range b.N {
		wg.Add(1)
		bucket.Put(ctx, host.Query{Key: key(serial.Add(1)), Value: 1}, func(_ host.Answer, err error) {
			defer wg.Done()
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				if errors.Is(err, paxoskv.ErrBusy) {
					busy++
				} else {
					failed++
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(busy), "busy")
	b.ReportMetric(float64(failed), "failed")
}
