package ports

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// While one has its ports, nobody else is given them.
func TestPortsAreGivenOnce(t *testing.T) {
	given := map[int]bool{}
	for range 20 {
		ports := Free(t, Most)
		require.Len(t, ports, Most)
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
