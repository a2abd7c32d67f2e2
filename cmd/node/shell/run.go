package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// Mode is how a shell talks to its user.
type Mode int

// The modes of Run.
const (
	Pipe     Mode = iota // A line in, a line out; for scripts.
	Terminal             // Editing, history and completion; for people.
	Framed               // Numbered commands that may overlap; for a launcher.
)

// ErrNotATerminal is returned by Run when Terminal is asked for an input that
// is none.
var ErrNotATerminal = errors.New("the input is not a terminal")

// Run reads commands from in until it ends, exit is called or ctx ends, and
// writes their answers to out. The end of the input is no error; the end of ctx
// returns its error. A read that is under way when Run returns stays behind: in
// is used up.
func (s *Shell) Run(ctx context.Context, mode Mode, in io.Reader, out io.Writer) error {
	switch mode {
	case Pipe:
		return s.runPipe(ctx, in, out)
	case Framed:
		return s.runFramed(ctx, in, out)
	case Terminal:
		file, isFile := in.(*os.File)
		if !isFile {
			return ErrNotATerminal
		}
		return s.runTerminal(ctx, file, out)
	}
	return fmt.Errorf("shell: no mode %d", mode)
}
