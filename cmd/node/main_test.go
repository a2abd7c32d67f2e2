//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/cmd/node/config"
	"github.com/paxoskv/paxoskv/cmd/node/shell"
	"github.com/paxoskv/paxoskv/cmd/node/shelltest"
)

// programEnv makes the test binary the program, with nodes that have no store.
// The nodes of a launcher inherit it.
const programEnv = "PAXOSKV_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programEnv) == "" {
		os.Exit(m.Run())
	}
	start = startFake
	panics := make(chan os.Signal, 1)
	signal.Notify(panics, syscall.SIGUSR1)
	go func() {
		<-panics
		panic("asked to")
	}()
	main()
}

// fakeNode is a node without a store. Its process tells its id under the key
// os_pid; putting under the key fail ends the node as a failure.
type fakeNode struct {
	*shelltest.Backend
	failed chan error
	log    func(string)
}

func startFake(_ context.Context, cfg nodeConfig) (node, error) {
	if cfg.Number == 13 {
		return nil, errNameTaken
	}
	n := &fakeNode{Backend: shelltest.New(cfg.Name), failed: make(chan error, 1)}
	for _, peer := range cfg.Peers {
		if err := n.Connect(context.Background(), peer); err != nil {
			return nil, err
		}
	}
	n.log = func(text string) { cfg.Log.Info(text); cfg.Log.Warn(text) }
	for key, value := range map[etf.Atom]any{
		"os_pid": os.Getpid(), "size": cfg.Size, "port": cfg.Port, "cookie": cfg.Cookie,
		"peers": strings.Join(cfg.Peers, " "),
	} {
		if _, err := n.Backend.Put(context.Background(), key, value, shell.PutOptions{}); err != nil {
			return nil, err
		}
	}
	cfg.Log.Info("started")
	return n, nil
}

func (n *fakeNode) Failed() <-chan error { return n.failed }
func (n *fakeNode) Stop() error          { return nil }

func (n *fakeNode) Put(ctx context.Context, key, value any, opts shell.PutOptions) (any, error) {
	switch key {
	case etf.Atom("fail"):
		n.failed <- errors.New("asked to")
		<-ctx.Done()
		return nil, ctx.Err()
	case etf.Atom("log"):
		n.log("logged")
	}
	return n.Backend.Put(ctx, key, value, opts)
}

// program prepares a run of the program with a home directory of its own.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), programEnv+"=1", "HOME="+t.TempDir(), "XDG_CONFIG_HOME=", "GORACE=atexit_sleep_ms=0")
	return cmd
}

