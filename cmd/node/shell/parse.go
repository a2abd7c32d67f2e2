package shell

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/paxoskv/paxoskv/term"
)

// ErrBadCommand is returned for a line that is no command of the table. Its
// text says what is wrong and what was expected.
var ErrBadCommand = errors.New("bad command")

// parse reads a line by the table.
func parse(table []Command, line string, now time.Time) (*Command, *Call, error) {
	line = strings.TrimFunc(line, isSpace)
	word, rest := cutWord(line)
	cmd := find(table, word)
	if cmd == nil {
		return nil, nil, fmt.Errorf("%w: there is no command %s; expected one of: %s",
			ErrBadCommand, quote(word), strings.Join(names(table), ", "))
	}
	s := newScanner(cmd, line, rest, now)
	open, err := s.scan()
	if err == nil && open != nil && !open.optional {
		err = fmt.Errorf("%s is missing", open.describe())
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %s: %w; expected: %s", ErrBadCommand, cmd.Name, err, cmd.usage())
	}
	return cmd, s.call, nil
}

// scanner walks over the arguments of one command. Parsing and completion both
// use it, so that they agree on what comes next.
type scanner struct {
	cmd  *Command
	call *Call
	rest string
	now  time.Time
}

// slot is the argument that the text stopped before.
type slot struct {
	name     string
	kind     Kind
	optional bool
}

// newScanner walks over rest, which is the end of line.
func newScanner(cmd *Command, line, rest string, now time.Time) *scanner {
	return &scanner{cmd: cmd, call: &Call{Text: line, args: map[string]any{}}, rest: rest, now: now}
}

// scan reads all arguments. It returns the first that the text has no more room
// for, or nil when only options could follow.
func (s *scanner) scan() (*slot, error) {
	for _, p := range s.cmd.Params {
		if s.atEnd() {
			return &slot{name: p.Name, kind: p.Kind, optional: p.Optional}, nil
		}
		if err := s.value(p.Name, p.Kind); err != nil {
			return nil, err
		}
	}
	for !s.atEnd() {
		opt, err := s.option()
		if err != nil {
			return nil, err
		}
		if opt.Kind == nil {
			s.call.args[opt.Name] = true
			continue
		}
		if s.atEnd() {
			return &slot{name: opt.Name + " " + opt.Value, kind: *opt.Kind}, nil
		}
		if err := s.value(opt.Name, *opt.Kind); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// atEnd skips space and tells whether anything is left.
func (s *scanner) atEnd() bool {
	s.rest = strings.TrimLeftFunc(s.rest, isSpace)
	return s.rest == ""
}

// option takes the name of an option that has not been given before.
func (s *scanner) option() (*Option, error) {
	word, rest := cutWord(s.rest)
	for i := range s.cmd.Options {
		opt := &s.cmd.Options[i]
		if opt.Name != word {
			continue
		}
		if s.call.Has(word) {
			return nil, fmt.Errorf("%s is given twice", word)
		}
		s.rest = rest
		return opt, nil
	}
	return nil, fmt.Errorf("%s is not expected here", quote(word))
}

// value takes one argument. Every kind sees to it that a space or the end
// follows: "get a{b}" is an error, not the key a with something behind it.
func (s *scanner) value(name string, kind Kind) error {
	v, rest, err := kind.read(s.rest, s.now)
	if errors.Is(err, errUnfit) {
		word, _ := cutWord(s.rest)
		return fmt.Errorf("%s should be %s, not %s", name, kind.Expected, quote(word))
	}
	if err != nil {
		return fmt.Errorf("%s should be %s: %w", name, kind.Expected, s.inLine(err))
	}
	s.call.args[name] = v
	s.rest = rest
	return nil
}

// inLine makes the place in a syntax error one of the whole line.
func (s *scanner) inLine(err error) error {
	var syntax *term.SyntaxError
	if !errors.As(err, &syntax) || syntax.Line > 1 {
		return err
	}
	before := s.call.Text[:len(s.call.Text)-len(s.rest)]
	moved := *syntax
	moved.Column += utf8.RuneCountInString(before)
	return &moved
}

func (s *slot) describe() string { return s.name + " (" + s.kind.Expected + ")" }

// quote shows what a user typed: short, in single quotes, and in ASCII, so that
// it is safe within the one line of an answer.
func quote(text string) string {
	const limit = 40
	if runes := []rune(text); len(runes) > limit {
		text = string(runes[:limit]) + "..."
	}
	quoted := strconv.QuoteToASCII(text)
	inner := strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
	return "'" + inner + "'"
}
