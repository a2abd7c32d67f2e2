package tests

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/tests/cluster"
	"github.com/paxoskv/paxoskv/tests/ports"
)

// lone is a node that finds the others by a port mapper of its own, as those that
// a person starts in several terminals do.
type lone struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
	cmd *exec.Cmd
}

func startLone(t *testing.T, epmd int, args ...string) *lone {
	t.Helper()
	program, err := cluster.Program()
	require.NoError(t, err)
	c := exec.Command(program, append(args, "--log-level", "error")...)
	c.Env = append(os.Environ(), "PAXOSKV_COOKIE=numbers", "ERL_EPMD_PORT="+strconv.Itoa(epmd))
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, err := c.StdinPipe()
	require.NoError(t, err)
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	return &lone{t: t, in: in, out: bufio.NewReader(out), cmd: c}
}

func (l *lone) do(command string) string {
	l.t.Helper()
	_, err := io.WriteString(l.in, command+"\n")
	require.NoError(l.t, err)
	line, err := l.out.ReadString('\n')
	require.NoError(l.t, err)
	return strings.TrimSpace(line)
}

// Three nodes started at once with "node _" take three numbers, with no port
// mapper there before, and are one cluster. A name that is taken is refused. One
// that is killed leaves its number free.
func TestLowestFreeNumbers(t *testing.T) {
	t.Parallel()
	epmd := ports.Free(t, 1)[0] // which no connection is given meanwhile
	var nodes []*lone
	for range 3 {
		nodes = append(nodes, startLone(t, epmd, "_"))
	}
	want := clusterLine(3, 1, 2, 3)
	together := func(l *lone) bool { return l.do("cluster") == want }
	for _, n := range nodes {
		require.Eventually(t, func() bool { return together(n) }, time.Minute, 50*time.Millisecond)
	}
	require.Equal(t, "{ok,1}", nodes[0].do("put k 1"))
	require.Equal(t, "{ok,1}", nodes[2].do("put k 2"))

	taken := startLone(t, epmd, "2")
	require.Error(t, taken.cmd.Wait(), "node 2 runs already")

	require.NoError(t, nodes[1].cmd.Process.Kill())
	require.Error(t, nodes[1].cmd.Wait())
	again := startLone(t, epmd, "_")
	require.Eventually(t, func() bool { return together(again) }, time.Minute, 50*time.Millisecond)
	require.Equal(t, "{ok,1}", again.do("get k"))
}
