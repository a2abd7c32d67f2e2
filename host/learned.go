package host

import (
	"sync"
	"sync/atomic"

	"github.com/paxoskv/paxoskv/paxos"
)

// learned is what a bucket on this node knows to be chosen, the newest entry of
// each key. It answers reads of entries without guards, which never change, and
// reads that may be stale.
type learned struct {
	// limits are the node's; the default ones where it is nil.
	limits *atomic.Pointer[Limits]

	mu      sync.RWMutex
	entries map[paxos.Key]*paxos.Entry
	// bytes are about what entries take.
	bytes   int
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
		l.forget(x.Key, old)
		return true
	}
	l.forget(x.Key, old)
	l.entries[x.Key] = x.Entry
	l.bytes += learnedBytes(x.Key, x.Entry)
	for k, e := range l.entries { // any ones, the one just learned too
		if l.bytes <= l.most() {
			break
		}
		l.forget(k, e)
	}
	return true
}

// learnedBytes is about what an entry takes in memory; see BenchmarkMemory.
func learnedBytes(k paxos.Key, e *paxos.Entry) int { return 96 + len(k) + e.Weight() }

func (l *learned) forget(k paxos.Key, e *paxos.Entry) {
	if e != nil {
		delete(l.entries, k)
		l.bytes -= learnedBytes(k, e)
	}
}

func (l *learned) most() int {
	if l.limits == nil {
		return DefaultLimits.Learned
	}
	return l.limits.Load().Learned
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
		l.entries, l.bytes, l.cluster = nil, 0, c
	}
}
