package shell

import (
	"sort"
	"strings"
	"time"
)

// complete lists the words that can stand in the place of the last word of
// text, which is what stands before the cursor. An unfinished term has none.
func complete(table []Command, text string) []string {
	text = strings.TrimLeftFunc(text, isSpace)
	name, rest := cutWord(text)
	if rest == "" {
		return matching(names(table), name)
	}
	cmd := find(table, name)
	if cmd == nil {
		return nil
	}
	if inner, ok := commandLine(cmd, rest); ok {
		return inner
	}
	word := lastWord(rest)
	s := newScanner(cmd, text, rest[:len(rest)-len(word)], time.Time{})
	open, err := s.scan()
	switch {
	case err != nil:
		return nil
	case open == nil:
		return matching(s.unused(), word)
	case open.kind.complete != nil:
		return matching(open.kind.complete(word), word)
	}
	return nil
}

// commandLine completes an argument that takes the rest of the line: there the
// unfinished argument is more than the last word.
func commandLine(cmd *Command, rest string) ([]string, bool) {
	last := len(cmd.Params) - 1
	if last < 0 || !cmd.Params[last].Kind.wholeLine {
		return nil, false
	}
	before := *cmd
	before.Params, before.Options = cmd.Params[:last], nil
	s := newScanner(&before, rest, rest, time.Time{})
	for _, p := range before.Params {
		if s.atEnd() || s.value(p.Name, p.Kind) != nil {
			return nil, false
		}
	}
	if s.rest == "" {
		return nil, false
	}
	return cmd.Params[last].Kind.complete(s.rest), true
}

// unused lists the options that have not been given yet.
func (s *scanner) unused() []string {
	var out []string
	for _, o := range s.cmd.Options {
		if !s.call.Has(o.Name) {
			out = append(out, o.Name)
		}
	}
	return out
}

func lastWord(text string) string {
	return text[strings.LastIndexFunc(text, isSpace)+1:]
}

func matching(words []string, prefix string) []string {
	var out []string
	for _, w := range words {
		if strings.HasPrefix(w, prefix) {
			out = append(out, w)
		}
	}
	sort.Strings(out)
	return out
}

// extend returns line with the word before pos completed as far as the table
// decides it, the new position, and the choices when it does not decide more.
func extend(table []Command, line string, pos int) (string, int, []string) {
	word := lastWord(line[:pos])
	choices := complete(table, line[:pos])
	if len(choices) == 0 {
		return line, pos, nil
	}
	grown := commonPrefix(choices)
	if len(choices) == 1 {
		grown += " "
		choices = nil
	}
	head := line[:pos-len(word)] + grown
	if len(grown) > len(word) {
		choices = nil
	}
	return head + line[pos:], len(head), choices
}

func commonPrefix(words []string) string {
	prefix := words[0]
	for _, w := range words[1:] {
		for !strings.HasPrefix(w, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return prefix
}
