package paxos

import "slices"

// keySet is a set of keys. Most have one: a process that registers a name. Up to a
// few are kept in a slice, which takes a tenth of the memory that a map does.
type keySet struct {
	few  []Key
	many map[Key]struct{}
}

const fewKeys = 8

func (s *keySet) add(key Key) {
	switch {
	case s.many != nil:
		s.many[key] = struct{}{}
	case slices.Contains(s.few, key):
	case len(s.few) < fewKeys:
		s.few = append(s.few, key)
	default:
		s.many = map[Key]struct{}{key: {}}
		for _, k := range s.few {
			s.many[k] = struct{}{}
		}
		s.few = nil
	}
}

func (s *keySet) remove(key Key) {
	delete(s.many, key)
	s.few = slices.DeleteFunc(s.few, func(k Key) bool { return k == key })
}

func (s *keySet) empty() bool { return len(s.few)+len(s.many) == 0 }

// some returns up to most keys, in no order: any of them where there are more.
func (s *keySet) some(most int) []Key {
	keys := slices.Clone(s.few)
	for k := range s.many {
		if len(keys) == most {
			break
		}
		keys = append(keys, k)
	}
	return keys
}
