//go:build unix

package local_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/cmd/node/local"
	"github.com/paxoskv/paxoskv/cmd/node/shell"
	"github.com/paxoskv/paxoskv/cmd/node/shelltest"
)

// fakeEnv makes the test binary a node instead, of the sort that its first
// argument says and with the name that its second does.
const fakeEnv = "PAXOSKV_TEST_FAKE_NODE"

func TestMain(m *testing.M) {
	if os.Getenv(fakeEnv) != "" {
		os.Exit(fakeNode(os.Args[1], os.Args[2]))
	}
	os.Exit(m.Run())
}

// fakeNode is a node without a cluster. A failing one never gets ready, a
// silent one neither ends nor gets ready, and a stubborn one does not end with
// its launcher.
func fakeNode(sort, name string) int {
	fmt.Fprintf(os.Stderr, "this is %s\n", name)
	switch sort {
	case "failing":
		return 3
	case "silent":
		select {}
	}
	b := shelltest.New(name)
	_, err := b.Put(context.Background(), etf.Atom("os_pid"), os.Getpid(), shell.PutOptions{})
	if err != nil {
		return 1
	}
	fmt.Println("a library prints where it should not")
	crash := shell.Command{Name: "crash", Run: func(context.Context, *shell.Call) (any, error) {
		os.Exit(4)
		return nil, nil
	}}
	s := shell.New(append(shell.Commands(b), crash))
	if err := s.Run(context.Background(), shell.Framed, os.Stdin, os.Stdout); err != nil {
		return 1
	}
	if sort == "stubborn" {
		select {}
	}
	return 0
}

// syncBuffer collects the logs.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func options(nodes int, sort string) local.Options {
	name := func(n int) string { return fmt.Sprintf("node%d@h", n) }
	return local.Options{
		Nodes: nodes, Most: nodes + 1, Name: name, Args: func(n int) []string { return []string{sort, name(n)} },
		Env: []string{fakeEnv + "=1", "GORACE=atexit_sleep_ms=0"}, Timeout: 10 * time.Second, StopTimeout: 10 * time.Second,
	}
}

// launcher is a started cluster and the shell over it.
type launcher struct {
	*local.Cluster
	t     *testing.T
	shell *shell.Shell
}

func launch(t *testing.T, opts local.Options) *launcher {
	t.Helper()
	c, err := local.Start(context.Background(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Stop()) })
	return &launcher{Cluster: c, t: t, shell: shell.New(c.Commands())}
}

func (l *launcher) do(line string) string {
	answer, _ := l.shell.Execute(context.Background(), line)
	return answer
}

func (l *launcher) expect(line, want string) {
	l.t.Helper()
	require.Equal(l.t, want, l.do(line), line)
}

// osPID asks node n for the id of its process.
func (l *launcher) osPID(n int) int {
	l.t.Helper()
	answer := l.do(fmt.Sprintf("at %d get os_pid", n))
	pid, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(answer, "{ok,"), "}"))
	require.NoError(l.t, err, answer)
	return pid
}

func requireGone(t *testing.T, pid int) {
	t.Helper()
	require.ErrorIs(t, syscall.Kill(pid, 0), syscall.ESRCH)
}

func TestASession(t *testing.T) {
	logs := &syncBuffer{}
	opts := options(3, "good")
	opts.Logs = logs
	l := launch(t, opts)
	l.expect("put a 1", "{ok,1}")
	l.expect("get a", "{ok,1}")
	l.expect("at 1 get a", "{ok,1}")
	l.expect("at 2 get a", "{error,not_found}")
	l.expect("at 3 cluster", "{ok,[{size,3},{nodes,[node3@h]},{quorum,false}]}")
	l.expect("put panic 1", `{error,{exception,"asked to"}}`)

	pid := l.osPID(2)
	l.expect("kill-node 2", "ok")
	requireGone(t, pid)
	l.expect("at 2 get a", "{error,node_down}")
	l.expect("kill-node 2", "{error,node_down}")
	l.expect("pause-node 2", "{error,node_down}")
	l.expect("resume-node 2", "{error,node_down}")
	l.expect("get a", "{ok,1}")
	l.expect("start-node 2", "{ok,node2@h}")
	l.expect("start-node 2", "{error,already_started}")
	require.NotEqual(t, pid, l.osPID(2))

	l.expect("at 4 get a", "{error,node_down}")
	l.expect("start-node 4", "{ok,node4@h}")
	l.expect("at 4 put a 4", "{ok,4}")

	l.expect("kill-node 1", "ok")
	l.expect("get a", "{error,node_down}")
	l.expect("at 4 get a", "{ok,4}")
	require.NoError(t, l.Stop())
	l.expect("at 4 get a", "{error,node_down}")
	l.expect("start-node 4", "{error,node_down}")
	require.Contains(t, logs.String(), "node3| this is node3@h\n")
	require.Contains(t, logs.String(), "node3| a library prints where it should not\n")
	require.NotContains(t, logs.String(), "ended by itself")
}

