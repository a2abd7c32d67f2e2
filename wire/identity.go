package wire

import "github.com/paxoskv/paxoskv/paxos"

// few is how many identities are looked up by walking over them: a frame
// rarely holds more than the members of the cluster. Beyond, a map is built.
const few = 16

// keep is up to how many elements a table is kept for the next frame: one huge
// frame must not cost its memory for ever.
const keep = 1024

// written numbers the identities of the frame that is being written, from 1.
type written struct {
	ids   []paxos.NodeID
	index map[paxos.NodeID]int
}

// number returns the number of n, and whether it was given just now.
func (w *written) number(n paxos.NodeID) (number uint64, isNew bool) {
	if len(w.ids) > few {
		if i, ok := w.index[n]; ok {
			return uint64(i), false
		}
	} else {
		for i := range w.ids {
			if w.ids[i].Incarnation == n.Incarnation && w.ids[i].Name == n.Name {
				return uint64(i + 1), false
			}
		}
	}
	w.add(n)
	return uint64(len(w.ids)), true
}

func (w *written) add(n paxos.NodeID) {
	w.ids = append(w.ids, n)
	switch {
	case len(w.ids) == few+1:
		if w.index == nil {
			w.index = make(map[paxos.NodeID]int, 2*few)
		}
		for i, id := range w.ids {
			w.index[id] = i + 1
		}
	case len(w.ids) > few+1:
		w.index[n] = len(w.ids)
	}
}

func (w *written) reset() {
	if len(w.ids) > keep {
		*w = written{}
		return
	}
	clear(w.ids)
	w.ids = w.ids[:0]
	clear(w.index)
}

// names holds one copy of each name of a node that was read lately, so that a
// name is not allocated again with each frame. It starts over when it is full:
// a cluster does not have so many names, and a peer that makes them up must not
// fill the memory.
type names map[string]string

const maxNames = 1024

func (t *names) intern(b []byte) string {
	if s, ok := (*t)[string(b)]; ok {
		return s
	}
	if *t == nil || len(*t) >= maxNames {
		*t = make(names)
	}
	s := string(b)
	(*t)[s] = s
	return s
}
