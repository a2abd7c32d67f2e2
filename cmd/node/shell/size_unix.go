//go:build unix

package shell

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

// followSize keeps the line editor's idea of the width right.
func followSize(fd int, t *term.Terminal) (stop func()) {
	set := func() {
		if width, height, err := term.GetSize(fd); err == nil && width > 0 {
			_ = t.SetSize(width, height)
		}
	}
	set()
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGWINCH)
	go func() {
		for range changed {
			set()
		}
	}()
	return func() {
		signal.Stop(changed)
		close(changed)
	}
}
