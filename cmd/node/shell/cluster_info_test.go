package shell_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/cmd/node/shell"
)

// What the cluster command prints is read back as it was.
func TestParseClusterInfo(t *testing.T) {
	s, b := newShell()
	require.NoError(t, b.Connect(context.Background(), "node2@h"))
	answer, _ := s.Execute(context.Background(), "cluster")
	info, err := shell.ParseClusterInfo(answer)
	require.NoError(t, err)
	require.Equal(t, shell.ClusterInfo{Size: 3, Nodes: []string{self, "node2@h"}, Quorum: true}, info)

	info, err = shell.ParseClusterInfo("{ok,[{later,1}]}")
	require.NoError(t, err)
	require.Equal(t, shell.ClusterInfo{}, info)
	for _, bad := range []string{
		"", "{", "ok", "{error,timeout}", "{ok,[size]}", "{ok,[{size}]}", "{ok,[{size,a}]}",
		"{ok,[{nodes,a}]}", "{ok,[{nodes,[1]}]}", "{ok,[{quorum,1}]}",
	} {
		_, err := shell.ParseClusterInfo(bad)
		require.ErrorIs(t, err, shell.ErrNotClusterInfo, bad)
	}
}
