package dist_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// One ergo node per OS process: two in one share package globals. So tests with
// several nodes start this test binary again, as children that take commands.

// childEnv holds the configuration of a child, as JSON.
const childEnv = "PAXOSKV_DIST_CHILD"

func TestMain(m *testing.M) {
	if config := os.Getenv(childEnv); config != "" {
		runChild(config)
		return
	}
	os.Exit(m.Run())
}

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// child is a node in a process of its own.
type child struct {
	t     testing.TB
	name  string
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Reader
	said  *stderr
	mu    sync.Mutex
	port  int
}

// startChild starts a node. Fields of config that are left out get defaults.
func startChild(t testing.TB, config childConfig) *child {
	t.Helper()
	c, err := tryChild(t, config)
	require.NoError(t, err)
	return c
}

func tryChild(t testing.TB, config childConfig) (*child, error) {
	t.Helper()
	text, err := json.Marshal(config)
	require.NoError(t, err)
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe)
	if config.Netns != "" {
		cmd = exec.Command("ip", "netns", "exec", config.Netns, exe)
	}
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	said := &stderr{quiet: config.Verbose}
	cmd.Stderr = said
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	c := &child{t: t, name: config.Name, cmd: cmd, in: in, lines: bufio.NewReaderSize(out, 1<<20), said: said}
	t.Cleanup(func() {
		c.kill()
		said.check(t)
	})
	return c, c.answer(&c.port)
}

// kill ends the child at once.
func (c *child) kill() {
	c.cmd.Process.Kill()
	c.cmd.Wait()
}

// do runs a command in the child and stores its result in out.
func (c *child) do(out any, command string, args ...any) {
	c.t.Helper()
	require.NoError(c.t, c.try(out, command, args...), "%s: %s %v", c.name, command, args)
}

func (c *child) try(out any, command string, args ...any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	text, err := json.Marshal(append([]any{command}, args...))
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(c.in, "%s\n", text); err != nil {
		return err
	}
	return c.answer(out)
}

// answerMark starts the lines that are answers; core prints others.
const answerMark = "@@ "

type answer struct {
	Error  string
	Result json.RawMessage
}

func (c *child) answer(out any) error {
	for {
		line, err := c.lines.ReadString('\n')
		if err != nil {
			return fmt.Errorf("child %s ended: %w", c.name, err)
		}
		text, found := strings.CutPrefix(line, answerMark)
		if !found {
			continue
		}
		var a answer
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			return err
		}
		if a.Error != "" {
			return fmt.Errorf("%s", a.Error)
		}
		if out == nil {
			return nil
		}
		return json.Unmarshal(a.Result, out)
	}
}

// join lets a dial b and waits until both say that they are linked.
func join(t testing.TB, a, b *child) {
	t.Helper()
	a.do(nil, "address", b.name, fmt.Sprintf("127.0.0.1:%d", b.port))
	a.do(nil, "connect", b.name)
	a.do(nil, "wait", b.name)
	b.do(nil, "wait", a.name)
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !f() {
		if time.Now().After(deadline) {
			require.Fail(t, "waited too long for "+what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