// The launcher's doctor begins with the nodes that run, the first of which need not.
func TestDoctor(t *testing.T) {
	opts := options(2, "good")
	l := launch(t, opts)
	l.expect("at 2 doctor", `{ok,["all is well: node2@h"]}`)
	l.expect("doctor", `{ok,["all is well: node1@h"]}`)

	opts.Doctor = func(_ context.Context, nodes []string) ([]string, error) {
		return append([]string{"of these:"}, nodes...), nil
	}
	l = launch(t, opts)
	l.expect("kill-node 1", "ok")
	l.expect("at 2 doctor", `{ok,["all is well: node2@h"]}`)
	l.expect("start-node 3", "{ok,node3@h}")
	l.expect("doctor", `{ok,["of these:","node2@h","node3@h"]}`)
	l.expect("kill-node 2", "ok")
	l.expect("kill-node 3", "ok")
	l.expect("doctor", "{error,node_down}")
	l.expect("at 3 doctor", "{error,node_down}")
}

func TestBadLines(t *testing.T) {
	l := launch(t, options(1, "good"))
	for line, want := range map[string]string{
		"at":               "N (an integer from 1 to 2) is missing; expected: at N COMMAND",
		"at 1":             "COMMAND (a command) is missing",
		"at x get a":       "N should be an integer from 1 to 2, not 'x'",
		"at 3 get a":       "N should be an integer from 1 to 2, not '3'",
		"at 0 get a":       "N should be an integer from 1 to 2",
		"kill-node":        "N (an integer from 1 to 2) is missing; expected: kill-node N",
		"kill-node 1 2":    "'2' is not expected here",
		"start-node 9":     "N should be an integer from 1 to 2",
		"pause-node node":  "N should be an integer from 1 to 2",
		"resume-node":      "N (an integer from 1 to 2) is missing",
		"crash":            "there is no command 'crash'; expected one of: put,",
		"put a":            "VALUE (an Erlang term) is missing",
		"at 1 put a":       "VALUE (an Erlang term) is missing",
		"at 1 at 1 get a":  "there is no command 'at'",
		"at 1 kill-node 1": "there is no command 'kill-node'",
	} {
		answer := l.do(line)
		require.True(t, strings.HasPrefix(answer, "{error,{bad_command,"), answer)
		require.Contains(t, answer, want, line)
		require.NotContains(t, answer, "\n")
	}
	_, err := l.Execute(context.Background(), 1, "get a\nget a")
	require.ErrorIs(t, err, local.ErrBadLine)
	_, err = l.Execute(context.Background(), 1, strings.Repeat("x", shell.MaxLine))
	require.ErrorIs(t, err, local.ErrBadLine)
	require.ErrorIs(t, l.StartNode(context.Background(), 3), local.ErrNoSuchNode)
	l.expect("get a", "{error,not_found}")
	require.Contains(t, l.do("help"), "kill-node start-node pause-node resume-node help exit")
}

// A late answer is never taken for the answer of the next command.
func TestPausedNode(t *testing.T) {
	opts := options(2, "good")
	opts.Timeout = 50 * time.Millisecond
	l := launch(t, opts)
	// Deadlines this short may pass for reasons of their own on a busy machine;
	// an answer that comes must be the right one.
	answers := func(line, want, why string) {
		t.Helper()
		require.Eventually(t, func() bool {
			answer := l.do(line)
			require.Contains(t, []string{want, "{error,timeout}"}, answer, why)
			return answer == want
		}, 20*time.Second, time.Millisecond, line)
	}
	answers("at 2 put a 1", "{ok,1}", "")
	l.expect("pause-node 2", "ok")
	l.expect("pause-node 2", "ok")
	for i := range 3 {
		l.expect(fmt.Sprintf("at 2 put late%d 1", i), "{error,timeout}")
	}
	answers("put a 2", "{ok,2}", "")
	l.expect("resume-node 2", "ok")
	answers("at 2 get a", "{ok,1}", "")
	for i := range 3 {
		answers(fmt.Sprintf("at 2 get late%d", i), "{error,not_found}", "a command read too late was run")
	}
	l.expect("pause-node 2", "ok")
	l.expect("kill-node 2", "ok")
	l.expect("start-node 2", "{ok,node2@h}")
}

