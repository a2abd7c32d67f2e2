//go:build !linux

package spawn

import "syscall"

// attributes put a process into a group of its own. It ends with its standard
// input; one that is paused then is continued by the system as an orphan.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
