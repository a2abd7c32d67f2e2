package cluster

import (
	"testing"
	"time"
)

// Patience is how long Eventually waits: far longer than anything takes on a
// loaded machine, for it is spent only when something is wrong.
const Patience = 60 * time.Second

// pollEvery is how often a condition is looked at.
const pollEvery = 10 * time.Millisecond

// Eventually waits until done says true, and fails the test when Patience is over,
// with the last reason that done gave.
func Eventually(t testing.TB, what string, done func() (ok bool, reason any)) {
	t.Helper()
	deadline := time.Now().Add(Patience)
	for {
		ok, reason := done()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for this: %s; last seen: %v", Patience, what, reason)
		}
		time.Sleep(pollEvery)
	}
}