// result runs the program to its end with the input, and returns its output,
// its standard error and its exit status.
func result(t *testing.T, cmd *exec.Cmd, in string) (string, string, int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(in), &out, &errs
	timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// wait is cmd.Wait for a program that should be about to end.
func wait(t *testing.T, cmd *exec.Cmd) error {
	t.Helper()
	timer := time.AfterFunc(time.Minute, func() {
		t.Error("the program did not end")
		_ = cmd.Process.Kill()
	})
	defer timer.Stop()
	return cmd.Wait()
}

func TestUsage(t *testing.T) {
	out, errs, status := result(t, program(t, "--help"), "")
	require.Equal(t, config.Usage, out)
	require.Empty(t, errs)
	require.Equal(t, statusOK, status)
	for _, args := range [][]string{{}, {"one"}, {"1", "--size", "0"}, {"local", "--nodes", "x"}, {"1", "2"}} {
		out, errs, status := result(t, program(t, args...), "")
		require.Empty(t, out)
		require.True(t, strings.HasPrefix(errs, "node: usage: "), errs)
		require.Equal(t, statusUsage, status, args)
	}
}

func TestVersion(t *testing.T) {
	out, said, status := result(t, program(t, "--version"), "")
	require.Zero(t, status, said)
	require.Regexp(t, `^paxoskv .*, ergo v1\.999\.224, go1\.\S+\n$`, out)
}

func TestNodeByPipe(t *testing.T) {
	in := "put a b\nget a\n\n% comment\nwrong\nget size\nget cookie\nget peers\nput log 1\n"
	cmd := program(t, "2", "--size", "5", "--cookie", "SECRET", "--connect", "x@h")
	out, errs, status := result(t, cmd, in)
	lines := strings.Split(out, "\n")
	require.Len(t, lines, 8)
	require.Equal(t, []string{"{ok,b}", "{ok,b}"}, lines[:2])
	require.True(t, strings.HasPrefix(lines[2], "{error,{bad_command,"))
	require.Equal(t, "{ok,5}", lines[3])
	require.Equal(t, `{ok,"SECRET"}`, lines[4])
	require.Equal(t, `{ok,"node0@127.0.0.1 node1@127.0.0.1 node3@127.0.0.1 node4@127.0.0.1 x@h"}`, lines[5])
	require.Equal(t, 2, strings.Count(errs, "msg=logged"), errs)
	require.Equal(t, statusOK, status)

	out, errs, status = result(t, program(t, "1", "--log-level", "error"), "put log 1\nexit\nget log\n")
	require.Equal(t, "{ok,1}\nok\n", out)
	require.Empty(t, errs)
	require.Equal(t, statusOK, status)
}

func TestStatusOfAFailedNode(t *testing.T) {
	out, errs, status := result(t, program(t, "1", "--log-level", "warn"), "put fail 1\nget a\n")
	require.Equal(t, "{error,cancelled}\n", out)
	require.Equal(t, "node: the node failed: asked to\n", errs)
	require.Equal(t, statusFailed, status)

	_, errs, status = result(t, program(t, "13"), "")
	require.Equal(t, "node: a node of this name is running already\n", errs)
	require.Equal(t, statusFailed, status)
}

// With a cookie file that others can read, nothing starts.
func TestBadCookieFile(t *testing.T) {
	for _, what := range []string{"1", "local"} {
		cmd := program(t, what)
		home := t.TempDir()
		cmd.Env = append(cmd.Env, "HOME="+home)
		require.NoError(t, os.WriteFile(filepath.Join(home, ".erlang.cookie"), []byte("SECRET"), 0o644))
		require.NoError(t, os.Chmod(filepath.Join(home, ".erlang.cookie"), 0o644))
		_, errs, status := result(t, cmd, "get a\n")
		require.Contains(t, errs, "must be accessible by its owner only")
		require.Equal(t, statusFailed, status)
	}
}

// A doctor that finds nobody to look at says so, and not that all is well.
func TestDoctorThatCannotLook(t *testing.T) {
	for want, change := range map[string]func(*exec.Cmd){
		"EPMD on 127.0.0.1 does not answer": func(*exec.Cmd) {},
		"must be accessible by its owner only": func(cmd *exec.Cmd) {
			home := t.TempDir()
			path := filepath.Join(home, ".erlang.cookie")
			require.NoError(t, os.WriteFile(path, []byte("SECRET"), 0o600))
			require.NoError(t, os.Chmod(path, 0o644))
			cmd.Env = append(cmd.Env, "HOME="+home)
		},
	} {
		cmd := program(t, "doctor")
		cmd.Env = append(cmd.Env, epmdPortEnv+"=1")
		change(cmd)
		out, errs, status := result(t, cmd, "")
		require.Empty(t, out)
		require.Contains(t, errs, want)
		require.Equal(t, statusBlind, status)
	}
	cmd := program(t, "doctor", "1", "--json")
	cmd.Env = append(cmd.Env, epmdPortEnv+"=1")
	out, _, status := result(t, cmd, "")
	require.Contains(t, out, `"no node of the store answers"`)
	require.Equal(t, statusFindings, status)
}

func TestNoShellRunsUntilASignal(t *testing.T) {
	cmd := program(t, "1", "--no-shell")
	errs, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(errs).ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, line, "msg=started")
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, wait(t, cmd), "a signal is an orderly end")
}

// node _ takes the lowest free number; a real error ends the search.
func TestLowestFreeNumber(t *testing.T) {
	var mu sync.Mutex
	taken := map[int]bool{1: true, 3: true}
	broken := errors.New("broken")
	start = func(_ context.Context, cfg nodeConfig) (node, error) {
		mu.Lock()
		defer mu.Unlock()
		if cfg.Kind != config.Numbered || cfg.Name != fmt.Sprintf("node%d@127.0.0.1", cfg.Number) {
			return nil, broken
		}
		if taken[cfg.Number] {
			return nil, fmt.Errorf("epmd: %w", errNameTaken)
		}
		taken[cfg.Number] = true
		return &fakeNode{}, nil
	}
	t.Cleanup(func() { start = startNode })
	cfg, err := config.Parse([]string{"_"}, func(string) string { return "" })
	require.NoError(t, err)
	for _, want := range []int{2, 4} {
		number, n, err := startAny(context.Background(), cfg, nil)
		require.NoError(t, err)
		require.NotNil(t, n)
		require.Equal(t, want, number)
	}
	cfg.Kind, cfg.Number = config.Numbered, 1
	_, _, err = startAny(context.Background(), cfg, nil)
	require.ErrorIs(t, err, errNameTaken)

	start = func(context.Context, nodeConfig) (node, error) { return nil, broken }
	cfg.Kind = config.Lowest
	_, _, err = startAny(context.Background(), cfg, nil)
	require.ErrorIs(t, err, broken)
}
