package term

import (
	"cmp"
	"slices"
)

// maps reads a map. Its pairs come out in the order of their keys' canonical forms,
// as from Decode.
func (p *parser) maps(depth int) (any, error) {
	if err := p.need("#", "a term"); err != nil {
		return nil, err
	}
	if err := p.need("{", "'{'"); err != nil {
		return nil, err
	}
	m := Map{}
	if p.has("}") {
		return m, nil
	}
	keys := map[string]bool{}
	var order []string
	for {
		key, pair, err := p.pair(depth, keys)
		if err != nil {
			return nil, err
		}
		keys[key] = true
		order = append(order, key)
		m = append(m, pair)
		if !p.has(",") {
			break
		}
	}
	if err := p.need("}", "',' or '}'"); err != nil {
		return nil, err
	}
	return sortedByKey(m, order), nil
}

// pair reads one association and returns the canonical form of its key, which must
// not be one of keys.
func (p *parser) pair(depth int, keys map[string]bool) (string, Pair, error) {
	p.skip()
	at := p.pos
	k, err := p.term(depth + 1)
	if err != nil {
		return "", Pair{}, err
	}
	key, err := Key(k)
	if err != nil {
		return "", Pair{}, err
	}
	if keys[string(key)] {
		return "", Pair{}, p.fail(at, "a key that the map does not have yet")
	}
	if err := p.need("=>", "'=>'"); err != nil {
		return "", Pair{}, err
	}
	v, err := p.term(depth + 1)
	return string(key), Pair{k, v}, err
}

// sortedByKey sorts m by the canonical keys, of which keys[i] belongs to m[i].
func sortedByKey(m Map, keys []string) Map {
	index := make([]int, len(m))
	for i := range index {
		index[i] = i
	}
	slices.SortFunc(index, func(a, b int) int { return cmp.Compare(keys[a], keys[b]) })
	out := make(Map, len(m))
	for i, from := range index {
		out[i] = m[from]
	}
	return out
}
