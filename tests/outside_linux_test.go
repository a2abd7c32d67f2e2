package tests

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ergo-services/ergo/node"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/dist"
	"github.com/paxoskv/paxoskv/tests/cluster"
)

// ergo tells its makers the name of each node, a minute after it has started,
// unless it is told not to: the wire does, whatever the options say.
func TestNothingIsToldToTheMakersOfErgo(t *testing.T) {
	t.Parallel()
	wire, err := dist.New(dist.Options{Cookie: "secret"})
	require.NoError(t, err)
	options := node.Options{System: node.System{DisableAnonMetrics: false}}
	wire.Plug(&options)
	require.True(t, options.System.DisableAnonMetrics)
}

// All sockets of the program's nodes are of loopback.
func TestNodesStayOnLoopback(t *testing.T) {
	t.Parallel()
	c := cluster.New(t, cluster.Setup{})
	for _, s := range shells(t, c, 1, 2, 3) {
		addresses := sockets(t, s.ProcessID())
		require.GreaterOrEqual(t, len(addresses), 3, "a listener and two links: %v", addresses)
		for _, ip := range addresses {
			require.True(t, ip.IsLoopback() || ip.IsUnspecified(), "%v", addresses)
		}
	}
}

// sockets lists the addresses of both ends of the sockets of a process; that of
// the other end is unspecified for a listener.
func sockets(t *testing.T, pid int) []net.IP {
	t.Helper()
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	require.NoError(t, err)
	ours := map[string]bool{}
	for _, fd := range fds {
		if target, err := os.Readlink(fd); err == nil {
			ours[strings.TrimSuffix(strings.TrimPrefix(target, "socket:["), "]")] = true
		}
	}
	var ips []net.IP
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		file, err := os.Open(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		require.NoError(t, err)
		for lines := bufio.NewScanner(file); lines.Scan(); {
			fields := strings.Fields(lines.Text())
			if len(fields) < 10 || !ours[fields[9]] {
				continue
			}
			local, remote := address(t, fields[1]), address(t, fields[2])
			require.False(t, local.IsUnspecified(), "it listens everywhere: %s", lines.Text())
			ips = append(ips, local, remote)
		}
		require.NoError(t, file.Close())
	}
	return ips
}

// address reads ADDRESS:PORT of the kernel's tables: words of 4 bytes in hex,
// each with its lowest byte first.
func address(t *testing.T, text string) net.IP {
	t.Helper()
	words, _, found := strings.Cut(text, ":")
	require.True(t, found, text)
	var ip net.IP
	for ; len(words) >= 8; words = words[8:] {
		word, err := strconv.ParseUint(words[:8], 16, 32)
		require.NoError(t, err, text)
		ip = append(ip, byte(word), byte(word>>8), byte(word>>16), byte(word>>24))
	}
	return ip
}
