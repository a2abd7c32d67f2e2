// Package ptytest gives tests a terminal: a pair of files of which one is the
// terminal of the program under test, and the other the person before it.
package ptytest

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// deadline bounds a wait for output.
const deadline = 20 * time.Second

// PTY is a terminal and what it has shown so far.
type PTY struct {
	// Terminal is the end for the program under test.
	Terminal *os.File

	t      *testing.T
	person *os.File

	mu    sync.Mutex
	more  *sync.Cond
	shown strings.Builder
	seen  int // What Expect has passed.
}

// Open opens a terminal of 200 columns; the test's end closes it.
func Open(t *testing.T) *PTY {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { person.Close() })
	number := unlock(t, person)
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { terminal.Close() })

	p := &PTY{Terminal: terminal, t: t, person: person}
	p.more = sync.NewCond(&p.mu)
	go p.watch()
	return p
}

// unlock makes the terminal usable and returns its number. It leaves the file
// non-blocking, which Fd would not: else a Close waited for the Read under way.
func unlock(t *testing.T, person *os.File) (number uint32) {
	t.Helper()
	conn, err := person.SyscallConn()
	require.NoError(t, err)
	var ioctl error
	require.NoError(t, conn.Control(func(fd uintptr) {
		number, ioctl = setUp(int(fd))
	}))
	require.NoError(t, ioctl)
	return number
}

func setUp(fd int) (number uint32, err error) {
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return 0, err
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 200}); err != nil {
		return 0, err
	}
	return unix.IoctlGetUint32(fd, unix.TIOCGPTN)
}

// watch collects the output until the terminal is closed.
func (p *PTY) watch() {
	buf := make([]byte, 4096)
	for {
		n, err := p.person.Read(buf)
		p.mu.Lock()
		p.shown.Write(buf[:n])
		p.more.Broadcast()
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Type presses keys.
func (p *PTY) Type(keys string) {
	p.t.Helper()
	_, err := p.person.WriteString(keys)
	require.NoError(p.t, err)
}

// HangUp takes the person away, as when a window is closed.
func (p *PTY) HangUp() error { return p.person.Close() }

// Expect waits until the terminal has shown text, after what the last Expect
// waited for, and returns what was shown before it.
func (p *PTY) Expect(text string) string {
	p.t.Helper()
	late := false
	timer := time.AfterFunc(deadline, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		late = true
		p.more.Broadcast()
	})
	defer timer.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		rest := p.shown.String()[p.seen:]
		if i := strings.Index(rest, text); i >= 0 {
			p.seen += i + len(text)
			return rest[:i]
		}
		require.False(p.t, late, "%q was not shown, but %q", text, rest)
		p.more.Wait()
	}
}

// Settings returns the terminal's state, to compare it with a later one.
func (p *PTY) Settings() unix.Termios {
	p.t.Helper()
	state, err := unix.IoctlGetTermios(int(p.Terminal.Fd()), unix.TCGETS)
	require.NoError(p.t, err)
	return *state
}
