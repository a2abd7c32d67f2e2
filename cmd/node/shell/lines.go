package shell

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// MaxLine is the length of the longest line that is read as a command, in
// bytes. A longer one is skipped whole and answered with an error.
const MaxLine = 1 << 20

var errLineTooLong = fmt.Errorf("%w: the line is longer than %d bytes; expected a shorter one", ErrBadCommand, MaxLine)

// inputLine is a line of the input, or the error that ended it.
type inputLine struct {
	text    string
	tooLong bool
	err     error
}

// readLines sends the lines of in until it ends, which closes the channel, or
// until ctx ends. A last line without an end of line counts.
func readLines(ctx context.Context, in io.Reader) <-chan inputLine {
	out := make(chan inputLine)
	go func() {
		defer close(out)
		r := bufio.NewReader(in)
		for {
			text, tooLong, err := readLine(r)
			if err != nil && !errors.Is(err, io.EOF) {
				send(ctx, out, inputLine{err: err})
				return
			}
			if (err == nil || text != "" || tooLong) && !send(ctx, out, inputLine{text: text, tooLong: tooLong}) {
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return out
}

func send(ctx context.Context, out chan<- inputLine, line inputLine) bool {
	select {
	case out <- line:
		return true
	case <-ctx.Done():
		return false
	}
}

// readLine reads one line without its end, holding at most MaxLine of it.
func readLine(r *bufio.Reader) (text string, tooLong bool, err error) {
	var b strings.Builder
	for {
		part, err := r.ReadSlice('\n')
		if b.Len()+len(part) > MaxLine {
			tooLong = true
		} else {
			b.Write(part)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if tooLong {
			return "", true, err
		}
		return strings.TrimRight(b.String(), "\r\n"), false, err
	}
}
