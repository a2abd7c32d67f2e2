package cluster

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/spawn"
)

func TestMain(m *testing.M) { Main(m) }

// While one has its ports, nobody else is given them.
func TestPortsAreGivenOnce(t *testing.T) {
	given := map[int]bool{}
	for range 20 {
		ports, err := FreePorts(t, most)
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
	p, err := spawn.Start(spawn.Main(), &spawn.Logs{}, self, nil, []string{agent.ConfigEnv + "={}"})
	require.NoError(t, err)
	defer p.Kill()
	require.ErrorIs(t, newNode(c, 1, p).Started(), ErrNoAnswer)
	<-p.Gone
	require.Equal(t, 1, p.Cmd.ProcessState.ExitCode())
	require.Contains(t, p.Logs.String(), "node does not start")
}
