package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// runTerminal serves a person. The terminal gets back the state it had, however
// this returns.
func (s *Shell) runTerminal(ctx context.Context, in *os.File, out io.Writer) error {
	fd := int(in.Fd())
	state, err := term.MakeRaw(fd)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotATerminal, err)
	}
	defer term.Restore(fd, state)

	keys := newKeyboard(ctx, in)
	t := term.NewTerminal(readWriter{keys, out}, s.prompt)
	t.History = &history{}
	t.AutoCompleteCallback = s.completer(t)
	defer s.logs.redirect(t)()
	defer followSize(fd, t)()

	if s.greeting != "" {
		fmt.Fprintln(t, s.greeting)
	}
	for {
		line, err := t.ReadLine()
		if err != nil {
			// The prompt stands on the last line: what follows the shell starts
			// on a line of its own.
			io.WriteString(out, "\r\n")
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if exit := s.interact(ctx, keys, t, line); exit {
			return nil
		}
	}
}

// interact runs one line, which Ctrl-C cancels.
func (s *Shell) interact(ctx context.Context, keys *keyboard, out io.Writer, line string) (exit bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	keys.onInterrupt(cancel)
	defer keys.onInterrupt(nil)
	text, exit := s.Execute(ctx, line)
	if text != "" {
		fmt.Fprintln(out, text)
	}
	return exit
}

type readWriter struct {
	io.Reader
	io.Writer
}

// completer completes the word before the cursor when Tab is pressed, and shows
// the choices when there are several.
func (s *Shell) completer(out io.Writer) func(string, int, rune) (string, int, bool) {
	return func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		line, pos, choices := extend(s.table, line, pos)
		if len(choices) > 0 {
			fmt.Fprintln(out, strings.Join(choices, "  "))
		}
		return line, pos, true
	}
}
