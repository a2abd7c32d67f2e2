package term

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

func isAtomTag(tag byte) bool {
	return tag == tagAtomUTF8 || tag == tagSmallUTF8 || tag == tagAtomLatin1 || tag == tagSmallLatin1
}

func isPidTag(tag byte) bool { return tag == tagNewPid || tag == tagPid }

func isIntTag(tag byte) bool { return tag == tagSmallInt || tag == tagInt }

// expect reads one leaf whose tag must be of a kind.
func (c *canon) expect(what string, kind func(byte) bool) error {
	tag := c.peek()
	if !kind(tag) {
		return badETF(nil, "tag %d where the %s should be", tag, what)
	}
	c.b = c.b[1:]
	return c.leaf(int(tag))
}

// leaf reads a term that holds no other terms, but atoms and numbers of its own.
func (c *canon) leaf(tag int) error {
	switch tag {
	case tagSmallInt, tagInt, tagSmallBig, tagLargeBig:
		return c.integer(tag)
	case tagFloat, tagFloatText:
		return c.float(tag)
	case tagAtomLatin1, tagSmallLatin1, tagAtomUTF8, tagSmallUTF8:
		return c.atom(tag)
	case tagNil:
		c.dst = append(c.dst, tagNil)
		return nil
	case tagString:
		s, err := c.str()
		c.dst = appendBytesList(c.dst, s)
		return err
	case tagBinary, tagBitBinary:
		return c.bits(tag)
	case tagPid, tagNewPid:
		return c.pid(tag)
	case tagPort, tagNewPort, tagV4Port:
		return c.port(tag)
	case tagRef, tagNewRef, tagNewerRef:
		return c.ref(tag)
	case tagExport:
		return c.export()
	case tagLocal:
		return badETF(ErrLocalExt, "tag %d", tag)
	case tagCacheRef:
		return badETF(ErrAtomCache, "tag %d", tag)
	}
	return badETF(nil, "unknown tag %d", tag)
}

func (c *canon) integer(tag int) error {
	switch tag {
	case tagSmallInt:
		n, err := c.u8()
		c.dst = appendInt(c.dst, int64(n))
		return err
	case tagInt:
		n, err := c.u32()
		c.dst = appendInt(c.dst, int64(int32(n)))
		return err
	}
	n, err := c.bigSize(tag)
	if err != nil {
		return err
	}
	b, err := c.take(1 + n)
	if err != nil {
		return err
	}
	if !c.discard {
		c.dst = appendBigBytes(c.dst, b[0], b[1:])
	}
	return nil
}

func (c *canon) bigSize(tag int) (int, error) {
	if tag == tagSmallBig {
		return c.u8()
	}
	return c.size()
}

func (c *canon) float(tag int) error {
	if tag == tagFloatText {
		b, err := c.take(31)
		if err != nil {
			return err
		}
		f, err := floatText(b)
		c.dst = appendFloat(c.dst, f)
		return err
	}
	bits, err := c.u64()
	if err != nil {
		return err
	}
	f := math.Float64frombits(bits)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return badETF(nil, "a float that is not finite")
	}
	c.dst = appendFloat(c.dst, f)
	return nil
}

// floatText reads the old text form of a float, "%.20e" padded with zero bytes. Of
// the forms that Go would read, only the Erlang ones are let through.
func floatText(b []byte) (float64, error) {
	if i := slices.Index(b, 0); i >= 0 {
		b = b[:i]
	}
	s := string(b)
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || !isErlangFloat(digits) {
		return 0, badETF(nil, "float text %q", s)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, badETF(err, "float text")
	}
	return f, nil
}

// isErlangFloat says whether s is digits, a point, digits, and perhaps an exponent.
func isErlangFloat(s string) bool {
	whole, rest, ok := strings.Cut(s, ".")
	fraction, exponent := rest, "0"
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		fraction, exponent = rest[:i], rest[i+1:]
		if exponent != "" && (exponent[0] == '+' || exponent[0] == '-') {
			exponent = exponent[1:]
		}
	}
	return ok && isDigits(whole) && isDigits(fraction) && isDigits(exponent)
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func (c *canon) atom(tag int) error {
	n, err := c.atomSize(tag)
	if err != nil {
		return err
	}
	b, err := c.take(n)
	if err != nil {
		return err
	}
	if tag == tagAtomLatin1 || tag == tagSmallLatin1 {
		return c.latin1(b)
	}
	if !utf8.Valid(b) {
		return badETF(nil, "an atom that is not UTF-8")
	}
	if n > maxAtomChars && utf8.RuneCount(b) > maxAtomChars {
		return badETF(nil, "an atom of more than 255 characters")
	}
	c.dst = appendAtom(c.dst, b)
	return nil
}

func (c *canon) atomSize(tag int) (int, error) {
	if tag == tagSmallUTF8 || tag == tagSmallLatin1 {
		return c.u8()
	}
	return c.u16()
}

// latin1 appends an atom whose characters are bytes.
func (c *canon) latin1(b []byte) error {
	if len(b) > maxAtomChars {
		return badETF(nil, "an atom of more than 255 characters")
	}
	var buf [2 * maxAtomChars]byte
	name := buf[:0]
	for _, ch := range b {
		name = utf8.AppendRune(name, rune(ch))
	}
	c.dst = appendAtom(c.dst, name)
	return nil
}

// str reads what follows the tag of a STRING_EXT.
func (c *canon) str() ([]byte, error) {
	n, err := c.u16()
	if err != nil {
		return nil, err
	}
	return c.take(n)
}

func (c *canon) bits(tag int) error {
	n, err := c.size()
	if err != nil {
		return err
	}
	bits := 8
	if tag == tagBitBinary {
		if bits, err = c.u8(); err != nil {
			return err
		}
		if bits > 8 || (bits == 0) != (n == 0) {
			return badETF(nil, "a bitstring of %d bytes, %d bits in the last", n, bits)
		}
	}
	b, err := c.take(n)
	if err == nil && !c.discard {
		c.dst = appendBits(c.dst, b, bits)
	}
	return err
}
