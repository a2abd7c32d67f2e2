package cluster

import (
	"time"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/tests/agent"
)

// Watch begins paxoskv.Watch on the node, or WatchBucket where key is nil, and
// tells its number.
func (n *Node) Watch(key any) (number int, err error) {
	var w agent.Watch
	if key != nil {
		w.Key = encode(key)
	}
	err = n.ask("Watch", w, &number, DefaultTimeout)
	return number, err
}

// Watched is all that a watch has been told so far.
func (n *Node) Watched(number int) (seen []agent.Sight, err error) {
	err = n.ask("Watched", number, &seen, DefaultTimeout)
	return seen, err
}

// Loss is what Lost told, and when, by agent.Now.
type Loss struct {
	Err error
	At  int64
}

// Lost calls paxoskv.Lost on the node, and hands on what it tells.
func (n *Node) Lost(key any, rev paxoskv.Rev, timeout time.Duration) <-chan Loss {
	lost := make(chan Loss, 1)
	go func() {
		var told agent.Told
		err := n.ask("Lost", agent.Loss{Key: encode(key), Rev: rev, Timeout: timeout}, &told, timeout)
		if err == nil && told.Err != nil {
			err = told.Err
		}
		lost <- Loss{Err: err, At: told.At}
	}()
	return lost
}
