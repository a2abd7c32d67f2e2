package agent

import (
	"errors"

	"github.com/paxoskv/paxoskv/host"
)

// Held is what a node holds on to: what is left of keys, and of what they were
// tied to.
type Held struct {
	Records  int    // of its acceptor, also of keys that hold nothing
	Stones   int    // of them, those with a tombstone
	Guards   int    // that its acceptor has watched
	Watched  uint64 // processes that its watcher looks after
	Monitors uint64 // that its watcher has
	Core     uint64 // monitors by pid or by name that ergo knows of
	Downs    uint64 // guards seen to be gone since the start
	Sweeps   uint64 // of its watcher since the start
}

// Held tells it.
func (n *Node) Held(_ struct{}, held *Held) error {
	h := host.Find("")
	if h == nil {
		return errors.New("the store does not run")
	}
	s := n.node.Stats()
	*held = Held{Watched: h.Stats.Watched.Load(), Monitors: h.Stats.Monitors.Load(),
		Core: s.MonitorsByPid + s.MonitorsByName, Downs: h.Stats.Downs.Load(), Sweeps: h.Stats.Sweeps.Load()}
	held.Records, held.Stones, held.Guards = h.Held()
	return nil
}
