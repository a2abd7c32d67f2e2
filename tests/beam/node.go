package beam

import (
	"bufio"
	"embed"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/tests/spawn"
)

//go:embed drivers
var drivers embed.FS

const (
	// answerMark begins the lines of a driver that are answers.
	answerMark = "@@ "
	// failed begins an answer that is no value.
	failed = "FAILED"
	// patience is how long a node may take to answer.
	patience = 60 * time.Second
)

// Network is what a node needs to be linked with others.
type Network struct {
	Cookie string
	Mapper uint16 // the port of the port mapper
	// Passive nodes dial nobody: they wait to be dialled.
	Passive bool
	// On starts the program; the caller's thread does when nil.
	On spawn.Starter
}

// start starts a program.
func (n Network) start(cmd *exec.Cmd) error {
	if n.On == nil {
		return cmd.Start()
	}
	started := make(chan error, 1)
	n.On <- func() { started <- cmd.Start() }
	return <-started
}

func (n Network) flags() []string {
	flags := []string{"-start_epmd", "false", "-connect_all", "false"}
	if n.Passive {
		flags = append(flags, "-kernel", "dist_auto_connect", "never")
	}
	return flags
}

// Node is a node of Erlang or of Elixir, which ends with its test.
type Node struct {
	Name    string
	Release string
	t       testing.TB
	o       OTP
	dir     string
	cmd     *exec.Cmd
	in      io.WriteCloser
	lines   chan string // closed at the end of the output
}

// StartErlang starts a node that evaluates Erlang expressions. Further flags are
// those of erl.
func StartErlang(t testing.TB, o OTP, name string, n Network, flags ...string) *Node {
	t.Helper()
	dir := o.Dir(t)
	driver := o.place(t, dir, "driver.erl")
	args := append([]string{"+pc", "unicode", "-noshell", "-name", name, "-setcookie", n.Cookie}, n.flags()...)
	args = append(args, flags...)
	args = append(args, "-eval", load(driver)+", driver:start()")
	e := start(t, o, dir, name, n, o.Command(dir, n.Mapper, "erl", args...))
	require.Equal(t, fmt.Sprintf("%q", o.Release), e.Eval("erlang:system_info(otp_release)"))
	return e
}

// load is an expression that compiles and loads an Erlang module.
func load(file string) string {
	return fmt.Sprintf("(fun(File) -> {ok, Module, Binary} = compile:file(File, [binary, report]), "+
		"{module, Module} = code:load_binary(Module, File, Binary) end)(%q)", file)
}

// StartElixir starts a node that evaluates Elixir expressions, with a script.
func StartElixir(t testing.TB, o OTP, name string, n Network) *Node {
	t.Helper()
	dir := o.Dir(t)
	driver := o.place(t, dir, "driver.exs")
	e := start(t, o, dir, name, n, o.Command(dir, n.Mapper, "elixir", "--name", name, "--cookie", n.Cookie,
		"--erl", strings.Join(n.flags(), " "), driver))
	require.Equal(t, fmt.Sprintf("%q", o.Release), e.Eval("System.otp_release()"))
	return e
}

// place writes a driver into a folder of Dir.
func (o OTP) place(t testing.TB, dir, name string) string {
	t.Helper()
	text, err := drivers.ReadFile(path.Join("drivers", name))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(o.root, dir, name), text, 0o644))
	return path.Join(dir, name)
}

func start(t testing.TB, o OTP, dir, name string, network Network, cmd *exec.Cmd) *Node {
	t.Helper()
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, network.start(cmd), "Erlang/OTP %s is required", o.Release)
	n := &Node{Name: name, Release: o.Release, t: t, o: o, dir: dir, cmd: cmd, in: in, lines: make(chan string, 100)}
	go read(out, n.lines)
	t.Cleanup(n.Kill)
	require.Equal(t, "ready", n.answer())
	return n
}

// read passes the answers on, and prints all else.
func read(r io.Reader, lines chan<- string) {
	defer close(lines)
	for b := bufio.NewReader(r); ; {
		line, err := b.ReadString('\n')
		if text, found := strings.CutPrefix(line, answerMark); found {
			lines <- strings.TrimSpace(text)
		} else {
			fmt.Fprint(os.Stderr, line)
		}
		if err != nil {
			return
		}
	}
}

// Kill ends the node with SIGKILL.
func (n *Node) Kill() {
	_ = n.cmd.Process.Kill()
	_ = n.cmd.Wait()
}

// Ended waits until the node has ended by itself.
func (n *Node) Ended() {
	n.t.Helper()
	timer := time.AfterFunc(patience, n.Kill)
	_ = n.cmd.Wait()
	require.True(n.t, timer.Stop(), "%s does not end", n.Name)
}

// Pause stops the program with SIGSTOP, and Continue lets it go on.
func (n *Node) Pause()    { require.NoError(n.t, n.cmd.Process.Signal(syscall.SIGSTOP)) }
func (n *Node) Continue() { require.NoError(n.t, n.cmd.Process.Signal(syscall.SIGCONT)) }

// answer waits for the next one.
func (n *Node) answer() string {
	n.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case line, ok := <-n.lines:
		require.True(n.t, ok, "%s has ended", n.Name)
		return line
	case <-timer.C:
		n.t.Fatalf("%s gives no answer for %v", n.Name, patience)
		return ""
	}
}

// Eval evaluates an expression and returns its value as text; variables stay
// bound. The test fails when the expression does.
func (n *Node) Eval(format string, args ...any) string {
	n.t.Helper()
	text := fmt.Sprintf(format, args...)
	_, err := fmt.Fprintln(n.in, base64.StdEncoding.EncodeToString([]byte(text)))
	require.NoError(n.t, err, "%s has ended", n.Name)
	value, err := base64.StdEncoding.DecodeString(n.answer())
	require.NoError(n.t, err)
	require.False(n.t, strings.HasPrefix(string(value), failed), "%s: %.300s: %s", n.Name, text, value)
	return string(value)
}

// LoadErlang compiles a module and loads it, into a node of Erlang.
func (n *Node) LoadErlang(file string) {
	n.t.Helper()
	n.Eval("%s", load(n.copy(file)))
}

// LoadElixir evaluates a script, in a node of Elixir.
func (n *Node) LoadElixir(file string) {
	n.t.Helper()
	n.Eval("Code.require_file(%q)", n.copy(file))
}

// copy copies a file to where the node finds it.
func (n *Node) copy(file string) string {
	n.t.Helper()
	to := path.Join(n.dir, filepath.Base(file))
	require.NoError(n.t, copyAll(file, filepath.Join(n.o.root, to)))
	return to
}
