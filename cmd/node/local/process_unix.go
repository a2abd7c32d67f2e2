//go:build unix && !linux

package local

import "syscall"

// attributes put a node into a process group of its own: Ctrl-C at the
// launcher's terminal is not sent to it, and when the launcher is gone the
// group is orphaned, upon which the system continues a paused node.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// awaitStop does not wait: without a wait that leaves the news of a child's end
// to others, there is nothing to wait with.
func awaitStop(int) error { return nil }
