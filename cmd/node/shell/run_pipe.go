package shell

import (
	"context"
	"fmt"
	"io"
)

// runPipe answers each line that is not blank and no comment with one line. A
// command that runs when ctx ends still gets its line.
func (s *Shell) runPipe(ctx context.Context, in io.Reader, out io.Writer) error {
	lines := readLines(ctx, in)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case line, more := <-lines:
			if !more {
				return nil
			}
			text, exit, err := s.answerLine(ctx, line)
			if err != nil {
				return err
			}
			if text == "" {
				continue
			}
			if _, err := fmt.Fprintln(out, text); err != nil {
				return fmt.Errorf("shell: %w", err)
			}
			if exit {
				return nil
			}
		}
	}
}

// answerLine is Execute for a line that may not have been read well.
func (s *Shell) answerLine(ctx context.Context, line inputLine) (string, bool, error) {
	if line.err != nil {
		return "", false, fmt.Errorf("shell: %w", line.err)
	}
	if line.tooLong {
		return answer(nil, errLineTooLong), false, nil
	}
	text, exit := s.Execute(ctx, line.text)
	return text, exit, nil
}
