package shell_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/cmd/node/frame"
	"github.com/paxoskv/paxoskv/cmd/node/shell"
)

// deadline bounds every wait of the tests; none of them needs a moment of it
// when things are right.
const deadline = 20 * time.Second

func TestPipe(t *testing.T) {
	long := strings.Repeat("x", shell.MaxLine)
	for _, test := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"one answer for each line", "put a b\nget a\nget c\n", "{ok,b}\n{ok,b}\n{error,not_found}\n"},
		{"blanks and comments", "\n  \n% no\n\t% no\nget a\n\n", "{error,not_found}\n"},
		{"no end of line", "put a b\nget a", "{ok,b}\n{ok,b}\n"},
		{"carriage returns", "put a b\r\nget a\r\n", "{ok,b}\n{ok,b}\n"},
		{"exit ends it", "exit\nget a\n", "ok\n"},
		{"a wrong line does not", "put a b\nput \x00\nget a\n", "{ok,b}\n*\n{ok,b}\n"},
		{"a long line is skipped whole", "put a b\nput c " + long + "\nget a\n", "{ok,b}\n*\n{ok,b}\n"},
		{"a long line at the end", "put a b\n" + long + "y", "{ok,b}\n*\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, _ := newShell(shell.WithGreeting("not shown"), shell.WithPrompt("not shown"))
			var out bytes.Buffer
			require.NoError(t, s.Run(context.Background(), shell.Pipe, strings.NewReader(test.in), &out))
			got := strings.Split(out.String(), "\n")
			want := strings.Split(test.want, "\n")
			require.Len(t, got, len(want))
			for i := range want {
				if want[i] == "*" {
					require.True(t, strings.HasPrefix(got[i], "{error,{bad_command,"), got[i])
				} else {
					require.Equal(t, want[i], got[i])
				}
			}
		})
	}
}

func TestPipeEnds(t *testing.T) {
	t.Run("with its ctx, answering what runs", func(t *testing.T) {
		s, b := newShell()
		ctx, cancel := context.WithCancel(context.Background())
		in, feed := io.Pipe()
		go func() {
			_, _ = io.WriteString(feed, "get wait\n")
			<-b.Waiting
			cancel()
		}()
		var out bytes.Buffer
		require.ErrorIs(t, s.Run(ctx, shell.Pipe, in, &out), context.Canceled)
		require.Equal(t, "{error,cancelled}\n", out.String())
	})
	t.Run("with a failing input", func(t *testing.T) {
		s, _ := newShell()
		broken := errors.New("broken")
		in := io.MultiReader(strings.NewReader("put a b\n"), iotest.ErrReader(broken))
		var out bytes.Buffer
		require.ErrorIs(t, s.Run(context.Background(), shell.Pipe, in, &out), broken)
		require.Equal(t, "{ok,b}\n", out.String())
	})
	t.Run("with a failing output", func(t *testing.T) {
		s, _ := newShell()
		_, out := io.Pipe()
		require.NoError(t, out.Close())
		err := s.Run(context.Background(), shell.Pipe, strings.NewReader("get a\n"), out)
		require.ErrorIs(t, err, io.ErrClosedPipe)
	})
	t.Run("at once in an unknown mode, or a terminal that is none", func(t *testing.T) {
		s, _ := newShell()
		require.Error(t, s.Run(context.Background(), shell.Mode(99), strings.NewReader(""), io.Discard))
		err := s.Run(context.Background(), shell.Terminal, strings.NewReader(""), io.Discard)
		require.ErrorIs(t, err, shell.ErrNotATerminal)
	})
}

// framedRun is a framed shell and the launcher's ends of its pipes.
type framedRun struct {
	t       *testing.T
	in      *io.PipeWriter
	answers chan string
	ended   chan error
}

