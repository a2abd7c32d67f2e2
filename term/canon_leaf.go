package term

import (
	"encoding/binary"
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

// node reads the node name of an identifier.
func (c *canon) node() error { return c.expect("node name", isAtomTag) }

// creation reads a creation: of one byte when tiny, in which only 0 to 3 are valid.
func (c *canon) creation(tiny bool) (uint32, error) {
	if !tiny {
		return c.u32()
	}
	n, err := c.u8()
	if err == nil && n > maxTinyCreate {
		return 0, badETF(nil, "creation %d in one byte", n)
	}
	return uint32(n), err
}

func (c *canon) pid(tag int) error {
	c.dst = append(c.dst, tagNewPid)
	if err := c.node(); err != nil {
		return err
	}
	b, err := c.take(8)
	if err != nil {
		return err
	}
	creation, err := c.creation(tag == tagPid)
	id, serial := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	c.dst = appendPidNumbers(c.dst, id, serial, creation)
	return err
}

func (c *canon) port(tag int) error {
	at := len(c.dst)
	c.dst = append(c.dst, tagNewPort)
	if err := c.node(); err != nil {
		return err
	}
	id, err := c.portID(tag)
	if err != nil {
		return err
	}
	creation, err := c.creation(tag == tagPort)
	if err != nil {
		return err
	}
	c.dst = appendPortNumbers(c.dst, id, creation)
	if !c.discard {
		c.dst[at] = portTag(id)
	}
	return nil
}

func (c *canon) portID(tag int) (uint64, error) {
	if tag == tagV4Port {
		return c.u64()
	}
	id, err := c.u32()
	return uint64(id), err
}

func (c *canon) ref(tag int) error {
	words := 1
	if tag != tagRef {
		n, err := c.u16()
		if err != nil {
			return err
		}
		if n < 1 || n > maxRefWords {
			return badETF(nil, "a reference of %d words", n)
		}
		words = n
	}
	at := len(c.dst)
	c.dst = append(c.dst, tagNewerRef, 0, 0)
	if err := c.node(); err != nil {
		return err
	}
	creation, id, err := c.refNumbers(tag, words)
	if err != nil {
		return err
	}
	if !c.discard {
		n := refWords(id)
		c.dst[at+2] = byte(n)
		c.dst = appendRefNumbers(c.dst, creation, id[:n])
	}
	return nil
}

// refNumbers reads the creation and the words of a reference; in the oldest form
// the creation comes last.
func (c *canon) refNumbers(tag, words int) (creation uint32, id [maxRefWords]uint32, err error) {
	if tag != tagRef {
		if creation, err = c.creation(tag == tagNewRef); err != nil {
			return
		}
	}
	for i := range words {
		if id[i], err = c.u32(); err != nil {
			return
		}
	}
	if tag != tagNewerRef && id[0] >= maxTinyRefNum {
		err = badETF(nil, "first word %d of an old reference", id[0])
		return
	}
	if tag == tagRef {
		creation, err = c.creation(true)
	}
	return
}

func (c *canon) export() error {
	c.dst = append(c.dst, tagExport)
	for range 2 {
		if err := c.expect("name of an export", isAtomTag); err != nil {
			return err
		}
	}
	negative := len(c.b) > 1 && c.b[0] == tagInt && c.b[1] >= 0x80
	if negative {
		return badETF(nil, "a negative arity")
	}
	return c.expect("arity of an export", isIntTag)
}
