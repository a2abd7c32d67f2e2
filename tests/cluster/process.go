package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a running program with pipes to its standard streams.
type process struct {
	cmd  *exec.Cmd
	in   *os.File
	out  *os.File
	logs *logs
	gone chan struct{} // closed when it has ended
}

// starter starts processes from one OS thread that lives as long as the program:
// the kernel sends a child its parent-death signal when the thread that started
// it ends, and Go ends threads as it likes.
var starter = sync.OnceValue(func() chan func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

// startProcess starts a program with additional environment.
func startProcess(l *logs, path string, args, env []string) (*process, error) {
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
	starter() <- func() { started <- cmd.Start() }
	err = <-started
	// The program has its own ends; with ours open neither side would ever see
	// the end of the other.
	_, _ = inRead.Close(), outWrite.Close()
	if err != nil {
		return nil, errors.Join(err, inWrite.Close(), outRead.Close())
	}
	p := &process{cmd: cmd, in: inWrite, out: outRead, logs: l, gone: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is in ProcessState
		fmt.Fprintf(l, "--- process %d: %v\n", cmd.Process.Pid, cmd.ProcessState)
		close(p.gone)
	}()
	return p, nil
}

// kill ends the process with SIGKILL, and returns when it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.gone
	_, _ = p.in.Close(), p.out.Close()
}

func (p *process) signal(s syscall.Signal) error { return p.cmd.Process.Signal(s) }

func (p *process) running() bool {
	select {
	case <-p.gone:
		return false
	default:
		return true
	}
}

// logs keeps what the processes of one node wrote, all of its lives.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

var _ io.Writer = (*logs)(nil)

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// show is the log, in bounds: its end, and what is around the first fault.
func (l *logs) show() string {
	const most, around = 20000, 4000
	s := l.String()
	if len(s) <= most {
		return s
	}
	shown := "..." + s[len(s)-most:]
	if sign := l.fault(); sign != "" {
		at := strings.Index(s, sign)
		shown = "..." + s[max(0, at-around):min(len(s), at+around)] + "\n...\n" + shown
	}
	return shown
}

// fault is a sign in the log that the program itself broke.
func (l *logs) fault() string {
	s := l.String()
	for _, sign := range []string{"panic:", "fatal error:", "Panic reason:"} {
		if strings.Contains(s, sign) {
			return sign
		}
	}
	for _, report := range strings.Split(s, raceRule) {
		if strings.Contains(report, raceSign) && !raceOfErgo(report) {
			return raceSign
		}
	}
	return ""
}

const (
	raceSign = "DATA RACE"
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
