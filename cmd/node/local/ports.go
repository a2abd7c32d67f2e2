package local

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// The ports that nodes get lie below those that systems give to outgoing
// connections. A node that dials a dead peer on a port of that kind can be
// given the very same port for its own end, and then is connected to itself.
const (
	firstPort = 20000
	lastPort  = 30000
)

// ErrNoPorts is returned when too few ports are free, or none can be had at all.
var ErrNoPorts = errors.New("too few free ports")

// FreePorts returns count ports on which nobody listens at host, trying from
// the one that seed leads to: launchers with different seeds, such as their
// process ids, that start together seldom get in each other's way. A port may
// be taken before its node has it; the node then says so.
func FreePorts(host string, count, seed int) ([]int, error) {
	var found []int
	for i := 0; i < lastPort-firstPort && len(found) < count; i++ {
		port := firstPort + (seed*64+i)%(lastPort-firstPort)
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoPorts, err)
		}
		l.Close()
		found = append(found, port)
	}
	if len(found) < count {
		return nil, fmt.Errorf("%w: %d wanted on %s, %d found", ErrNoPorts, count, host, len(found))
	}
	return found, nil
}
