package shell

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/term"
)

// Kind is a sort of argument: how it is read, what the error calls it and what
// completes it.
type Kind struct {
	// Expected names the kind in an error, with its article: "an integer".
	Expected string

	// read takes the argument from the start of text, which has no leading
	// space, and returns what follows it, which must be parted from it by a
	// space or be empty. The time is for times given as
	// distances from now.
	read func(text string, now time.Time) (v any, rest string, err error)

	// complete proposes full words for the unfinished argument, and may be nil.
	complete func(word string) []string

	// wholeLine says that the argument takes the rest of the line, spaces too.
	wholeLine bool
}

// errUnfit stands for "this is something else"; the kind's Expected says more.
var errUnfit = errors.New("unfit")

// Term is any Erlang term.
var Term = Kind{Expected: "an Erlang term", read: func(text string, _ time.Time) (any, string, error) {
	return term.ParsePrefix(text)
}}

// PID is a process identifier, as spawn prints it. It is read as an etf.Pid.
var PID = Kind{Expected: "a pid, as spawn prints it", read: func(text string, _ time.Time) (any, string, error) {
	v, rest, err := term.ParsePrefix(text)
	if err != nil {
		return nil, "", err
	}
	if _, ok := v.(etf.Pid); !ok {
		return nil, "", errUnfit
	}
	return v, rest, nil
}}

// Name is the name of a node or a bucket, read as a string. A quoted atom will
// do, and so will the bare word: node2@127.0.0.1 needs no quotes here.
var Name = Kind{Expected: "a name", read: readName}

func readName(text string, _ time.Time) (any, string, error) {
	if strings.HasPrefix(text, "'") {
		v, rest, err := term.ParsePrefix(text)
		if err != nil {
			return nil, "", err
		}
		name, ok := v.(etf.Atom)
		if !ok || name == "" {
			return nil, "", errUnfit
		}
		return string(name), rest, nil
	}
	word, rest := cutWord(text)
	if strings.ContainsFunc(word, func(r rune) bool { return !isNameRune(r) }) {
		return nil, "", errUnfit
	}
	return word, rest, nil
}

func isNameRune(r rune) bool {
	letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	return letter || r >= '0' && r <= '9' || strings.ContainsRune("_@.-:", r)
}

// Integer is a whole number between the two bounds, read as an int.
func Integer(low, high int) Kind {
	expected := fmt.Sprintf("an integer from %d to %d", low, high)
	return Kind{Expected: expected, read: func(text string, _ time.Time) (any, string, error) {
		word, rest := cutWord(text)
		n, err := strconv.Atoi(word)
		if err != nil || n < low || n > high {
			return nil, "", errUnfit
		}
		return n, rest, nil
	}}
}

// Until is a time, read as a time.Time: milliseconds since 1970, or a distance
// from now such as +5s.
var Until = Kind{Expected: "milliseconds since 1970 or a distance such as +5s", read: readUntil}

func readUntil(text string, now time.Time) (any, string, error) {
	word, rest := cutWord(text)
	if distance, ok := strings.CutPrefix(word, "+"); ok {
		d, err := time.ParseDuration(distance)
		if err != nil || d <= 0 {
			return nil, "", errUnfit
		}
		return now.Add(d), rest, nil
	}
	ms, err := strconv.ParseInt(word, 10, 64)
	if err != nil || ms < 0 {
		return nil, "", errUnfit
	}
	return time.UnixMilli(ms), rest, nil
}

// OneOf is one of the words, read as a string.
func OneOf(words ...string) Kind {
	return Kind{
		Expected: strings.Join(words, " or "),
		complete: func(string) []string { return words },
		read: func(text string, _ time.Time) (any, string, error) {
			word, rest := cutWord(text)
			for _, w := range words {
				if w == word {
					return w, rest, nil
				}
			}
			return nil, "", errUnfit
		},
	}
}

// CommandLine is the rest of the line, read as a string: a command for a shell
// that has the commands of the table.
func CommandLine(table []Command) Kind {
	return Kind{
		Expected:  "a command",
		wholeLine: true,
		read:      func(text string, _ time.Time) (any, string, error) { return text, "", nil },
		complete:  func(word string) []string { return complete(table, word) },
	}
}

// cutWord splits text after its first word.
func cutWord(text string) (word, rest string) {
	if i := strings.IndexFunc(text, isSpace); i >= 0 {
		return text[:i], text[i:]
	}
	return text, ""
}

func isSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' }
