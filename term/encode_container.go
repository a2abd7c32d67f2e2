package term

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"

	"github.com/ergo-services/ergo/etf"
)

// enter refuses a container that lies inside MaxDepth others. It is what ends the
// walk through a value that holds itself.
func enter(v any, depth int) error {
	if depth < MaxDepth {
		return nil
	}
	return &termError{
		goType: typeName(v),
		why:    "nested deeper than the limit, or it holds itself (cyclic)",
		cause:  ErrTooDeep,
	}
}

func (e *encoder) elements(items []etf.Term, depth int) error {
	for i, item := range items {
		if err := e.value(item, depth+1); err != nil {
			return within(err, "[%d]", i)
		}
	}
	return nil
}

func (e *encoder) tuple(t etf.Tuple, depth int) error {
	if err := enter(t, depth); err != nil {
		return err
	}
	e.b = appendTupleHeader(e.b, len(t))
	return e.elements(t, depth)
}

func (e *encoder) list(l etf.List, depth int) error {
	if len(l) == 0 {
		e.b = append(e.b, tagNil)
		return nil
	}
	if err := enter(l, depth); err != nil {
		return err
	}
	start, allBytes := len(e.b), true
	e.b = appendListHeader(e.b, len(l))
	for i, item := range l {
		at := len(e.b)
		if err := e.value(item, depth+1); err != nil {
			return within(err, "[%d]", i)
		}
		allBytes = allBytes && e.b[at] == tagSmallInt
	}
	e.endList(start, len(l), allBytes)
	return nil
}

// endList ends a proper list of n elements that starts at start. One of bytes only
// becomes a string, if it is not too long.
func (e *encoder) endList(start, n int, allBytes bool) {
	e.b = append(e.b, tagNil)
	if allBytes && n <= maxStringLen {
		e.b = packList(e.b, start, n)
	}
}

// improper appends a list whose last element is its tail. With one element it is
// that element, as it is in the external format and in ergo.
func (e *encoder) improper(l etf.ListImproper, depth int) error {
	if len(l) == 0 {
		e.b = append(e.b, tagNil)
		return nil
	}
	if err := enter(l, depth); err != nil {
		return err
	}
	if len(l) == 1 {
		return e.elements(l, depth)
	}
	start, last := len(e.b), len(l)-1
	e.b = appendListHeader(e.b, last)
	if err := e.elements(l[:last], depth); err != nil {
		return err
	}
	tail := len(e.b)
	if err := e.value(l[last], depth+1); err != nil {
		return within(err, "[%d]", last)
	}
	switch e.b[tail] {
	case tagNil, tagString, tagList:
		return e.canonicalFrom(l, start)
	}
	return nil
}

// canonicalFrom brings what was written for v, from start on, into canonical form,
// or notes that it is not.
func (e *encoder) canonicalFrom(v any, start int) error {
	if !e.canon {
		e.plain = false
		return nil
	}
	b, err := canonize(e.b[start:])
	if err != nil {
		return refuseCause(v, err)
	}
	e.b = append(e.b[:start], b[1:]...)
	return nil
}

// raw appends a term that is already encoded, after it has been checked.
func (e *encoder) raw(r Raw, depth int) error {
	b, err := body(r)
	if err == nil {
		err = validBody(b, depth)
	}
	if err != nil {
		return refuseCause(r, err)
	}
	start := len(e.b)
	e.b = append(e.b, b...)
	return e.canonicalFrom(r, start)
}

func (e *encoder) export(x Export) error {
	if x.Arity < 0 || x.Arity > math.MaxInt32 {
		return refuse(x, "arity out of range")
	}
	for _, name := range []etf.Atom{x.Module, x.Function} {
		if why := atomFault(string(name)); why != "" {
			return refuse(x, why)
		}
	}
	e.b = append(e.b, tagExport)
	e.b = appendAtom(e.b, x.Module)
	e.b = appendAtom(e.b, x.Function)
	e.b = appendInt(e.b, int64(x.Arity))
	return nil
}

