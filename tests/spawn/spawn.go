// Package spawn starts programs as processes of the operating system that do not
// outlive the one that started them, and keeps what they write to their logs.
package spawn

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Process is a running program with pipes to its standard streams.
type Process struct {
	Cmd  *exec.Cmd
	In   *os.File
	Out  *os.File
	Logs *Logs
	// Gone is closed when it has ended.
	Gone chan struct{}
}

// Starter runs functions on one OS thread that lives as long as the processes
// that are started on it are to live: the kernel sends a child its parent-death
// signal when the thread that started it ends, and Go ends threads as it likes.
type Starter chan func()

// Main is a Starter that lives as long as the program.
var Main = sync.OnceValue(func() Starter {
	work := make(Starter)
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

// Start starts a program with additional environment.
func Start(on Starter, l *Logs, path string, args, env []string) (*Process, error) {
	inRead, inWrite, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, inRead.Close(), inWrite.Close())
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = inRead, outWrite, l
	cmd.SysProcAttr = attributes()
	cmd.WaitDelay = 5 * time.Second
	started := make(chan error, 1)
	on <- func() { started <- cmd.Start() }
	err = <-started
	// The program has its own ends; with ours open neither side would ever see
	// the end of the other.
	_, _ = inRead.Close(), outWrite.Close()
	if err != nil {
		return nil, errors.Join(err, inWrite.Close(), outRead.Close())
	}
	p := &Process{Cmd: cmd, In: inWrite, Out: outRead, Logs: l, Gone: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is in ProcessState
		fmt.Fprintf(l, "--- process %d: %v\n", cmd.Process.Pid, cmd.ProcessState)
		close(p.Gone)
	}()
	return p, nil
}

// Kill ends the process with SIGKILL, and returns when it is gone.
func (p *Process) Kill() {
	_ = p.Cmd.Process.Kill()
	<-p.Gone
	_, _ = p.In.Close(), p.Out.Close()
}

// Signal sends it a signal.
func (p *Process) Signal(s syscall.Signal) error { return p.Cmd.Process.Signal(s) }

// Running says that it has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.Gone:
		return false
	default:
		return true
	}
}

// Logs keeps what the processes of one node wrote, all of its lives.
type Logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

var _ io.Writer = (*Logs)(nil)

// Write adds to it.
func (l *Logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// String is all of it.
func (l *Logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Clear forgets what was written.
func (l *Logs) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Reset()
}

// Show is the log, in bounds: its end, and what is around the first fault.
func (l *Logs) Show() string {
	const most, around = 20000, 4000
	s := l.String()
	if len(s) <= most {
		return s
	}
	shown := "..." + s[len(s)-most:]
	if sign := l.Fault(); sign != "" {
		at := strings.Index(s, sign)
		shown = "..." + s[max(0, at-around):min(len(s), at+around)] + "\n...\n" + shown
	}
	return shown
}

// Fault is a sign in the log that the program itself broke.
func (l *Logs) Fault() string {
	s := l.String()
	for _, sign := range []string{"panic:", "fatal error:", "Panic reason:"} {
		if strings.Contains(s, sign) {
			return sign
		}
	}
	if strings.Contains(WithoutRacesOfErgo(s), RaceSign) {
		return RaceSign
	}
	return ""
}

// WithoutRacesOfErgo is what a program wrote without the reports of races whose both
// accesses are in ergo itself.
func WithoutRacesOfErgo(s string) string {
	parts := strings.Split(s, raceRule)
	kept := slices.DeleteFunc(slices.Clone(parts), func(part string) bool {
		return strings.Contains(part, RaceSign) && raceOfErgo(part)
	})
	s = strings.Join(kept, "")
	if len(kept) < len(parts) && !strings.Contains(s, RaceSign) {
		s = racesFound.ReplaceAllString(s, "") // the count of them, at the end
	}
	return s
}

var racesFound = regexp.MustCompile(`(?m)^Found \d+ data race\(s\)\n?`)

const (
	// RaceSign is in each report of the race detector.
	RaceSign = "DATA RACE"
	raceRule = "==================\n" // stands around each report of a race
)

// access is the first line of one of the two accesses of a report, with the
// function that it was in.
var access = regexp.MustCompile(`(?m)^\s*(?:Previous )?(?:[Aa]tomic )?(?:[Rr]ead|[Ww]rite) at .*\n\s*(\S+)`)

// raceOfErgo says whether both accesses of a report are in ergo itself, which
// clears the fields of a process that ends without regard for those who use them.
func raceOfErgo(report string) bool {
	found := access.FindAllStringSubmatch(report, -1)
	for _, f := range found {
		if !strings.HasPrefix(f[1], "github.com/ergo-services/ergo/") {
			return false
		}
	}
	return len(found) > 0
}
