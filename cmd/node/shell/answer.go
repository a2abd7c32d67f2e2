package shell

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/term"
)

// failure is an error with the term that the shell prints for it.
type failure struct {
	reason any
	err    error
}

// Fail makes an error that prints as {error,Reason}. err is what it stands for
// in Go, and may be nil.
func Fail(reason any, err error) error { return &failure{reason: reason, err: err} }

func (f *failure) Error() string {
	if f.err != nil {
		return f.err.Error()
	}
	return term.Format(f.reason)
}

func (f *failure) Unwrap() error { return f.err }

// reasonOf returns the term for an error.
func reasonOf(err error) any {
	var f *failure
	switch {
	case errors.As(err, &f):
		return f.reason
	case errors.Is(err, ErrBadCommand):
		text := strings.TrimPrefix(err.Error(), ErrBadCommand.Error()+": ")
		return etf.Tuple{etf.Atom("bad_command"), text}
	case errors.Is(err, context.Canceled):
		return etf.Atom("cancelled")
	case errors.Is(err, context.DeadlineExceeded):
		return etf.Atom("timeout")
	}
	return etf.Tuple{etf.Atom("failed"), err.Error()}
}

// answer writes the outcome of a command as one line.
func answer(v any, err error) string {
	if err != nil {
		v = etf.Tuple{etf.Atom("error"), reasonOf(err)}
	}
	switch v := v.(type) {
	case Line:
		return oneLine(string(v))
	case exitAnswer:
		return term.Format(etf.Atom("ok"))
	}
	return oneLine(term.Format(v))
}

// ok wraps the value of a command that succeeded.
func ok(v any) any { return etf.Tuple{etf.Atom("ok"), v} }

// done is the answer of a command that succeeded and has no value.
const done = etf.Atom("ok")

// oneLine is the last guard of the rule "one line in, one line out": whatever a
// term or an error holds, a control character does not reach the output.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
