//go:build unix

package local

import (
	"os"
	"syscall"
)

// pause returns when the process has stopped: the signal alone leaves it some
// time, in which it may still take a command.
func pause(p *os.Process) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return awaitStop(p.Pid)
}

func resume(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
