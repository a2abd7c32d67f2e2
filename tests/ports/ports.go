// Package ports gives tests ports that are theirs while they run.
package ports

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// hostAddress is where the ports are looked for.
const hostAddress = "127.0.0.1"

// Most is how many ports there are for one who asks.
const Most = groupPorts

// Ports come in groups, one for each who asks. They lie below those that systems
// give to outgoing connections, lest a node that dials a dead peer is given the
// peer's port for its own end, and above those of "node local".
const (
	firstPort  = 30000
	groupPorts = 8
	groups     = 340
)

var errNoPorts = errors.New("all groups of ports are in use")

// nextGroup is where the search goes on: a port that was just left may have
// connections that wait for their end.
var nextGroup struct {
	sync.Mutex
	number int
}

// One is one port; see Free.
func One(t testing.TB) uint16 {
	t.Helper()
	return uint16(Free(t, 1)[0])
}

// Free returns so many ports, Most at the most, of the loopback that nobody listens on,
// and that no other test is given while this one runs, in whatever program: each group
// has a file, locked by who uses it. The system unlocks it when the program ends.
func Free(t testing.TB, count int) []int {
	t.Helper()
	free, err := take(t, count)
	require.NoError(t, err)
	return free
}

func take(t testing.TB, count int) ([]int, error) {
	nextGroup.Lock()
	defer nextGroup.Unlock()
	if nextGroup.number == 0 {
		nextGroup.number = os.Getpid() * 31
	}
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("paxoskv-tests-ports-%d", os.Getuid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	for range groups {
		nextGroup.number++
		group := nextGroup.number % groups
		file, err := lock(filepath.Join(dir, strconv.Itoa(group)))
		if errors.Is(err, syscall.EWOULDBLOCK) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if free := listenable(group, count); free != nil {
			t.Cleanup(func() { _ = file.Close() })
			return free, nil
		}
		_ = file.Close()
	}
	return nil, errNoPorts
}

func lock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// listenable returns the ports of a group, or nil when one of them is taken.
func listenable(group, count int) (free []int) {
	for i := range count {
		port := firstPort + group*groupPorts + i
		l, err := net.Listen("tcp", net.JoinHostPort(hostAddress, strconv.Itoa(port)))
		if err != nil {
			return nil
		}
		_ = l.Close()
		free = append(free, port)
	}
	return free
}