// funOf is the closure that ergo's type holds.
func funOf(f etf.Function) Fun {
	free := make([]any, len(f.FreeVars))
	for i, v := range f.FreeVars {
		free[i] = v
	}
	return Fun{
		Module: f.Module, Arity: f.Arity, Index: f.Index, Uniq: f.Unique,
		OldIndex: int64(int32(f.OldIndex)), OldUniq: int64(int32(f.OldUnique)),
		Pid: f.Pid, Free: free,
	}
}

// fun appends a closure. Its size, which comes first, is known only at the end.
func (e *encoder) fun(f Fun, depth int) error {
	if err := enter(f, depth); err != nil {
		return err
	}
	for _, name := range []etf.Atom{f.Module, f.Pid.Node} {
		if why := atomFault(string(name)); why != "" {
			return refuse(f, why)
		}
	}
	if f.OldIndex != int64(int32(f.OldIndex)) || f.OldUniq != int64(int32(f.OldUniq)) {
		return refuse(f, "OldIndex and OldUniq have 32 bits")
	}
	e.plain = false
	if e.canon {
		f.Pid = nobody
	}
	e.b = append(e.b, tagNewFun)
	start := len(e.b)
	e.b = append(e.b, 0, 0, 0, 0, f.Arity)
	e.b = append(e.b, f.Uniq[:]...)
	e.b = binary.BigEndian.AppendUint32(e.b, f.Index)
	e.b = binary.BigEndian.AppendUint32(e.b, uint32(len(f.Free)))
	e.b = appendAtom(e.b, f.Module)
	e.b = appendInt(e.b, f.OldIndex)
	e.b = appendInt(e.b, f.OldUniq)
	e.b = appendPid(e.b, f.Pid)
	for i, v := range f.Free {
		if err := e.value(v, depth+1); err != nil {
			return within(err, ".Free[%d]", i)
		}
	}
	binary.BigEndian.PutUint32(e.b[start:], uint32(len(e.b)-start))
	return nil
}

func (e *encoder) etfMap(m etf.Map, depth int) error {
	pairs := make(Map, 0, len(m))
	for k, v := range m {
		pairs = append(pairs, Pair{k, v})
	}
	return e.pairs(pairs, depth)
}

// keyed is one pair on its way into a map: its key in canonical form, to sort and
// compare by, and as it is written.
type keyed struct {
	canon, enc []byte
	pair       Pair
}

// pairs appends a map in the order of the canonical forms of its keys, so that the
// same map always gives the same bytes and a key that comes twice is seen.
func (e *encoder) pairs(m Map, depth int) error {
	if err := enter(m, depth); err != nil {
		return err
	}
	items := make([]keyed, len(m))
	for i, p := range m {
		var err error
		if items[i], err = e.key(p, depth+1); err != nil {
			return within(err, "[key]")
		}
	}
	slices.SortFunc(items, func(a, b keyed) int { return bytes.Compare(a.canon, b.canon) })
	e.b = appendMapHeader(e.b, len(items))
	for i, it := range items {
		if i > 0 && bytes.Equal(items[i-1].canon, it.canon) {
			return within(refuseCause(m, ErrDuplicateKey), "[%s]", short(it.canon))
		}
		e.b = append(e.b, it.enc...)
		if err := e.value(it.pair.Value, depth+1); err != nil {
			return within(err, "[%s]", short(it.canon))
		}
	}
	return nil
}

// key writes the key of a pair, and its canonical form too where that is another.
func (e *encoder) key(p Pair, depth int) (keyed, error) {
	k := newEncoder(e.canon)
	if err := k.value(p.Key, depth); err != nil {
		return keyed{}, err
	}
	canon := k.b
	if !k.canon && !k.plain {
		c := newEncoder(true)
		if err := c.value(p.Key, depth); err != nil {
			return keyed{}, err
		}
		canon = c.b
	}
	e.plain = e.plain && k.plain
	return keyed{canon: canon, enc: k.b[1:], pair: p}, nil
}

// short prints a canonical key for an error message.
func short(canon []byte) string {
	const most = 40
	s := []rune(Format(Raw(canon)))
	if len(s) > most {
		return string(s[:most]) + "..."
	}
	return string(s)
}
