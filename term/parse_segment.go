package term

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

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
