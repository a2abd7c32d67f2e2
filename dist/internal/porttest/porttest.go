// Package porttest finds ports for tests.
package porttest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Free returns a port of the loopback that was free a moment ago, and that is none
// of those that the system gives to whoever asks for any: by the time the test
// listens there it would be somebody's, once in a few hundred runs.
func Free(t testing.TB) uint16 {
	t.Helper()
	for {
		port := 10000 + rand.IntN(10000)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			require.NoError(t, l.Close())
			return uint16(port)
		}
		require.ErrorIs(t, err, syscall.EADDRINUSE)
	}
}
