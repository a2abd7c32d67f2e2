package term

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
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

// width returns how many bits a segment takes and charges them to the budget.
func (p *parser) width(s segment, fallback, unit int) (int, error) {
	if s.size < 0 {
		return fallback, nil
	}
	if s.unit > 0 {
		unit = s.unit
	}
	n := s.size * unit
	if n > p.bits {
		return 0, fmt.Errorf("%w: %w", p.fail(s.at, "a smaller size"), ErrTooLarge)
	}
	p.bits -= n
	return n, nil
}

// write appends a segment to a binary.
func (p *parser) write(w *bitBuffer, s segment) error {
	if text, ok := s.value.([]rune); ok {
		return p.writeText(w, s, text)
	}
	switch s.kind {
	case "integer":
		if z, ok := s.value.(*big.Int); ok {
			return p.writeInt(w, s, z)
		}
	case "float":
		return p.writeFloat(w, s)
	case "binary", "bitstring":
		if b, ok := s.value.(*bitBuffer); ok {
			return p.writeBinary(w, s, b)
		}
	default:
		if z, ok := s.value.(*big.Int); ok && z.IsInt64() && z.Int64() >= 0 && z.Int64() <= utf8.MaxRune {
			return p.writeRune(w, s, rune(z.Int64()))
		}
	}
	return p.fail(s.at, "a value of the type "+s.kind)
}

// writeText writes each character of a string as a segment of its own.
func (p *parser) writeText(w *bitBuffer, s segment, text []rune) error {
	for _, r := range text {
		if r > 255 && s.kind == "integer" && s.size < 0 {
			return p.fail(s.at, "characters up to 255, or /utf8 after the string")
		}
		s.value = big.NewInt(int64(r))
		if err := p.write(w, s); err != nil {
			return err
		}
	}
	return nil
}

// writeInt writes the lowest bits of an integer, in two's complement.
func (p *parser) writeInt(w *bitBuffer, s segment, z *big.Int) error {
	n, err := p.width(s, 8, 1)
	if err != nil || n == 0 {
		return err
	}
	modulus := new(big.Int).Lsh(big.NewInt(1), uint(n))
	b := new(big.Int).Mod(z, modulus).FillBytes(make([]byte, (n+7)/8))
	whole, odd := n/8, n%8
	if s.little {
		slices.Reverse(b)
		w.addBits(b[:whole], 8*whole)
		w.add(b[len(b)-1], odd)
		return nil
	}
	if odd > 0 {
		w.add(b[0], odd)
		b = b[1:]
	}
	w.addBits(b, 8*whole)
	return nil
}

func (p *parser) writeFloat(w *bitBuffer, s segment) error {
	n, err := p.width(s, 64, 1)
	if err != nil {
		return err
	}
	f, ok := s.value.(float64)
	if z, isInt := s.value.(*big.Int); isInt {
		f, _ = new(big.Float).SetInt(z).Float64()
		ok = true
	}
	var bits uint64
	switch {
	case n == 64:
		bits = math.Float64bits(f)
	case n == 32:
		bits = uint64(math.Float32bits(float32(f)))
		f = float64(float32(f))
	default:
		return p.fail(s.at, "a float of 32 or 64 bits")
	}
	if !ok || math.IsInf(f, 0) {
		return p.fail(s.at, "a float that fits its size")
	}
	s.size, s.unit = n, 1
	p.bits += n // writeInt charges them once more.
	return p.writeInt(w, s, new(big.Int).SetUint64(bits))
}

func (p *parser) writeBinary(w *bitBuffer, s segment, b *bitBuffer) error {
	unit := 8
	if s.kind == "bitstring" {
		unit = 1
	}
	n, err := p.width(s, b.n, unit)
	if err != nil {
		return err
	}
	if n > b.n || s.size < 0 && n%max(s.unit, unit) != 0 {
		return p.fail(s.at, "a binary as long as its size")
	}
	w.addBits(b.b, n)
	return nil
}

// writeRune writes one character in one of the Unicode encodings.
func (p *parser) writeRune(w *bitBuffer, s segment, r rune) error {
	if !utf8.ValidRune(r) {
		return p.fail(s.at, "the code of a character")
	}
	var b []byte
	switch s.kind {
	case "utf8":
		b = utf8.AppendRune(nil, r)
	case "utf16":
		for _, u := range utf16.AppendRune(nil, r) {
			b = appendUnit(b, uint32(u), 2, s.little)
		}
	default:
		b = appendUnit(b, uint32(r), 4, s.little)
	}
	w.addBits(b, 8*len(b))
	return nil
}

// appendUnit appends the lowest n bytes of v.
func appendUnit(b []byte, v uint32, n int, little bool) []byte {
	for i := range n {
		shift := 8 * (n - 1 - i)
		if little {
			shift = 8 * i
		}
		b = append(b, byte(v>>shift))
	}
	return b
}