func startFramed(t *testing.T, ctx context.Context, s *shell.Shell) *framedRun {
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	r := &framedRun{t: t, in: inW, answers: make(chan string, 100), ended: make(chan error, 1)}
	go func() {
		err := s.Run(ctx, shell.Framed, inR, outW)
		outW.Close()
		inR.Close()
		r.ended <- err
	}()
	go func() {
		defer close(r.answers)
		_, _ = io.Copy(io.Discard, &tee{outR, r.answers})
	}()
	require.Equal(t, "0 ok", r.answer())
	return r
}

// tee sends every write of the shell, which is a whole line, on its own.
type tee struct {
	r   io.Reader
	out chan<- string
}

func (t *tee) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if n > 0 {
		t.out <- strings.TrimSuffix(string(p[:n]), "\n")
	}
	return n, err
}

func (r *framedRun) send(req frame.Request) {
	_, err := io.WriteString(r.in, req.String()+"\n")
	require.NoError(r.t, err)
}

func (r *framedRun) run(token uint64, line string) {
	r.send(frame.Request{Token: token, Deadline: time.Now().Add(deadline), Line: line})
}

func (r *framedRun) answer() string { return within(r.t, r.answers) }

func (r *framedRun) end() error { return within(r.t, r.ended) }

func within[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(deadline):
		require.Fail(t, "nothing came")
		panic("unreachable")
	}
}

func TestFramed(t *testing.T) {
	var logged bytes.Buffer
	s, b := newShell(shell.WithLogs(shell.NewLogs(&logged)))
	r := startFramed(t, context.Background(), s)
	r.run(7, "put a b")
	require.Equal(t, "7 {ok,b}", r.answer())

	r.run(8, "get wait")
	within(t, b.Waiting)
	r.run(9, "get a")
	require.Equal(t, "9 {ok,b}", r.answer(), "one that waits holds up no other")
	r.send(frame.Request{Token: 8, Cancel: true})
	require.Equal(t, "8 {error,cancelled}", r.answer())
	r.send(frame.Request{Token: 8, Cancel: true})

	r.send(frame.Request{Token: 10, Deadline: time.Now().Add(-time.Second), Line: "put late 1"})
	require.Equal(t, "10 {error,timeout}", r.answer())
	require.Len(t, b.Puts, 1, "a command read too late does not run")

	r.send(frame.Request{Token: 11, Deadline: time.Now().Add(time.Millisecond), Line: "get wait"})
	require.Equal(t, "11 {error,timeout}", r.answer())

	_, err := io.WriteString(r.in, "put a b\n")
	require.NoError(t, err)
	r.run(12, "exit")
	require.Equal(t, "12 ok", r.answer())
	require.NoError(t, r.end())
	require.Contains(t, logged.String(), "not a frame")
}

func TestFramedEndsWithItsLauncher(t *testing.T) {
	s, b := newShell()
	r := startFramed(t, context.Background(), s)
	r.run(1, "get wait")
	within(t, b.Waiting)
	require.NoError(t, r.in.Close())
	require.Equal(t, "1 {error,cancelled}", r.answer())
	require.NoError(t, r.end())
}

func TestFramedEndsWithItsCtx(t *testing.T) {
	s, b := newShell()
	ctx, cancel := context.WithCancel(context.Background())
	r := startFramed(t, ctx, s)
	r.run(1, "get wait")
	within(t, b.Waiting)
	cancel()
	require.Equal(t, "1 {error,cancelled}", r.answer())
	require.ErrorIs(t, r.end(), context.Canceled)
}

func TestLogsKeepLinesWhole(t *testing.T) {
	var out bytes.Buffer
	logs := shell.NewLogs(&out)
	for _, part := range []string{"a", "b\nc", "", "d\ne\nf"} {
		n, err := io.WriteString(logs, part)
		require.NoError(t, err)
		require.Equal(t, len(part), n)
	}
	require.Equal(t, "ab\ncd\ne\n", out.String())

	var all sync.WaitGroup
	out.Reset()
	for range 4 {
		all.Go(func() {
			for range 100 {
				_, _ = io.WriteString(logs, "line\n")
			}
		})
	}
	all.Wait()
	require.Equal(t, "f"+strings.Repeat("line\n", 400), out.String())
}
