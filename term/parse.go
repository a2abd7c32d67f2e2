package term

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ergo-services/ergo/etf"
)

// SyntaxError says where a text stops being an Erlang term. It is what errors.As
// finds in every error of Parse and ParsePrefix, and it wraps ErrSyntax.
type SyntaxError struct {
	Line, Column int    // From 1; columns count characters.
	Expected     string // What would have been right.
	Found        string // What is there instead.
}

func (e *SyntaxError) Error() string {
	where := fmt.Sprintf("column %d", e.Column)
	if e.Line > 1 {
		where = fmt.Sprintf("line %d, column %d", e.Line, e.Column)
	}
	return fmt.Sprintf("%s: expected %s, found %s", where, e.Expected, e.Found)
}

// Unwrap makes every SyntaxError an ErrSyntax.
func (e *SyntaxError) Unwrap() error { return ErrSyntax }

// Parse reads one Erlang term: the whole text but for blanks, comments and a full
// stop at its end. It returns the Go value that Decode returns for the same term.
func Parse(s string) (any, error) {
	p := parser{s: s, bits: 8 * MaxParsedBinary, concat: true}
	if err := p.utf8(); err != nil {
		return nil, err
	}
	v, err := p.term(0)
	if err != nil {
		return nil, err
	}
	p.skip()
	p.fullStop()
	if p.pos < len(s) {
		return nil, p.fail(p.pos, "the end of the text")
	}
	return v, nil
}

// ParsePrefix reads one Erlang term from the front of a text and returns what
// follows it, without leading blanks and comments: "" when nothing does. A blank
// must part the term from what follows. Unlike in Parse two strings side by side
// are two terms. A full stop at the end of the whole text is taken too.
func ParsePrefix(s string) (v any, rest string, err error) {
	p := parser{s: s, bits: 8 * MaxParsedBinary}
	if err := p.utf8(); err != nil {
		return nil, s, err
	}
	if v, err = p.term(0); err != nil {
		return nil, s, err
	}
	end := p.pos
	p.skip()
	p.fullStop()
	if p.pos == end && p.pos < len(s) {
		return nil, s, p.fail(p.pos, "a blank after the term")
	}
	return v, s[p.pos:], nil
}

// parser is a recursive descent over s; pos is where it has come to.
type parser struct {
	s      string
	pos    int
	bits   int  // How many more bits the sized segments of binaries may have.
	concat bool // Whether strings side by side are one, outside of everything.
}

// fail builds the error for the place at.
func (p *parser) fail(at int, expected string) error {
	before := p.s[:at]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return &SyntaxError{Line: line, Column: column, Expected: expected, Found: p.found(at)}
}

// found describes the text at a place in a few characters.
func (p *parser) found(at int) string {
	if at >= len(p.s) {
		return "the end of the text"
	}
	r, n := utf8.DecodeRuneInString(p.s[at:])
	if r == utf8.RuneError && n == 1 {
		return fmt.Sprintf("the byte 16#%02X", p.s[at])
	}
	return fmt.Sprintf("%q", string(r))
}

// utf8 refuses a text that is not UTF-8, so that no other function need look.
func (p *parser) utf8() error {
	for i, r := range p.s {
		if r == utf8.RuneError && !strings.HasPrefix(p.s[i:], "\uFFFD") {
			return p.fail(i, "UTF-8 text")
		}
	}
	return nil
}

func isBlank(c byte) bool { return c <= ' ' }

// skip passes over blanks and comments.
func (p *parser) skip() {
	for p.pos < len(p.s) {
		switch {
		case isBlank(p.s[p.pos]):
			p.pos++
		case strings.HasPrefix(p.s[p.pos:], "\u00a0"):
			p.pos += len("\u00a0")
		case p.s[p.pos] == '%':
			end := strings.IndexByte(p.s[p.pos:], '\n')
			if end < 0 {
				end = len(p.s) - p.pos
			}
			p.pos += end
		default:
			return
		}
	}
}

// fullStop passes over a full stop when nothing but blanks and comments follows.
func (p *parser) fullStop() {
	start := p.pos
	if p.peek() != '.' {
		return
	}
	p.pos++
	p.skip()
	if p.pos < len(p.s) {
		p.pos = start
	}
}

// peek returns the next byte, or 0 at the end.
func (p *parser) peek() byte {
	if p.pos < len(p.s) {
		return p.s[p.pos]
	}
	return 0
}

// has passes over a token when it is next, after blanks.
func (p *parser) has(token string) bool {
	p.skip()
	if !strings.HasPrefix(p.s[p.pos:], token) {
		return false
	}
	p.pos += len(token)
	return true
}

// need demands a token; expected is what the error says.
func (p *parser) need(token, expected string) error {
	if !p.has(token) {
		return p.fail(p.pos, expected)
	}
	return nil
}

// term reads one term that lies inside depth containers.
func (p *parser) term(depth int) (any, error) {
	p.skip()
	c := p.peek()
	switch {
	case c == '[' || c == '{' || c == '#' || c == '<':
		return p.container(c, depth)
	case c == '"':
		return p.text(depth > 0 || p.concat)
	case c == '\'':
		a, err := p.quotedAtom()
		return atomValue(a), err
	case c == '$', c == '-', c == '+', isDigit(c):
		return p.number()
	}
	return p.word()
}

func (p *parser) container(c byte, depth int) (any, error) {
	if depth >= MaxDepth {
		return nil, p.fail(p.pos, fmt.Sprintf("at most %d levels", MaxDepth))
	}
	rest := p.s[p.pos:]
	switch {
	case c == '[':
		return p.list(depth)
	case c == '{':
		return p.tuple(depth)
	case strings.HasPrefix(rest, "<<"):
		return p.binary(depth)
	case c == '<':
		return nil, p.fail(p.pos, "a term (a pid is written "+pidForm+")")
	case len(rest) > 1 && rest[1] >= 'A' && rest[1] <= 'Z':
		return p.identifier(depth)
	}
	return p.maps(depth)
}

// sequence reads terms parted by commas up to a closing token, which is left.
func (p *parser) sequence(depth int) ([]any, error) {
	var items []any
	for {
		v, err := p.term(depth + 1)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
		if !p.has(",") {
			return items, nil
		}
	}
}

func (p *parser) tuple(depth int) (any, error) {
	p.pos++
	if p.has("}") {
		return etf.Tuple{}, nil
	}
	items, err := p.sequence(depth)
	if err != nil {
		return nil, err
	}
	t := make(etf.Tuple, len(items))
	for i, v := range items {
		t[i] = v
	}
	return t, p.need("}", "',' or '}'")
}

func (p *parser) list(depth int) (any, error) {
	p.pos++
	if p.has("]") {
		return etf.List{}, nil
	}
	items, err := p.sequence(depth)
	if err != nil {
		return nil, err
	}
	l := make(etf.List, 0, len(items)+1)
	for _, v := range items {
		l = append(l, v)
	}
	if !p.has("|") {
		return listValue(l), p.need("]", "',', '|' or ']'")
	}
	tail, err := p.term(depth + 1)
	if err != nil {
		return nil, err
	}
	return joinTail(l, tail), p.need("]", "']'")
}

// joinTail is the list of the elements of l and then tail, which may be a list.
func joinTail(l etf.List, tail any) any {
	switch t := tail.(type) {
	case etf.List:
		return listValue(append(l, t...))
	case etf.ListImproper:
		return append(etf.ListImproper(l), t...)
	case string:
		for i := range len(t) {
			l = append(l, int(t[i]))
		}
		return listValue(l)
	}
	return append(etf.ListImproper(l), tail)
}
