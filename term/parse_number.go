package term

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDigits bounds the digits of an integer, because reading them takes a time
// that grows faster than their number.
const maxDigits = 1 << 20

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// number reads an integer, a character or a float, with a sign before it or not.
func (p *parser) number() (any, error) {
	negative := p.peek() == '-'
	if negative || p.peek() == '+' {
		p.pos++
		p.skip()
	}
	var v any
	var err error
	switch c := p.peek(); {
	case c == '$':
		v, err = p.char()
	case isDigit(c):
		v, err = p.unsigned()
	default:
		return nil, p.fail(p.pos, "a number")
	}
	if err != nil || !negative {
		return finish(v), err
	}
	if f, ok := v.(float64); ok {
		return -f, nil
	}
	return finish(v.(*big.Int).Neg(v.(*big.Int))), nil
}

// finish turns a *big.Int into the type that Decode uses for its value.
func finish(v any) any {
	if z, ok := v.(*big.Int); ok {
		return smallest(z)
	}
	return v
}

// digits passes over digits of a base, with single underscores between them, and
// returns them without the underscores.
func (p *parser) digits(base int) string {
	start := p.pos
	for p.pos < len(p.s) {
		c := p.s[p.pos]
		if c == '_' && p.pos > start && p.pos+1 < len(p.s) && inBase(p.s[p.pos+1], base) && p.s[p.pos-1] != '_' {
			p.pos++
			continue
		}
		if !inBase(c, base) {
			break
		}
		p.pos++
	}
	return strings.ReplaceAll(p.s[start:p.pos], "_", "")
}

func inBase(c byte, base int) bool {
	switch {
	case isDigit(c):
		return int(c-'0') < base
	case c >= 'a' && c <= 'z':
		return int(c-'a')+10 < base
	case c >= 'A' && c <= 'Z':
		return int(c-'A')+10 < base
	}
	return false
}

// unsigned reads an integer in any base or a float, as a *big.Int or a float64.
func (p *parser) unsigned() (any, error) {
	start := p.pos
	whole := p.digits(10)
	rest := p.s[p.pos:]
	switch {
	case len(rest) > 1 && rest[0] == '.' && isDigit(rest[1]):
		return p.fraction(start, whole)
	case len(rest) > 0 && rest[0] == '#':
		base, err := strconv.Atoi(whole)
		if err != nil || base < 2 || base > 36 {
			return nil, p.fail(start, "a base from 2 to 36")
		}
		p.pos++
		at := p.pos
		digits := p.digits(base)
		if digits == "" {
			return nil, p.fail(at, fmt.Sprintf("a digit in base %d", base))
		}
		return p.integer(start, digits, base)
	}
	return p.integer(start, whole, 10)
}

func (p *parser) integer(start int, digits string, base int) (any, error) {
	if len(digits) > maxDigits {
		return nil, p.fail(start, fmt.Sprintf("an integer of at most %d digits", maxDigits))
	}
	z, ok := new(big.Int).SetString(digits, base)
	if !ok {
		return nil, p.fail(start, "an integer")
	}
	return z, nil
}

// fraction reads a float from its point on.
func (p *parser) fraction(start int, whole string) (any, error) {
	p.pos++
	text := whole + "." + p.digits(10)
	if c := p.peek(); c == 'e' || c == 'E' {
		p.pos++
		text += "e"
		if c := p.peek(); c == '+' || c == '-' {
			p.pos++
			text += string(c)
		}
		if !isDigit(p.peek()) {
			return nil, p.fail(p.pos, "the digits of an exponent")
		}
		text += p.digits(10)
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, p.fail(start, "a float that 64 bits can hold")
	}
	return f, nil
}

// natural reads a plain decimal number of at most the given value.
func (p *parser) natural(most uint64) (uint64, error) {
	at := p.pos
	n, err := strconv.ParseUint(p.digits(10), 10, 64)
	if err != nil || n > most {
		return 0, p.fail(at, fmt.Sprintf("a number from 0 to %d", most))
	}
	return n, nil
}

// char reads a character after its dollar sign, as the *big.Int of its code.
func (p *parser) char() (any, error) {
	p.pos++
	r, n := utf8.DecodeRuneInString(p.s[p.pos:])
	if n == 0 {
		return nil, p.fail(p.pos, "a character")
	}
	p.pos += n
	if r == '\\' {
		var err error
		if r, err = p.escape(); err != nil {
			return nil, err
		}
	}
	return big.NewInt(int64(r)), nil
}
