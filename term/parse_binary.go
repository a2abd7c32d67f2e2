package term

import (
	"fmt"
	"math"
	"math/big"
	"strings"
)

// bitBuffer grows bit by bit; n is how many bits it has. The bits of the last byte
// beyond n are 0.
type bitBuffer struct {
	b []byte
	n int
}

// add appends the lowest count bits of v; count is at most 8.
func (w *bitBuffer) add(v byte, count int) {
	if count == 0 {
		return
	}
	v <<= 8 - count
	used := w.n % 8
	if used == 0 {
		w.b = append(w.b, v)
	} else {
		w.b[len(w.b)-1] |= v >> used
		if used+count > 8 {
			w.b = append(w.b, v<<(8-used))
		}
	}
	w.n += count
}

// addBits appends the first count bits of b.
func (w *bitBuffer) addBits(b []byte, count int) {
	for i := 0; count > 0; i++ {
		n := min(count, 8)
		w.add(b[i]>>(8-n), n)
		count -= n
	}
}

func (w *bitBuffer) value() any {
	if w.n%8 == 0 {
		return append([]byte{}, w.b...)
	}
	return Bitstring{Bytes: w.b, Bits: w.n % 8}
}

// segment is one part of a binary: a value (a *big.Int, float64, []rune or
// bitBuffer) and how it is to be written.
type segment struct {
	at     int // Where it stands in the text.
	value  any
	size   int // In units; -1 when not given.
	unit   int // 0 when not given.
	kind   string
	little bool
}

// binary reads a binary or bitstring.
func (p *parser) binary(depth int) (any, error) {
	w, err := p.bitSyntax(depth)
	if err != nil {
		return nil, err
	}
	return w.value(), nil
}

func (p *parser) bitSyntax(depth int) (*bitBuffer, error) {
	p.pos += len("<<")
	w := &bitBuffer{}
	if p.has(">>") {
		return w, nil
	}
	for {
		s, err := p.segment(depth)
		if err != nil {
			return nil, err
		}
		if err := p.write(w, s); err != nil {
			return nil, err
		}
		if p.has(">>") {
			return w, nil
		}
		if err := p.need(",", "',' or '>>'"); err != nil {
			return nil, err
		}
	}
}

func (p *parser) segment(depth int) (segment, error) {
	p.skip()
	s := segment{at: p.pos, size: -1}
	var err error
	if s.value, err = p.segmentValue(depth); err != nil {
		return s, err
	}
	if p.has(":") {
		p.skip()
		n, err := p.natural(math.MaxInt32)
		if err != nil {
			return s, err
		}
		s.size = int(n)
	}
	if p.has("/") {
		if err := p.specifiers(&s); err != nil {
			return s, err
		}
	}
	if s.kind == "" {
		s.kind = "integer"
	}
	return s, nil
}

// segmentValue reads the value of a segment, which may stand in parentheses.
func (p *parser) segmentValue(depth int) (any, error) {
	p.skip()
	if depth >= MaxDepth {
		return nil, p.fail(p.pos, fmt.Sprintf("at most %d levels", MaxDepth))
	}
	switch c := p.peek(); {
	case c == '"':
		return p.strings(true)
	case strings.HasPrefix(p.s[p.pos:], "<<"):
		return p.bitSyntax(depth + 1)
	case c == '(':
		p.pos++
		v, err := p.segmentValue(depth + 1)
		if err != nil {
			return nil, err
		}
		return v, p.need(")", "')'")
	case c == '$', c == '-', c == '+', isDigit(c):
		v, err := p.number()
		return asBig(v), err
	}
	return nil, p.fail(p.pos, "a number, a string or a binary")
}

// asBig undoes finish, so that writers meet integers in one type only.
func asBig(v any) any {
	switch n := v.(type) {
	case int:
		return big.NewInt(int64(n))
	case int64:
		return big.NewInt(n)
	case uint64:
		return new(big.Int).SetUint64(n)
	}
	return v
}

// kinds are the types of segments; two of them have a second name.
var kinds = map[string]string{
	"integer": "integer", "float": "float", "binary": "binary", "bytes": "binary",
	"bitstring": "bitstring", "bits": "bitstring", "utf8": "utf8", "utf16": "utf16", "utf32": "utf32",
}

// specifiers reads the list after the slash.
func (p *parser) specifiers(s *segment) error {
	seen := map[string]bool{}
	for {
		p.skip()
		at, word := p.pos, p.name()
		group, err := p.specifier(s, word)
		if err != nil {
			return err
		}
		if seen[group] {
			return p.fail(at, "one "+group+" only")
		}
		seen[group] = true
		if !p.has("-") {
			return p.checkSpec(s)
		}
	}
}

// specifier takes one word of the list and says which property it sets.
func (p *parser) specifier(s *segment, word string) (group string, err error) {
	at := p.pos
	p.pos += len(word)
	switch word {
	case "signed", "unsigned":
		return "signedness", nil
	case "big", "little":
		s.little = word == "little"
		return "endianness", nil
	case "unit":
		if err := p.need(":", "':'"); err != nil {
			return "", err
		}
		p.skip()
		n, err := p.natural(256)
		if err != nil || n == 0 {
			return "", p.fail(at, "a unit from 1 to 256")
		}
		s.unit = int(n)
		return "unit", nil
	}
	kind, ok := kinds[word]
	if !ok {
		return "", p.fail(at, "a type such as integer, float, binary or utf8, or signed, unsigned, big, little, unit:N")
	}
	s.kind = kind
	return "type", nil
}

// checkSpec refuses what the compiler refuses too.
func (p *parser) checkSpec(s *segment) error {
	switch s.kind {
	case "utf8", "utf16", "utf32":
		if s.size >= 0 || s.unit > 0 {
			return p.fail(s.at, "no size and no unit with "+s.kind)
		}
	case "binary", "bitstring":
	default:
		if s.unit > 0 && s.size < 0 {
			return p.fail(s.at, "a size with the unit")
		}
	}
	return nil
}
