package local

import "syscall"

// attributes put a node into a process group of its own, so that Ctrl-C at the
// launcher's terminal is not sent to it, and have the kernel kill it when the
// launcher is gone.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