// More than a pipe holds is sent to a node that reads nothing: the launcher is
// not held up, and the node is in step again later.
func TestPausedNodeWithAFullPipe(t *testing.T) {
	opts := options(1, "good")
	opts.Timeout = 10 * time.Millisecond
	l := launch(t, opts)
	require.NoError(t, l.PauseNode(1))
	long := `put a "` + strings.Repeat("x", 100_000) + `"`
	for range 3 {
		_, err := l.Execute(context.Background(), 1, long)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
	require.NoError(t, l.ResumeNode(1))
	require.Eventually(t, func() bool {
		answer := l.do("get a")
		require.Contains(t, []string{"{error,not_found}", "{error,timeout}"}, answer)
		return answer == "{error,not_found}"
	}, 20*time.Second, time.Millisecond)
}

func TestCancelReachesTheNode(t *testing.T) {
	l := launch(t, options(1, "good"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := l.Execute(ctx, 1, "get a")
	require.ErrorIs(t, err, context.Canceled)

	ctx, cancel = context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	answer, _ := l.shell.Execute(ctx, "get wait")
	require.Equal(t, "{error,cancelled}", answer)
	l.expect("get a", "{error,not_found}")
}

func TestANodeThatEndsByItself(t *testing.T) {
	logs := &syncBuffer{}
	opts := options(2, "good")
	opts.Logs = logs
	l := launch(t, opts)
	l.expect("at 2 exit", "ok")
	require.Eventually(t, func() bool { return l.do("at 2 get a") == "{error,node_down}" }, 20*time.Second, time.Millisecond)
	l.expect("start-node 2", "{ok,node2@h}")
	l.expect("at 2 crash", "{error,node_down}")
	require.Contains(t, logs.String(), "node2| ended by itself: exit status 0\n")
	require.Contains(t, logs.String(), "node2| ended by itself: exit status 4\n")
}

func TestStartFails(t *testing.T) {
	t.Run("when a node ends at once", func(t *testing.T) {
		_, err := local.Start(context.Background(), options(2, "failing"))
		require.ErrorIs(t, err, local.ErrNotReady)
		require.ErrorContains(t, err, "node1@h")
		require.ErrorContains(t, err, "exit status 3")
	})
	t.Run("when a node does not report in", func(t *testing.T) {
		opts := options(2, "silent")
		opts.StartTimeout, opts.StopTimeout = 10*time.Millisecond, 10*time.Millisecond
		_, err := local.Start(context.Background(), opts)
		require.ErrorIs(t, err, local.ErrNotReady)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
	t.Run("when there is no program", func(t *testing.T) {
		opts := options(2, "good")
		opts.Program = "/does/not/exist"
		_, err := local.Start(context.Background(), opts)
		require.ErrorIs(t, err, os.ErrNotExist)
	})
	t.Run("without nodes, names or arguments", func(t *testing.T) {
		for _, opts := range []local.Options{{}, {Nodes: 1}, options(0, "good")} {
			_, err := local.Start(context.Background(), opts)
			require.Error(t, err)
		}
	})
	t.Run("later, which leaves the others alone", func(t *testing.T) {
		opts := options(1, "good")
		opts.Args = func(n int) []string {
			return []string{map[int]string{1: "good", 2: "failing"}[n], "n@h"}
		}
		l := launch(t, opts)
		require.ErrorIs(t, l.StartNode(context.Background(), 2), local.ErrNotReady)
		require.Contains(t, l.do("start-node 2"), "{error,{failed,")
		l.expect("at 2 get a", "{error,node_down}")
		l.expect("get a", "{error,not_found}")
	})
}

func TestStop(t *testing.T) {
	for _, test := range []struct {
		name, sort string
		before     []string
	}{
		{"good nodes", "good", nil},
		{"a paused node", "good", []string{"pause-node 2"}},
		{"a dead node", "good", []string{"kill-node 2"}},
		{"stubborn nodes", "stubborn", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			opts := options(2, test.sort)
			if test.sort == "stubborn" {
				opts.StopTimeout = 10 * time.Millisecond
			}
			l := launch(t, opts)
			pids := []int{l.osPID(1), l.osPID(2)}
			for _, line := range test.before {
				l.expect(line, "ok")
			}
			require.NoError(t, l.Stop())
			for _, pid := range pids {
				requireGone(t, pid)
			}
			require.NoError(t, l.Stop(), "a second time does nothing")
		})
	}
}

// The shell over the nodes is an ordinary one.
func TestPipe(t *testing.T) {
	l := launch(t, options(2, "good"))
	in := "% two nodes\nput a 1\nat 2 put a 2\nget a\nat 2 get a\nnonsense\nexit\nget a\n"
	out, w := io.Pipe()
	go func() { w.CloseWithError(l.shell.Run(context.Background(), shell.Pipe, strings.NewReader(in), w)) }()
	text, err := io.ReadAll(out)
	require.NoError(t, err)
	lines := strings.Split(string(text), "\n")
	require.Equal(t, []string{"{ok,1}", "{ok,2}", "{ok,1}", "{ok,2}"}, lines[:4])
	require.Equal(t, []string{"ok", ""}, lines[5:])
}

func TestFreePorts(t *testing.T) {
	ports, err := local.FreePorts("127.0.0.1", 9, os.Getpid())
	require.NoError(t, err)
	require.Len(t, ports, 9)
	seen := map[int]bool{}
	for _, p := range ports {
		require.False(t, seen[p])
		seen[p] = true
		require.Less(t, p, 32768, "not one that outgoing connections get")
	}
	_, err = local.FreePorts("192.0.2.1", 1, 0)
	require.ErrorIs(t, err, local.ErrNoPorts, "an address of no machine")
}
