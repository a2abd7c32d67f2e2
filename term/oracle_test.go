package term

import (
	"bytes"
	"math"
	"math/big"
	"math/rand"
	"testing"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"
)

// same is a second, dumb implementation of =:= on Go values. It knows nothing of
// the external format: it looks at both values side by side.
func same(a, b any) bool {
	a, b = plainGo(a), plainGo(b)
	switch x := a.(type) {
	case *big.Int:
		y, ok := b.(*big.Int)
		return ok && x.Cmp(y) == 0
	case float64:
		y, ok := b.(float64)
		return ok && x == y && math.Signbit(x) == math.Signbit(y)
	case etf.Tuple:
		y, ok := b.(etf.Tuple)
		return ok && sameItems(x, y)
	case list:
		y, ok := b.(list)
		if !ok || !sameItems(x.items, y.items) || (x.tail == nil) != (y.tail == nil) {
			return false
		}
		return x.tail == nil || same(x.tail, y.tail)
	case Map:
		y, ok := b.(Map)
		return ok && sameMaps(x, y)
	case Bitstring:
		y, ok := b.(Bitstring)
		return ok && x.Bits == y.Bits && bytes.Equal(x.Bytes, y.Bytes)
	case Fun:
		y, ok := b.(Fun)
		return ok && sameFuns(x, y)
	}
	switch b.(type) {
	case *big.Int, etf.Tuple, list, Map, Bitstring, Fun:
		return false
	}
	return a == b
}

type list struct {
	items []any
	tail  any
}

// octets is a comparable stand-in for bytes.
type octets string

