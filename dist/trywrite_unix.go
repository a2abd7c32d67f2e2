//go:build unix

package dist

import (
	"net"
	"sync/atomic"
	"syscall"
)

// tryWriter returns a function that writes what a TCP socket takes at once, and
// never waits; nil for other connections. Go's sockets are non-blocking, so the
// plain system call is enough: what does not fit is left to the writer, and so is
// any error, which the writer then meets itself.
//
// The queue sees to it that only one goroutine writes at a time. The raw
// connection would otherwise wait for the other.
func tryWriter(conn net.Conn, written *atomic.Uint64) func([]byte) int {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	var frame []byte
	var n int
	write := func(fd uintptr) bool {
		n, _ = syscall.Write(int(fd), frame)
		return true
	}
	return func(b []byte) int {
		frame, n = b, 0
		if raw.Write(write) != nil || n < 0 {
			n = 0
		}
		frame = nil
		written.Add(uint64(n))
		return n
	}
}
