package spawn

import "syscall"

// attributes put a process into a group of its own and have the kernel kill it,
// paused or not, when the test binary is gone.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
