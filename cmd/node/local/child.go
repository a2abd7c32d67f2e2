package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/paxoskv/paxoskv/cmd/node/frame"
	"github.com/paxoskv/paxoskv/cmd/node/shell"
)

const (
	// answerGrace is how long after a command's deadline the launcher still
	// waits: the node's shell keeps the deadline too, and its answer says more.
	answerGrace = 500 * time.Millisecond
	// drainTime bounds the wait for what an ended node has still written.
	drainTime = time.Second
	// killTime bounds the wait for a killed node. Only a process that is stuck
	// in the kernel takes longer.
	killTime = 10 * time.Second
)

// child is a node's process and the pipes to its shell.
type child struct {
	cmd      *exec.Cmd
	in       *os.File // The control pipe: the node ends when this is closed.
	logs     io.Writer
	requests chan frame.Request
	gone     chan struct{} // Closed when the process has ended and all it said was read.

	mu      sync.Mutex
	paused  bool
	closing bool // It was told to end: that it does is no news.
	last    uint64
	waiting map[uint64]chan string
}

// startChild starts a process. It is up when its ready frame has come, which
// the caller waits for on the second result.
func startChild(s *spawner, opts Options, n int) (*child, <-chan string, error) {
	inRead, inWrite, err := os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("local: %w", err)
	}
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		inRead.Close()
		inWrite.Close()
		return nil, nil, fmt.Errorf("local: %w", err)
	}
	logs := &prefixed{prefix: fmt.Sprintf("node%d| ", n), to: opts.Logs}
	cmd := exec.Command(opts.Program, opts.Args(n)...)
	cmd.Env = append(os.Environ(), opts.Env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = inRead, outWrite, logs
	cmd.SysProcAttr = attributes()
	cmd.WaitDelay = drainTime

	err = s.start(cmd)
	// The node has its own copies; with ours open, neither side would ever read
	// the end of the other.
	inRead.Close()
	outWrite.Close()
	if err != nil {
		inWrite.Close()
		outRead.Close()
		return nil, nil, fmt.Errorf("local: %w", err)
	}
	ready := make(chan string, 1)
	c := &child{
		cmd: cmd, in: inWrite, logs: logs, requests: make(chan frame.Request, 16), gone: make(chan struct{}),
		waiting: map[uint64]chan string{frame.Ready: ready},
	}
	go c.write()
	go c.watch(outRead)
	return c, ready, nil
}

// watch reads answers until the process has ended.
func (c *child) watch(out *os.File) {
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		c.read(out)
	}()
	// How it ended is in ProcessState; the error tells nothing beside it.
	_ = c.cmd.Wait()
	_ = out.SetReadDeadline(time.Now().Add(drainTime))
	<-drained
	out.Close()
	c.in.Close()

	c.mu.Lock()
	expected := c.closing
	c.mu.Unlock()
	if !expected {
		fmt.Fprintf(c.logs, "ended by itself: %v\n", c.cmd.ProcessState)
	}
	close(c.gone)
}

// read hands each answer to the one who waits for it. An answer that nobody
// waits for came too late; a line that is no answer goes to the logs.
func (c *child) read(out io.Reader) {
	r := bufio.NewReader(out)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		a, err := frame.ParseAnswer(strings.TrimSuffix(line, "\n"))
		if err != nil {
			io.WriteString(c.logs, line)
			continue
		}
		c.mu.Lock()
		waiting := c.waiting[a.Token]
		delete(c.waiting, a.Token)
		c.mu.Unlock()
		if waiting != nil {
			waiting <- a.Text
		}
	}
}

// write sends requests one after the other. A paused node stops reading, so
// this may block: the callers have deadlines, and no lock is held here.
func (c *child) write() {
	for {
		select {
		case <-c.gone:
			return
		case req := <-c.requests:
			if _, err := io.WriteString(c.in, req.String()+"\n"); err != nil {
				return
			}
		}
	}
}

// execute runs a line in the node's shell and returns the answer.
func (c *child) execute(ctx context.Context, line string, timeout time.Duration) (string, error) {
	if len(line) > shell.MaxLine-frame.Room || strings.ContainsAny(line, "\r\n") {
		return "", fmt.Errorf("%w: it is too long, or more than one", ErrBadLine)
	}
	deadline := time.Now().Add(timeout)
	ctx, cancel := context.WithDeadline(ctx, deadline.Add(answerGrace))
	defer cancel()

	answer := make(chan string, 1)
	c.mu.Lock()
	c.last++
	token := c.last
	c.waiting[token] = answer
	c.mu.Unlock()
	defer c.forget(token)

	select {
	case c.requests <- frame.Request{Token: token, Deadline: deadline, Line: line}:
	case <-c.gone:
		return "", ErrNodeDown
	case <-ctx.Done():
		return "", ctx.Err()
	}
	select {
	case text := <-answer:
		return text, nil
	case <-c.gone:
		return last(answer)
	case <-ctx.Done():
		c.cancel(token)
		return "", ctx.Err()
	}
}

// last returns the answer that a node gave before it ended, as to exit.
func last(answer <-chan string) (string, error) {
	select {
	case text := <-answer:
		return text, nil
	default:
		return "", ErrNodeDown
	}
}

// cancel tells the node that nobody waits for a command any more. It does not
// wait: a node that reads nothing will find the command's deadline passed.
func (c *child) cancel(token uint64) {
	select {
	case c.requests <- frame.Request{Token: token, Cancel: true}:
	default:
	}
}

func (c *child) forget(token uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, token)
}

// up tells whether the process runs, paused or not.
func (c *child) up() bool {
	select {
	case <-c.gone:
		return false
	default:
		return true
	}
}

// pause stops the process as SIGSTOP does, or continues it.
func (c *child) pause(stop bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	act := resume
	if stop {
		act = pause
	}
	if err := act(c.cmd.Process); err != nil {
		if errors.Is(err, os.ErrProcessDone) {
			return ErrNodeDown
		}
		return fmt.Errorf("local: %w", err)
	}
	c.paused = stop
	return nil
}

// kill ends the process at once and waits until it is gone.
func (c *child) kill() error {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("local: %w", err)
	}
	if !within(c.gone, killTime) {
		return fmt.Errorf("local: process %d is still there %v after it was killed", c.cmd.Process.Pid, killTime)
	}
	return nil
}

// stop lets the process end in order, if it can, for as long as grace.
func (c *child) stop(grace time.Duration) error {
	c.mu.Lock()
	c.closing = true
	paused := c.paused
	c.mu.Unlock()
	c.in.Close()
	if !paused && within(c.gone, grace) {
		return nil
	}
	return c.kill()
}

func within(done <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}
