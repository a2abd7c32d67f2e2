package cluster

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Shell is a node of the program cmd/node that is driven by its shell. One
// command runs at a time.
type Shell struct {
	Name    string
	Number  int
	cluster *Cluster
	process *process
	mu      sync.Mutex
	lines   chan string // closed at the end of the output
}

func newShell(c *Cluster, number int, p *process) *Shell {
	s := &Shell{Name: Name(number), Number: number, cluster: c, process: p, lines: make(chan string, 100)}
	go func() {
		defer close(s.lines)
		r := bufio.NewReader(p.Out)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			s.lines <- strings.TrimSuffix(line, "\n")
		}
	}()
	return s
}

// Do runs a command and returns its line.
func (s *Shell) Do(command string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := io.WriteString(s.process.In, command+"\n"); err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrNoAnswer, s.Name, err)
	}
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	select {
	case line, ok := <-s.lines:
		if !ok {
			return "", fmt.Errorf("%w: %s has ended", ErrNoAnswer, s.Name)
		}
		return line, nil
	case <-timer.C:
		return "", fmt.Errorf("%w: %s: %s: nothing for %v", ErrNoAnswer, s.Name, command, Patience)
	}
}

// Expect runs a command until its line is the wanted one.
func (s *Shell) Expect(command, want string) {
	t := s.cluster.t
	t.Helper()
	Eventually(t, fmt.Sprintf("%s: %s answers %s", s.Name, command, want), func() (bool, any) {
		got, err := s.Do(command)
		if err != nil {
			t.Fatal(err)
		}
		return got == want, got
	})
}

// ProcessID is that of the operating system.
func (s *Shell) ProcessID() int { return s.process.Cmd.Process.Pid }

// Kill ends the process with SIGKILL and returns when it is gone.
func (s *Shell) Kill() { s.process.Kill() }

// Pause stops the process with SIGSTOP, and Continue lets it go on.
func (s *Shell) Pause() error    { return s.process.Signal(syscall.SIGSTOP) }
func (s *Shell) Continue() error { return s.process.Signal(syscall.SIGCONT) }

// Restart starts the node again after Kill.
func (s *Shell) Restart() *Shell { return s.cluster.StartShell(s.Number) }

// Exit has the program end in order and returns its status.
func (s *Shell) Exit() (int, error) {
	if _, err := s.Do("exit"); err != nil {
		return 0, err
	}
	return s.Status()
}

// Status waits for the end of the program and returns its status.
func (s *Shell) Status() (int, error) {
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	select {
	case <-s.process.Gone:
		return s.process.Cmd.ProcessState.ExitCode(), nil
	case <-timer.C:
		return 0, fmt.Errorf("%w: %s does not end", ErrNoAnswer, s.Name)
	}
}

// Running says that the program has not ended.
func (s *Shell) Running() bool { return s.process.Running() }

// Log is what the node has written so far, in all of its lives.
func (s *Shell) Log() string { return s.process.Logs.String() }
