package term

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ergo-services/ergo/etf"
)

// text reads a string, and with concat those that follow it, as the list of their
// code points.
func (p *parser) text(concat bool) (any, error) {
	runes, err := p.strings(concat)
	if err != nil {
		return nil, err
	}
	return runesValue(runes), nil
}

// strings reads a string, and with concat those that follow it.
func (p *parser) strings(concat bool) ([]rune, error) {
	runes, err := p.quoted('"')
	for concat && err == nil {
		at := p.pos
		p.skip()
		if p.peek() != '"' {
			p.pos = at
			break
		}
		var more []rune
		more, err = p.quoted('"')
		runes = append(runes, more...)
	}
	return runes, err
}

// runesValue is a list of code points in the type that Decode uses for it.
func runesValue(runes []rune) any {
	l := make(etf.List, len(runes))
	for i, r := range runes {
		l[i] = int64(r)
		if r <= 255 {
			l[i] = int(r)
		}
	}
	return listValue(l)
}

// quoted reads from a quote to the next one that is not escaped.
func (p *parser) quoted(quote rune) ([]rune, error) {
	start := p.pos
	p.pos++
	var out []rune
	for {
		r, n := utf8.DecodeRuneInString(p.s[p.pos:])
		if n == 0 {
			return nil, p.fail(p.pos, "the quote that ends what starts in column "+p.column(start))
		}
		p.pos += n
		switch r {
		case quote:
			return out, nil
		case '\\':
			var err error
			if r, err = p.escape(); err != nil {
				return nil, err
			}
		}
		out = append(out, r)
	}
}

func (p *parser) column(at int) string {
	line := p.s[strings.LastIndexByte(p.s[:at], '\n')+1 : at]
	return strconv.Itoa(utf8.RuneCountInString(line) + 1)
}

// escapes are the letters that stand for a control character after a backslash.
var escapes = map[rune]rune{
	'b': '\b', 'd': 127, 'e': 27, 'f': '\f', 'n': '\n', 'r': '\r', 's': ' ', 't': '\t', 'v': '\v',
}

// escape reads what follows a backslash. A character that means nothing special
// stands for itself.
func (p *parser) escape() (rune, error) {
	r, n := utf8.DecodeRuneInString(p.s[p.pos:])
	if n == 0 {
		return 0, p.fail(p.pos, "a character after the backslash")
	}
	if r >= '0' && r <= '7' {
		return p.octal(), nil
	}
	p.pos += n
	switch r {
	case 'x':
		return p.hexEscape()
	case '^':
		c := p.peek()
		if c < '@' || c > '_' && c < 'a' || c > 'z' {
			return 0, p.fail(p.pos, "a control character, such as ^A")
		}
		p.pos++
		return rune(c & 31), nil
	}
	if control, ok := escapes[r]; ok {
		return control, nil
	}
	return r, nil
}

// octal reads up to three octal digits.
func (p *parser) octal() rune {
	v := rune(0)
	for range 3 {
		c := p.peek()
		if c < '0' || c > '7' {
			break
		}
		v = v*8 + rune(c-'0')
		p.pos++
	}
	return v
}

// hexEscape reads the digits of \xHH or \x{H...}.
func (p *parser) hexEscape() (rune, error) {
	at := p.pos
	end := at + 2
	digits := ""
	if p.peek() == '{' {
		n := strings.IndexByte(p.s[at:], '}')
		if n < 0 {
			return 0, p.fail(at, "hexadecimal digits and '}'")
		}
		digits, end = p.s[at+1:at+n], at+n+1
	} else if end <= len(p.s) {
		digits = p.s[at:end]
	}
	if digits == "" || strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
		return 0, p.fail(at, "two hexadecimal digits, or more in { }")
	}
	v, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || v > utf8.MaxRune || v >= 0xD800 && v <= 0xDFFF {
		return 0, p.fail(at, "the code of a character")
	}
	p.pos = end
	return rune(v), nil
}
