package cluster

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/spawn"
)

func TestMain(m *testing.M) { Main(m) }

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
