package cluster

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/tests/agent"
)

func TestMain(m *testing.M) { Main(m) }

// While one has its ports, nobody else is given them.
func TestPortsAreGivenOnce(t *testing.T) {
	given := map[int]bool{}
	for range 20 {
		ports, err := freePorts(t, most)
		require.NoError(t, err)
		require.Len(t, ports, most)
		for _, port := range ports {
			require.False(t, given[port])
			given[port] = true
			require.Less(t, port, 32768)
		}
	}
	path := filepath.Join(t.TempDir(), "lock")
	file, err := lock(path)
	require.NoError(t, err)
	_, err = lock(path)
	require.ErrorIs(t, err, syscall.EWOULDBLOCK)
	require.NoError(t, file.Close())
	file, err = lock(path)
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

// A program that broke is noticed, also where the node went on.
func TestFaultsAreSeenInTheLog(t *testing.T) {
	for line, want := range map[string]string{
		`level=INFO msg="3 of 3 nodes [quorum:yes]"`:                                                                     "",
		raceReport("main.f()", "main.g()"):                                                                               raceSign,
		raceReport("main.f()", "github.com/ergo-services/ergo/node.f()"):                                                 raceSign,
		raceReport("github.com/ergo-services/ergo/gen.f()", "main.f()"):                                                  raceSign,
		raceReport("github.com/ergo-services/ergo/node.(*core).spawn.func2()", "github.com/ergo-services/ergo/node.f()"): "",
		"panic: runtime error":                                         "panic:",
		"fatal error: concurrent map writes":                           "fatal error:",
		`WARNING! Server terminated <A.0.1>["x"]. Panic reason: "nil"`: "Panic reason:",
	} {
		l := &logs{}
		_, err := io.WriteString(l, "first\n"+line+"\nlast\n")
		require.NoError(t, err)
		require.Equal(t, want, l.fault(), line)
	}
}

func raceReport(first, second string) string {
	return raceRule + "WARNING: DATA RACE\nWrite at 0x00c0 by goroutine 26:\n  " + first + "\n      /a/b.go:480 +0x6c\n  main.h()\n" +
		"\nPrevious read at 0x00c0 by goroutine 27:\n  " + second + "\n      /a/c.go:1 +0x1\n\nGoroutine 26 (running) created at:\n  main.main()\n" + raceRule
}

// A node that is dead, or that cannot start, is not taken for one that answers.
func TestDeadNodesGiveNoAnswer(t *testing.T) {
	c := New(t, Setup{})
	n := c.StartNode(1)
	require.NoError(t, n.Ping())
	n.Kill()
	require.ErrorIs(t, n.Ping(), ErrNoAnswer)
	_, err := n.Put("k", 1)
	require.ErrorIs(t, err, ErrNoAnswer)

	self, err := os.Executable()
	require.NoError(t, err)
	p, err := startProcess(&logs{}, self, nil, []string{agent.ConfigEnv + "={}"})
	require.NoError(t, err)
	defer p.kill()
	require.ErrorIs(t, newNode(c, 1, p).Started(), ErrNoAnswer)
	<-p.gone
	require.Equal(t, 1, p.cmd.ProcessState.ExitCode())
	require.Contains(t, p.logs.String(), "node does not start")
}
