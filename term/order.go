package term

import (
	"bytes"
	"cmp"
	"math/big"
	"slices"

	"github.com/ergo-services/ergo/etf"
)

// inTermOrder returns the pairs of a map in Erlang's order of their keys. Unlike the
// order of canonical forms this one is made for people to read.
func inTermOrder(m Map) Map {
	out := slices.Clone(m)
	slices.SortFunc(out, func(a, b Pair) int { return compare(a.Key, b.Key) })
	return out
}

// rank is the place of a value's type in Erlang's order of terms. As among the keys
// of a map in Erlang, integers come before floats.
func rank(v any) int {
	switch v.(type) {
	case int, int64, uint64, *big.Int:
		return 0
	case float64:
		return 1
	case bool, etf.Atom:
		return 2
	case etf.Ref:
		return 3
	case Fun, Export:
		return 4
	case Port:
		return 5
	case etf.Pid:
		return 6
	case etf.Tuple:
		return 7
	case Map:
		return 8
	case etf.List, etf.ListImproper, string:
		return 9
	}
	return 10
}

// compare orders values of the types that Decode returns. Identifiers and funs are
// ordered in some fixed way only.
func compare(a, b any) int {
	if c := cmp.Compare(rank(a), rank(b)); c != 0 {
		return c
	}
	switch rank(a) {
	case 0:
		return asBig(a).(*big.Int).Cmp(asBig(b).(*big.Int))
	case 1:
		return cmp.Compare(a.(float64), b.(float64))
	case 2:
		return cmp.Compare(atomOf(a), atomOf(b))
	case 7:
		return compareTuples(a.(etf.Tuple), b.(etf.Tuple))
	case 8:
		return compareMaps(a.(Map), b.(Map))
	case 9:
		return compareLists(a, b)
	case 10:
		return compareBits(a, b)
	}
	x, _ := Key(a)
	y, _ := Key(b)
	return bytes.Compare(x, y)
}

func atomOf(v any) etf.Atom {
	switch v {
	case true:
		return "true"
	case false:
		return "false"
	}
	return v.(etf.Atom)
}

func compareTuples(a, b etf.Tuple) int {
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	return slices.CompareFunc(a, b, func(x, y etf.Term) int { return compare(x, y) })
}

// compareMaps orders by size, then by keys, then by values.
func compareMaps(a, b Map) int {
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	a, b = inTermOrder(a), inTermOrder(b)
	if c := slices.CompareFunc(a, b, func(x, y Pair) int { return compare(x.Key, y.Key) }); c != 0 {
		return c
	}
	return slices.CompareFunc(a, b, func(x, y Pair) int { return compare(x.Value, y.Value) })
}

// compareLists compares element by element; where one list ends its tail is
// compared with the rest of the other.
func compareLists(a, b any) int {
	x, xtail := cells(a)
	y, ytail := cells(b)
	n := min(len(x), len(y))
	for i := range n {
		if c := compare(x[i], y[i]); c != 0 {
			return c
		}
	}
	xends, yends := len(x) == n, len(y) == n
	switch {
	case xends && yends:
		return compareTails(xtail, ytail)
	case xends:
		return cmp.Compare(tailRank(xtail), 9)
	}
	return cmp.Compare(9, tailRank(ytail))
}

// tailRank puts the empty list, which ends a proper list, just before other lists.
func tailRank(tail any) float64 {
	if tail == nil {
		return 8.5
	}
	return float64(rank(tail))
}

func compareTails(a, b any) int {
	if a == nil || b == nil {
		return cmp.Compare(tailRank(a), tailRank(b))
	}
	return compare(a, b)
}

// cells returns the elements of a list, and its tail or nil for the empty list.
func cells(v any) ([]etf.Term, any) {
	switch t := v.(type) {
	case etf.List:
		return t, nil
	case etf.ListImproper:
		return t[:len(t)-1], t[len(t)-1]
	case string:
		items := make([]etf.Term, len(t))
		for i := range len(t) {
			items[i] = int(t[i])
		}
		return items, nil
	}
	return nil, nil
}

// compareBits compares binaries and bitstrings as strings of bits.
func compareBits(a, b any) int {
	x, xbits := bitsOf(a)
	y, ybits := bitsOf(b)
	if c := bytes.Compare(x, y); c != 0 {
		return c
	}
	return cmp.Compare(xbits, ybits)
}

func bitsOf(v any) ([]byte, int) {
	switch t := v.(type) {
	case []byte:
		return t, 8
	case Bitstring:
		return t.Bytes, t.Bits
	}
	return nil, 0
}
