package host

import (
	"sync"

	"github.com/paxoskv/paxoskv/paxos"
)

// learnedMost bounds what a node remembers beyond what its acceptor holds.
const learnedMost = 1 << 20

// learned is what a bucket on this node knows to be chosen, the newest entry of
// each key. It answers reads of entries without guards, which never change, and
// reads that may be stale.
type learned struct {
	mu      sync.RWMutex
	entries map[paxos.Key]*paxos.Entry
	cluster paxos.ClusterID
}

// keep takes an entry, and says whether it is newer than what was known.
func (l *learned) keep(x paxos.Learned) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if x.Cluster != l.cluster {
		return false // chosen by a former cluster, and come late
	}
	old := l.entries[x.Key]
	if old != nil && !old.Rev.Less(x.Entry.Rev) {
		return false
	}
	if l.entries == nil {
		l.entries = make(map[paxos.Key]*paxos.Entry)
	}
	if x.Entry.Tombstone {
		// Nothing needs it but the order of revs, and forgetting it is no harm: an
		// older entry with guards is only ever read as stale.
		delete(l.entries, x.Key)
		return true
	}
	if len(l.entries) >= learnedMost {
		for k := range l.entries { // any one
			delete(l.entries, k)
			break
		}
	}
	l.entries[x.Key] = x.Entry
	return true
}

// get returns the newest live entry known, and whether it is the answer for
// good: it has no guards, so no query can find another.
func (l *learned) get(k paxos.Key) (e *paxos.Entry, final bool) {
	l.mu.RLock()
	e = l.entries[k]
	l.mu.RUnlock()
	return e, e != nil && len(e.Guards) == 0
}

// enter forgets everything when the node comes to another cluster, which may
// not have kept all that the former one chose.
func (l *learned) enter(c paxos.ClusterID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cluster != c {
		l.entries, l.cluster = nil, c
	}
}
