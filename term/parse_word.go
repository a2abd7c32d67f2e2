package term

import (
	"strings"
	"unicode/utf8"

	"github.com/ergo-services/ergo/etf"
)

// reserved are the words that are no atoms unless they are quoted. OTP 27 adds
// maybe and else; the parser takes both, as older releases print them bare.
var reserved = func() map[string]bool {
	words := strings.Fields(`after and andalso band begin bnot bor bsl bsr bxor case
		catch cond div end fun if let not of or orelse receive rem try when xor`)
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}()

// Erlang's letters are those of Latin-1: the two signs × and ÷ among them are not.

func isLower(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'ß' && r <= 'ÿ' && r != '÷'
}

func isUpper(r rune) bool {
	return r >= 'A' && r <= 'Z' || r >= 'À' && r <= 'Þ' && r != '×'
}

func isNameRune(r rune) bool {
	return isLower(r) || isUpper(r) || r >= '0' && r <= '9' || r == '_' || r == '@'
}

// name returns the longest run of name characters at the front, which is not passed.
func (p *parser) name() string {
	rest := p.s[p.pos:]
	for i, r := range rest {
		if !isNameRune(r) {
			return rest[:i]
		}
	}
	return rest
}

// word reads what starts with a letter: an atom or a fun.
func (p *parser) word() (any, error) {
	if p.name() == "fun" {
		p.pos += len("fun")
		return p.export()
	}
	a, err := p.bareAtom("a term")
	return atomValue(a), err
}

// bareAtom reads an atom that is not quoted.
func (p *parser) bareAtom(expected string) (etf.Atom, error) {
	first, _ := utf8.DecodeRuneInString(p.s[p.pos:])
	w := p.name()
	switch {
	case w != "" && (isUpper(first) || first == '_'):
		return "", p.fail(p.pos, expected+" (a variable has no value here: quote it)")
	case reserved[w]:
		return "", p.fail(p.pos, expected+" ("+w+" is a reserved word: quote it)")
	case w == "" || !isLower(first):
		return "", p.fail(p.pos, expected)
	case utf8.RuneCountInString(w) > maxAtomChars:
		return "", p.fail(p.pos, "an atom of at most 255 characters")
	}
	p.pos += len(w)
	return etf.Atom(w), nil
}

// anyAtom reads an atom, quoted or not.
func (p *parser) anyAtom() (etf.Atom, error) {
	p.skip()
	if p.peek() == '\'' {
		return p.quotedAtom()
	}
	return p.bareAtom("an atom")
}

func (p *parser) quotedAtom() (etf.Atom, error) {
	at := p.pos
	runes, err := p.quoted('\'')
	if err != nil {
		return "", err
	}
	if len(runes) > maxAtomChars {
		return "", p.fail(at, "an atom of at most 255 characters")
	}
	return etf.Atom(runes), nil
}

// atomValue is an atom in the type that Decode uses for it.
func atomValue(a etf.Atom) any {
	switch a {
	case "true":
		return true
	case "false":
		return false
	}
	return a
}

// export reads `fun m:f/1` after its first word.
func (p *parser) export() (any, error) {
	x := Export{}
	var err error
	if x.Module, err = p.anyAtom(); err != nil {
		return nil, err
	}
	if err = p.need(":", "':'"); err != nil {
		return nil, err
	}
	if x.Function, err = p.anyAtom(); err != nil {
		return nil, err
	}
	if err = p.need("/", "'/'"); err != nil {
		return nil, err
	}
	p.skip()
	at := p.pos
	n, err := p.natural(1<<31 - 1)
	if err != nil {
		return nil, p.fail(at, "an arity")
	}
	x.Arity = int(n)
	return x, nil
}
