package storage

import (
	"slices"
	"sync"

	"github.com/paxoskv/paxoskv/paxos"
)

// Memory stands for a disk in tests: it outlives the stores that are opened on
// it, one after the other, and the nodes that have them.
type Memory struct {
	mu     sync.Mutex
	self   paxos.NodeID
	life   uint64
	writes []paxos.Write
	open   *memoryStore
}

type memoryStore struct {
	disk *Memory
	life uint64
}

// Open begins a life of a node; draw is its incarnation, unless an earlier life
// had a higher one. The store opened before is closed.
func (m *Memory) Open(name string, draw uint64) Store {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.life = max(draw, m.life+1)
	if m.self.IsZero() {
		m.self = paxos.NodeID{Name: name, Incarnation: m.life}
	}
	m.open = &memoryStore{m, m.life}
	return m.open
}

func (s *memoryStore) Self() paxos.NodeID { return s.disk.self }
func (s *memoryStore) Life() uint64       { return s.life }

func (s *memoryStore) Load(f func(paxos.Write)) error {
	s.disk.mu.Lock()
	ws := slices.Clone(s.disk.writes)
	s.disk.mu.Unlock()
	for _, w := range ws {
		f(w)
	}
	return nil
}

func (s *memoryStore) Append(ws []paxos.Write) error {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	if s.disk.open != s {
		return ErrClosed
	}
	s.disk.writes = append(s.disk.writes, ws...)
	return nil
}

func (s *memoryStore) Close() error {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	if s.disk.open == s {
		s.disk.open = nil
	}
	return nil
}
