// Package pulse sends an actor a message of its own at a steady pace, and never
// after its end: ergo clears a process that ends while others may still send to
// it, and a timer that it left behind would race with that.
package pulse

import (
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
)

// Every sends message to p now and every d from then on, until stop is called,
// which the actor does in Terminate; after stop has returned, nothing is sent.
// A beat that finds the mailbox full is lost, and the next one comes all the same.
func Every(p gen.Process, d time.Duration, message etf.Term) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		t := time.NewTicker(d)
		defer t.Stop()
		for {
			_ = p.Send(p.Self(), message)
			select {
			case <-t.C:
			case <-quit:
				return
			}
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}
