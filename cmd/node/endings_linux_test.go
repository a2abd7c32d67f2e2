package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/cmd/node/ptytest"
)

// gone tells whether a process has ended. One that is a zombie has: whether
// anybody reaps the orphans is not ours to see to.
func gone(t *testing.T, pid int) bool {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	after := stat[strings.LastIndexByte(string(stat), ')')+2:]
	return after[0] == 'Z' || after[0] == 'X'
}

// session is "node local" by a pipe, with the third of its nodes paused.
type session struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	pids []int
}

func startLocal(t *testing.T, args ...string) *session {
	t.Helper()
	cmd := program(t, append([]string{"local"}, args...)...)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	s := &session{cmd: cmd, in: in, out: bufio.NewReader(out)}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		for _, pid := range s.pids {
			if !gone(t, pid) {
				t.Errorf("process %d is left behind", pid)
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	})
	for n := 1; n <= 3; n++ {
		s.pids = append(s.pids, pidIn(t, s.do(t, fmt.Sprintf("at %d get os_pid", n))))
	}
	return s
}

func pidIn(t *testing.T, answer string) int {
	t.Helper()
	pid, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(answer, "{ok,"), "}"))
	require.NoError(t, err, answer)
	return pid
}

func (s *session) do(t *testing.T, line string) string {
	t.Helper()
	_, err := io.WriteString(s.in, line+"\n")
	require.NoError(t, err)
	answer, err := s.out.ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSuffix(answer, "\n")
}

func (s *session) requireGone(t *testing.T) {
	t.Helper()
	for _, pid := range s.pids {
		require.Eventually(t, func() bool { return gone(t, pid) }, 20*time.Second, time.Millisecond, "process %d", pid)
	}
}

// However the launcher ends, no node is left behind, and a paused one neither.
func TestEveryEndTakesTheNodesDown(t *testing.T) {
	signal := func(sig syscall.Signal) func(*testing.T, *session) {
		return func(t *testing.T, s *session) { require.NoError(t, s.cmd.Process.Signal(sig)) }
	}
	for _, test := range []struct {
		name   string
		end    func(*testing.T, *session)
		status int // -1 stands for the end by a signal.
	}{
		{"exit", func(t *testing.T, s *session) { require.Equal(t, "ok", s.do(t, "exit")) }, statusOK},
		{"end of input", func(t *testing.T, s *session) { require.NoError(t, s.in.Close()) }, statusOK},
		{"SIGINT", signal(syscall.SIGINT), statusOK},
		{"SIGTERM", signal(syscall.SIGTERM), statusOK},
		{"SIGHUP", signal(syscall.SIGHUP), statusOK},
		{"SIGQUIT", signal(syscall.SIGQUIT), 2},
		{"panic", signal(syscall.SIGUSR1), 2},
		{"SIGKILL", signal(syscall.SIGKILL), -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := startLocal(t)
			require.Equal(t, "ok", s.do(t, "pause-node 3"))
			test.end(t, s)
			_ = wait(t, s.cmd)
			require.Equal(t, test.status, s.cmd.ProcessState.ExitCode())
			s.requireGone(t)
		})
	}
}

// What ends a launcher that waits for a node ends the node as well.
func TestEndsWhileACommandRuns(t *testing.T) {
	s := startLocal(t)
	_, err := io.WriteString(s.in, "get wait\n")
	require.NoError(t, err)
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, wait(t, s.cmd))
	s.requireGone(t)
}

// The nodes learn what they need; the cookie is not on their command line.
func TestLocalTellsItsNodes(t *testing.T) {
	s := startLocal(t, "--nodes", "3", "--cookie", "SECRET")
	require.Equal(t, `{ok,"SECRET"}`, s.do(t, "at 2 get cookie"))
	require.Equal(t, "{ok,3}", s.do(t, "at 2 get size"))
	ports := map[string]bool{}
	for n := 1; n <= 3; n++ {
		ports[s.do(t, fmt.Sprintf("at %d get port", n))] = true
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", s.pids[n-1]))
		require.NoError(t, err)
		require.NotContains(t, string(line), "SECRET")
	}
	require.Len(t, ports, 3)
	require.Equal(t, `{ok,"node2@127.0.0.1 node3@127.0.0.1"}`, s.do(t, "get peers"))
	require.Equal(t, "{ok,'node4@127.0.0.1'}", s.do(t, "start-node 4"))
	s.pids = append(s.pids, pidIn(t, s.do(t, "at 4 get os_pid")))
	require.Equal(t, "ok", s.do(t, "kill-node 1"))
	require.Equal(t, "{error,node_down}", s.do(t, "get peers"))
	require.Equal(t, "{ok,'node1@127.0.0.1'}", s.do(t, "start-node 1"))
	require.Equal(t, "ok", s.do(t, "exit"))
	require.NoError(t, wait(t, s.cmd))
	s.requireGone(t)
}

// atTerminal starts the program with a terminal as its controlling one.
func atTerminal(t *testing.T, args ...string) (*ptytest.PTY, *exec.Cmd) {
	t.Helper()
	pty := ptytest.Open(t)
	cmd := program(t, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = pty.Terminal, pty.Terminal, pty.Terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return pty, cmd
}

func TestLocalAtATerminal(t *testing.T) {
	pty, cmd := atTerminal(t, "local")
	prompt := "\r\nnode1@127.0.0.1> "
	pty.Expect("node1@127.0.0.1 to node3@127.0.0.1 are up; help lists the commands\r\nthey listen on port ")
	pty.Expect("; from elsewhere: node doctor node1@127.0.0.1:")
	pty.Expect(prompt)
	before := pty.Settings()
	pty.Type("at 2 pu\tlang ergo\r")
	pty.Expect("{ok,ergo}" + prompt)
	pty.Type("pau\t2\r")
	pty.Expect("pause-node 2\r\nok" + prompt)
	pty.Type("at 2 get lang\r")
	pty.Expect("at 2 get lang\r\n")
	pty.Type("\x03")
	pty.Expect("{error,cancelled}" + prompt)
	pty.Type("res\tode 2")
	pty.Type("\x03" + "put log 1\r")
	pty.Expect("node1| ") // Before its answer or after it: they come by two pipes.
	pty.Type("cluster\r")
	pty.Expect("{ok,[{size,3}")
	pty.Expect(prompt)
	pty.Type("\x04")
	require.NoError(t, wait(t, cmd))
	require.NotEqual(t, before, pty.Settings(), "the terminal was raw, and is not any more")
}

// A terminal that is closed takes the launcher and its nodes with it.
func TestLocalAtATerminalThatGoes(t *testing.T) {
	pty, cmd := atTerminal(t, "local")
	s := &session{cmd: cmd}
	for n := 1; n <= 3; n++ {
		pty.Type(fmt.Sprintf("at %d get os_pid\r", n))
		pty.Expect("{ok,")
		pid, err := strconv.Atoi(pty.Expect("}"))
		require.NoError(t, err)
		s.pids = append(s.pids, pid)
	}
	require.NoError(t, pty.Terminal.Close())
	require.NoError(t, pty.HangUp())
	_ = wait(t, cmd)
	s.requireGone(t)
}
