package shell_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/cmd/node/ptytest"
	"github.com/paxoskv/paxoskv/cmd/node/shell"
	"github.com/paxoskv/paxoskv/cmd/node/shelltest"
)

const (
	up    = "\x1b[A"
	ctrlC = "\x03"
	ctrlD = "\x04"
)

// session is a shell at a terminal. Its end checks that the terminal has the
// state it had before.
type session struct {
	*ptytest.PTY
	backend *shelltest.Backend
	logs    *shell.Logs
	cancel  context.CancelFunc
	ended   chan struct{} // Closed when err is set.
	err     error
}

func openSession(t *testing.T) *session {
	pty := ptytest.Open(t)
	before := pty.Settings()
	var stray bytes.Buffer
	logs := shell.NewLogs(&stray)
	s, b := newShell(shell.WithPrompt("n1> "), shell.WithGreeting("hello"), shell.WithLogs(logs))
	ctx, cancel := context.WithCancel(context.Background())
	ses := &session{PTY: pty, backend: b, logs: logs, cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(ses.ended)
		ses.err = s.Run(ctx, shell.Terminal, pty.Terminal, pty.Terminal)
	}()
	t.Cleanup(func() {
		cancel()
		within(t, ses.ended)
		require.Equal(t, before, pty.Settings(), "the terminal was left in another state")
		require.Empty(t, stray.String(), "log lines left the terminal while it was open")
	})
	ses.Expect("hello\r\nn1> ")
	require.NotEqual(t, before, pty.Settings(), "the terminal edits no lines of its own")
	return ses
}

func (s *session) end(t *testing.T) error {
	within(t, s.ended)
	return s.err
}

func TestTerminalAnswersAndEndsByCtrlD(t *testing.T) {
	s := openSession(t)
	s.Type("put lang ergo\r")
	s.Expect("\r\n{ok,ergo}\r\nn1> ")
	s.Type("oops\r")
	s.Expect("\r\n{error,{bad_command,")
	s.Expect("\r\nn1> ")
	s.Type("\r  \r% comment\r")
	s.Expect("n1> % comment\r\nn1> ")
	s.Type(ctrlD)
	s.Expect("\r\n")
	require.NoError(t, s.end(t))
}

func TestTerminalHistoryAndEditing(t *testing.T) {
	s := openSession(t)
	s.Type("put a b\r")
	s.Expect("{ok,b}\r\nn1> ")
	s.Type("gat a\x1b[D\x1b[D\x1b[D\x7fe\r")
	s.Expect("{ok,b}\r\nn1> ")
	s.Type(up + up + "\r")
	s.Expect("put a b")
	s.Expect("{ok,b}\r\nn1> ")
	require.Len(t, s.backend.Puts, 2)
	s.Type("exit\r")
	s.Expect("ok\r\n")
	require.NoError(t, s.end(t))
}

func TestTerminalCompletes(t *testing.T) {
	s := openSession(t)
	s.Type("clu\t\r")
	s.Expect("{ok,[{size,3}")
	s.Expect("n1> ")
	s.Type("p\t")
	s.Expect("pid  put\r\nn1> p")
	s.Type("u\ta b no_\tret\t\tu\t\r")
	s.Expect("retry  return\r\nn1> put a b no_quorum ret")
	s.Expect("{ok,b}\r\n")
	require.True(t, s.backend.Puts[0].ReturnNoQuorum)
}

func TestTerminalCtrlC(t *testing.T) {
	s := openSession(t)
	s.Type("get wait\r")
	within(t, s.backend.Waiting)
	s.Type("typed ahead" + ctrlC)
	s.Expect("{error,cancelled}\r\nn1> ")

	s.Type("get wait\r" + ctrlC)
	s.Expect("{error,cancelled}\r\nn1> ")

	s.Type("put a b c d e")
	s.Expect("c d e")
	s.Type(ctrlC)
	s.Expect("n1> ")
	s.Type("put a b\r")
	s.Expect("{ok,b}\r\nn1> ")
	require.Len(t, s.backend.Puts, 1, "Ctrl-C at the prompt clears the line and runs nothing")
	s.Type(ctrlC + ctrlD)
	require.NoError(t, s.end(t))
}

// A log line is shown above the line being edited, which is drawn again.
func TestTerminalLogLines(t *testing.T) {
	s := openSession(t)
	s.Type("put a")
	s.Expect("put a")
	fmt.Fprintf(s.logs, "node2 is gone\n")
	s.Expect("node2 is gone\r\nn1> put a")
	s.Type(" b\r")
	s.Expect("{ok,b}\r\n")

	s.Type("get wait\r")
	within(t, s.backend.Waiting)
	fmt.Fprintf(s.logs, "node3 is gone\n")
	s.Expect("get wait\r\nnode3 is gone\r\n")
	s.Type(ctrlC)
	s.Expect("{error,cancelled}")
}

func TestTerminalEndsWithItsCtx(t *testing.T) {
	s := openSession(t)
	s.Type("put a b")
	s.Expect("put a b")
	s.cancel()
	require.ErrorIs(t, s.end(t), context.Canceled)

	s = openSession(t)
	s.Type("get wait\r")
	within(t, s.backend.Waiting)
	s.cancel()
	s.Expect("{error,cancelled}\r\n")
	require.ErrorIs(t, s.end(t), context.Canceled)
}
