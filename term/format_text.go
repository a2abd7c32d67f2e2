package term

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ergo-services/ergo/etf"
)

// isPrintable says whether Erlang takes a character as text, when its printable
// range is Unicode.
func isPrintable(r rune) bool {
	switch {
	case r >= ' ' && r <= '~', r >= '\b' && r <= '\r', r == 27:
		return true
	case r >= 0xA0 && r < 0xD800, r > 0xDFFF && r < 0xFFFE, r > 0xFFFF && r <= utf8.MaxRune:
		return true
	}
	return false
}

// printableList returns the characters of a list that is text.
func printableList(l etf.List) ([]rune, bool) {
	if len(l) == 0 {
		return nil, false
	}
	runes := make([]rune, len(l))
	for i, v := range l {
		var n int64
		switch t := v.(type) {
		case int:
			n = int64(t)
		case int64:
			n = t
		default:
			return nil, false
		}
		if n < 0 || n > utf8.MaxRune || !isPrintable(rune(n)) {
			return nil, false
		}
		runes[i] = rune(n)
	}
	return runes, true
}

// latin1 returns the characters of bytes that are text in Latin-1.
func latin1[T string | []byte](b T) ([]rune, bool) {
	runes := make([]rune, len(b))
	for i := range len(b) {
		runes[i] = rune(b[i])
		if !isPrintable(runes[i]) {
			return nil, false
		}
	}
	return runes, true
}

// appendStringText prints a list of bytes.
func appendStringText(dst []byte, s string) []byte {
	if runes, ok := latin1(s); ok {
		return appendQuoted(dst, runes, '"')
	}
	dst = append(dst, '[')
	dst = appendByteItems(dst, []byte(s))
	return append(dst, ']')
}

func appendByteItems(dst, items []byte) []byte {
	for i, b := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, uint64(b), 10)
	}
	return dst
}

// appendBinaryText prints a binary: as text if it is text in UTF-8 or else in
// Latin-1. The mark /utf8 is needed only when the text is more than ASCII.
func appendBinaryText(dst, b []byte) []byte {
	dst = append(dst, "<<"...)
	if runes, ok := utf8Text(b); ok && len(b) > 0 {
		dst = appendQuoted(dst, runes, '"')
		if len(runes) < len(b) {
			dst = append(dst, "/utf8"...)
		}
	} else if runes, ok := latin1(b); ok && len(b) > 0 {
		dst = appendQuoted(dst, runes, '"')
	} else {
		dst = appendByteItems(dst, b)
	}
	return append(dst, ">>"...)
}

// utf8Text returns the characters of bytes that are text in UTF-8.
func utf8Text(b []byte) ([]rune, bool) {
	if !utf8.Valid(b) {
		return nil, false
	}
	runes := []rune(string(b))
	for _, r := range runes {
		if !isPrintable(r) {
			return nil, false
		}
	}
	return runes, true
}

func appendBitstringText(dst []byte, s Bitstring) []byte {
	last := len(s.Bytes) - 1
	dst = appendByteItems(append(dst, "<<"...), s.Bytes[:last])
	if last > 0 {
		dst = append(dst, ',')
	}
	return fmt.Appendf(dst, "%d:%d>>", s.Bytes[last]>>(8-s.Bits), s.Bits)
}

// appendAtomText prints an atom, in quotes if it needs them.
func appendAtomText(dst []byte, a etf.Atom) []byte {
	if isBareAtom(string(a)) {
		return append(dst, a...)
	}
	return appendQuoted(dst, []rune(a), '\'')
}

// isBareAtom says whether an atom needs no quotes. The words that only OTP 27
// reserves are quoted: every release reads them so.
func isBareAtom(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	if !isLower(first) || reserved[s] || s == "maybe" || s == "else" {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return !isNameRune(r) }) < 0
}

// letters are the control characters that have a letter of their own.
var letters = map[rune]byte{
	'\b': 'b', 127: 'd', 27: 'e', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't', '\v': 'v',
}

// appendQuoted prints characters between quotes, with escapes where needed.
func appendQuoted(dst []byte, runes []rune, quote rune) []byte {
	dst = utf8.AppendRune(dst, quote)
	for _, r := range runes {
		letter, ok := letters[r]
		switch {
		case r == quote || r == '\\':
			dst = utf8.AppendRune(append(dst, '\\'), r)
		case ok:
			dst = append(dst, '\\', letter)
		case r < ' ' || r >= 0x80 && r < 0xA0:
			dst = append(dst, '\\', '0'+byte(r>>6), '0'+byte(r>>3&7), '0'+byte(r&7))
		case !isPrintable(r):
			dst = fmt.Appendf(dst, "\\x{%X}", r)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return utf8.AppendRune(dst, quote)
}

// appendFloatText prints the shortest digits that read back, with a point and an
// exponent only where that is shorter, as Erlang does.
func appendFloatText(dst []byte, f float64) []byte {
	if math.Signbit(f) {
		dst = append(dst, '-')
		f = -f
	}
	var buf [32]byte
	s := strconv.AppendFloat(buf[:0], f, 'e', -1, 64)
	mantissa, exp, _ := strings.Cut(string(s), "e")
	digits := strings.Replace(mantissa, ".", "", 1)
	e, _ := strconv.Atoi(exp)
	if f == 0 {
		return append(dst, "0.0"...)
	}
	if f >= 1<<53 {
		return appendScientific(dst, digits, e)
	}
	return appendDecimal(dst, digits, e+1)
}

func appendScientific(dst []byte, digits string, e int) []byte {
	dst = append(dst, digits[0], '.')
	if len(digits) == 1 {
		dst = append(dst, '0')
	}
	dst = append(dst, digits[1:]...)
	return strconv.AppendInt(append(dst, 'e'), int64(e), 10)
}

// appendDecimal prints 0.DIGITS times ten to the power of place, in the shorter of
// the two notations.
func appendDecimal(dst []byte, digits string, place int) []byte {
	n := len(digits)
	cost := len(strconv.Itoa(place-1)) + 2
	if n == 1 {
		cost++
	}
	switch {
	case place == 0:
		return append(append(dst, "0."...), digits...)
	case place < 0 && 2-place <= cost:
		dst = append(append(dst, "0."...), strings.Repeat("0", -place)...)
		return append(dst, digits...)
	case place >= n && place-n+2 <= cost:
		dst = append(append(dst, digits...), strings.Repeat("0", place-n)...)
		return append(dst, ".0"...)
	case place < 0 || place >= n:
		return appendScientific(dst, digits, place-1)
	}
	dst = append(append(dst, digits[:place]...), '.')
	return append(dst, digits[place:]...)
}