func sameItems[T any](a, b []T) bool {
	for i := 0; i < len(a) && i < len(b); i++ {
		if !same(a[i], b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}

func sameMaps(a, b Map) bool {
	for _, p := range a {
		found := false
		for _, q := range b {
			found = found || same(p.Key, q.Key) && same(p.Value, q.Value)
		}
		if !found {
			return false
		}
	}
	return len(a) == len(b)
}

func sameFuns(a, b Fun) bool {
	return a.Module == b.Module && a.Arity == b.Arity && a.Index == b.Index && a.Uniq == b.Uniq &&
		a.OldIndex == b.OldIndex && a.OldUniq == b.OldUniq && sameItems(a.Free, b.Free)
}

// plainGo brings the many ways to write a term in Go down to one.
func plainGo(v any) any {
	switch t := v.(type) {
	case nil:
		return list{}
	case bool:
		if t {
			return etf.Atom("true")
		}
		return etf.Atom("false")
	case int:
		return big.NewInt(int64(t))
	case int32:
		return big.NewInt(int64(t))
	case int64:
		return big.NewInt(t)
	case uint8:
		return big.NewInt(int64(t))
	case uint64:
		return new(big.Int).SetUint64(t)
	case float32:
		return float64(t)
	case []byte:
		return octets(t)
	case etf.String:
		return octets(t)
	case string:
		l := list{}
		for _, c := range []byte(t) {
			l.items = append(l.items, int(c))
		}
		return l
	case etf.Charlist:
		l := list{}
		for _, c := range string(t) {
			l.items = append(l.items, int(c))
		}
		return l
	case []int32:
		l := list{}
		for _, c := range t {
			l.items = append(l.items, c)
		}
		return l
	case etf.List:
		l := list{}
		for _, x := range t {
			l.items = append(l.items, x)
		}
		return l
	case etf.ListImproper:
		return plainImproper(t)
	case etf.Map:
		m := Map{}
		for k, x := range t {
			m = append(m, Pair{k, x})
		}
		return m
	case etf.Alias:
		return etf.Ref(t)
	case etf.Port:
		return Port{t.Node, uint64(t.ID), t.Creation}
	}
	return v
}

func plainImproper(t etf.ListImproper) any {
	if len(t) == 0 {
		return list{}
	}
	tail := plainGo(t[len(t)-1])
	if len(t) == 1 {
		return tail
	}
	l := list{tail: tail}
	for _, x := range t[:len(t)-1] {
		l.items = append(l.items, x)
	}
	if rest, ok := tail.(list); ok {
		l.items = append(l.items, rest.items...)
		l.tail = rest.tail
	}
	return l
}

// leaves are few, so that random terms are often the same.
var leaves = []any{
	nil, true, false, etf.Atom("true"), etf.Atom("a"), etf.Atom(""), etf.Atom("å"),
	0, 1, int32(1), uint8(1), int64(1), 97, uint64(97), big.NewInt(97), -1, 256, 1 << 40, big.NewInt(1 << 40),
	new(big.Int).Lsh(big.NewInt(1), 64), uint64(1 << 63), int64(math.MinInt64),
	0.0, math.Copysign(0, -1), 1.0, float32(1), 97.0, 1.5,
	"", "a", "ab", etf.Charlist("a"), etf.Charlist("å"), "\xe5", etf.List{97}, etf.List{uint8(97), 98.0}, []int32{97, 98},
	[]byte{}, []byte("a"), etf.String("a"), []byte{0xa0},
	Bitstring{[]byte{0xa0}, 3}, Bitstring{[]byte{0xa0}, 4},
	etf.Pid{Node: "a@b", ID: 1, Creation: 1}, etf.Pid{Node: "a@b", ID: 1, Creation: 2}, etf.Pid{Node: "a@b", ID: 1 << 32, Creation: 1},
	etf.Ref{Node: "a@b", ID: [5]uint32{1, 2, 3}}, etf.Alias{Node: "a@b", ID: [5]uint32{1, 2, 3}}, etf.Ref{Node: "a@b", ID: [5]uint32{1, 2, 3, 0, 4}},
	Port{Node: "a@b", ID: 1}, etf.Port{Node: "a@b", ID: 1}, Port{Node: "a@b", ID: 1 << 40},
	Export{Module: "a", Function: "b", Arity: 1}, Export{Module: "a", Function: "b", Arity: 2},
	Fun{Module: "a", Pid: etf.Pid{Node: "a@b"}}, Fun{Module: "a"}, Fun{Module: "a", Free: []any{"a"}}, Fun{Module: "a", Free: []any{etf.List{97}}},
	etf.List{}, etf.Tuple{}, Map{}, etf.Map{},
}

// randomTerm builds a value of at most the given depth.
func randomTerm(r *rand.Rand, depth int) any {
	if depth == 0 || r.Intn(3) == 0 {
		return leaves[r.Intn(len(leaves))]
	}
	n := r.Intn(3)
	items := make([]etf.Term, n)
	for i := range items {
		items[i] = randomTerm(r, depth-1)
	}
	switch r.Intn(4) {
	case 0:
		return etf.Tuple(items)
	case 1:
		return etf.List(items)
	case 2:
		return append(etf.ListImproper(items), randomTerm(r, depth-1))
	}
	m := Map{}
	for _, k := range items {
		if !hasKey(m, k) {
			m = append(m, Pair{k, randomTerm(r, depth-1)})
		}
	}
	return m
}

func hasKey(m Map, k any) bool {
	for _, p := range m {
		if same(p.Key, k) {
			return true
		}
	}
	return false
}

// disagreement looks for two terms of which a key function and the oracle do not
// say the same.
func disagreement(t *testing.T, key func(any) ([]byte, error), rounds int) (a, b any, found bool) {
	t.Helper()
	r := rand.New(rand.NewSource(1))
	for range rounds {
		var terms []any
		for range 24 {
			terms = append(terms, randomTerm(r, 3))
		}
		keys := make([][]byte, len(terms))
		for i, v := range terms {
			var err error
			keys[i], err = key(v)
			require.NoError(t, err, "%#v", v)
		}
		for i := range terms {
			for j := range i {
				if bytes.Equal(keys[i], keys[j]) != same(terms[i], terms[j]) {
					return terms[i], terms[j], true
				}
			}
		}
	}
	return nil, nil, false
}

func TestKeyAgreesWithOracle(t *testing.T) {
	a, b, found := disagreement(t, Key, 2000)
	require.False(t, found, "%#v and %#v", a, b)
	viaBytes := func(v any) ([]byte, error) {
		b, err := Encode(v)
		if err != nil {
			return nil, err
		}
		return KeyOfETF(b)
	}
	a, b, found = disagreement(t, viaBytes, 500)
	require.False(t, found, "%#v and %#v", a, b)
	asText := func(v any) ([]byte, error) {
		x, err := Parse(Format(v))
		if err != nil {
			return nil, err
		}
		return Key(x)
	}
	a, b, found = disagreement(t, asText, 500)
	require.False(t, found, "%#v and %#v", a, b)
}

// The check above finds the faults that one would make.
func TestOracleFindsPlantedFaults(t *testing.T) {
	faults := map[string]func(v any) any{
		"floats and integers mixed up": func(v any) any {
			if f, ok := v.(float64); ok && f == math.Trunc(f) {
				return int(f)
			}
			return v
		},
		"negative zero forgotten": func(v any) any {
			if v == 0.0 {
				return 0.0
			}
			return v
		},
		"creation of a pid forgotten": func(v any) any {
			if p, ok := v.(etf.Pid); ok {
				p.Creation = 0
				return p
			}
			return v
		},
		"a bitstring taken for a binary": func(v any) any {
			if s, ok := v.(Bitstring); ok {
				return s.Bytes
			}
			return v
		},
		"the last word of a reference forgotten": func(v any) any {
			if r, ok := v.(etf.Ref); ok {
				r.ID[4] = 0
				return r
			}
			return v
		},
		"an empty tuple taken for an empty list": func(v any) any {
			if x, ok := v.(etf.Tuple); ok && len(x) == 0 {
				return nil
			}
			return v
		},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			_, _, found := disagreement(t, func(v any) ([]byte, error) { return Key(mapTerm(v, fault)) }, 2000)
			require.True(t, found)
		})
	}
	t.Run("no canonical form at all", func(t *testing.T) {
		_, _, found := disagreement(t, Encode, 200)
		require.True(t, found)
	})
}

// mapTerm applies f to the leaves of tuples and lists, and to the term itself.
func mapTerm(v any, f func(any) any) any {
	switch t := v.(type) {
	case etf.Tuple:
		if len(t) > 0 {
			out := make(etf.Tuple, len(t))
			for i := range t {
				out[i] = mapTerm(t[i], f)
			}
			return out
		}
	case etf.List:
		out := make(etf.List, len(t))
		for i := range t {
			out[i] = mapTerm(t[i], f)
		}
		return out
	}
	return f(v)
}
