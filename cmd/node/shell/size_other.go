//go:build !unix

package shell

import "golang.org/x/term"

// followSize takes the width once: there is no signal that tells of changes.
func followSize(fd int, t *term.Terminal) (stop func()) {
	if width, height, err := term.GetSize(fd); err == nil && width > 0 {
		_ = t.SetSize(width, height)
	}
	return func() {}
}
