package tests

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/tests/cluster"
)

// victimEnv names the file in which the test below, when it is run as a program
// of its own to be killed, tells the process ids of its nodes.
const victimEnv = "PAXOSKV_TEST_VICTIM"

// A test binary that is killed leaves no node behind: none that runs, and none
// that is paused.
func TestNothingIsLeftWhenTheTestIsKilled(t *testing.T) {
	if file := os.Getenv(victimEnv); file != "" {
		victim(t, file)
	}
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "pids")
	cmd := exec.Command(self, "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), victimEnv+"="+file)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	var text []byte
	cluster.Eventually(t, "the nodes run", func() (bool, any) {
		text, err = os.ReadFile(file)
		return err == nil, err
	})
	pids := strings.Fields(string(text))
	require.Len(t, pids, 3)
	for _, pid := range pids {
		require.True(t, alive(t, pid), "process %s", pid)
	}
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	for _, pid := range pids {
		cluster.Eventually(t, "process "+pid+" is gone", func() (bool, any) { return !alive(t, pid), out.String() })
	}
}

// victim starts nodes, tells of them, and waits for its end.
func victim(t *testing.T, file string) {
	c, nodes := cluster.Start(t, 2, cluster.Setup{})
	shell := c.StartShell(3)
	require.NoError(t, nodes[1].Pause())
	text := fmt.Sprintln(nodes[0].ProcessID(), nodes[1].ProcessID(), shell.ProcessID())
	require.NoError(t, os.WriteFile(file+".new", []byte(text), 0o600))
	require.NoError(t, os.Rename(file+".new", file))
	select {}
}

// alive says whether a process is there; a zombie is not.
func alive(t *testing.T, pid string) bool {
	t.Helper()
	_, err := strconv.Atoi(pid)
	require.NoError(t, err)
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return false
	}
	state := stat[bytes.LastIndexByte(stat, ')')+2]
	return state != 'Z' && state != 'X'
}
