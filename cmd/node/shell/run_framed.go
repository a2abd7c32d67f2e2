package shell

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/paxoskv/paxoskv/cmd/node/frame"
)

// runFramed serves a launcher. Commands carry a token that their answer
// repeats, and a deadline; they run side by side, so that one that waits for a
// quorum holds up no other. The first line out, under the token 0, says that
// the shell is there.
//
// The end of the input is the end of the launcher: what runs is cancelled, and
// Run returns so that the node goes too.
func (s *Shell) runFramed(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	f := &framed{shell: s, out: out, exit: cancel, running: map[uint64]context.CancelFunc{}}
	defer f.all.Wait()
	defer cancel()

	if err := f.reply(frame.Ready, answer(done, nil)); err != nil {
		return err
	}
	lines := readLines(ctx, in)
	for {
		select {
		case <-ctx.Done():
			return f.cause(ctx)
		case line, more := <-lines:
			if !more {
				return nil
			}
			if line.err != nil {
				return fmt.Errorf("shell: %w", line.err)
			}
			f.take(ctx, line.text)
		}
	}
}

// framed is the state of one framed run.
type framed struct {
	shell *Shell
	exit  context.CancelFunc
	all   sync.WaitGroup

	mu      sync.Mutex // Guards what follows; answers are written whole.
	out     io.Writer
	running map[uint64]context.CancelFunc
	exited  bool
}

// take starts or cancels a command. A line that is no frame is skipped: there is
// no token to answer it under.
func (f *framed) take(ctx context.Context, line string) {
	req, err := frame.ParseRequest(line)
	if err != nil {
		fmt.Fprintf(f.shell.logs, "shell: skipped a line: %v\n", err)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if req.Cancel {
		if cancel := f.running[req.Token]; cancel != nil {
			cancel()
		}
		return
	}
	cmdCtx, cancel := context.WithDeadline(ctx, req.Deadline)
	f.running[req.Token] = cancel
	f.all.Add(1)
	go f.execute(cmdCtx, req)
}

func (f *framed) execute(ctx context.Context, req frame.Request) {
	defer f.all.Done()
	text, exit := f.shell.Execute(ctx, req.Line)
	f.mu.Lock()
	f.running[req.Token]()
	delete(f.running, req.Token)
	f.exited = f.exited || exit
	f.mu.Unlock()
	// An answer that cannot be written has nobody to read it: the launcher is
	// gone, and the end of the input says the same.
	_ = f.reply(req.Token, text)
	if exit {
		f.exit()
	}
}

func (f *framed) reply(token uint64, text string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := io.WriteString(f.out, frame.Answer{Token: token, Text: text}.String()+"\n"); err != nil {
		return fmt.Errorf("shell: %w", err)
	}
	return nil
}

// cause tells an exit from an end that came from outside.
func (f *framed) cause(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.exited {
		return nil
	}
	return ctx.Err()
}
