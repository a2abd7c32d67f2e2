package ext

import "github.com/ergo-services/ergo/etf"

// internMax and internLen bound the table: a peer that names atom after atom costs
// no more than this, the rest are allocated one by one.
const (
	internMax = 4096
	internLen = 255
)

// Intern remembers atoms of one link, so that the node and process names that
// stand in every message are not allocated anew. It belongs to one goroutine;
// a nil *Intern only converts.
type Intern struct{ seen map[string]etf.Atom }

// Atom returns the bytes as an atom.
func (t *Intern) Atom(b []byte) etf.Atom {
	if t == nil {
		return etf.Atom(b)
	}
	if atom, ok := t.seen[string(b)]; ok {
		return atom
	}
	atom := etf.Atom(b)
	if t.seen == nil {
		t.seen = make(map[string]etf.Atom)
	}
	if len(t.seen) < internMax && len(b) <= internLen {
		t.seen[string(atom)] = atom
	}
	return atom
}
