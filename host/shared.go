package host

import "sync"

// shared has all who ask the same at the same time share one answer.
type shared[K comparable, V any] struct {
	mu      sync.Mutex
	waiting map[K][]func(V)
}

// join has end called with the next answer to k. Who joins first, as it says,
// sees to it that there is one.
func (s *shared[K, V]) join(k K, end func(V)) (first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == nil {
		s.waiting = make(map[K][]func(V))
	}
	first = len(s.waiting[k]) == 0
	s.waiting[k] = append(s.waiting[k], end)
	return first
}

// answer gives all who wait for k its answer; nobody may wait.
func (s *shared[K, V]) answer(k K, v V) {
	s.mu.Lock()
	ends := s.waiting[k]
	delete(s.waiting, k)
	s.mu.Unlock()
	for _, end := range ends {
		end(v)
	}
}
