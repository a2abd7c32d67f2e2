//go:build linux

package chaos

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A program that is built with the hooks has the clock that the file says, and its
// timers and the differences of its times do not notice.
func TestClockJumps(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "main.go")
	require.NoError(t, os.WriteFile(program, []byte(`package main

import (
	"fmt"
	"time"
)

func main() {
	begin := time.Now()
	fmt.Println(begin.UnixNano())
	fmt.Scanln()
	fmt.Println(time.Now().UnixNano(), time.Since(begin) < 10*time.Second)
}
`), 0o644))
	list, err := overlay(dir, hooks)
	require.NoError(t, err)
	out, err := exec.Command("go", "build", "-overlay", list, "-o", filepath.Join(dir, "main"), program).CombinedOutput()
	require.NoError(t, err, string(out))
	clock, err := newClockFile(dir, 1)
	require.NoError(t, err)
	cmd := exec.Command(filepath.Join(dir, "main"))
	cmd.Env = append(os.Environ(), clockEnv+"="+clock.file.Name())
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	var text strings.Builder
	started := make(chan struct{})
	cmd.Stdout = writer(func(b []byte) {
		if text.Len() == 0 {
			defer close(started)
		}
		text.Write(b)
	})
	begin := time.Now()
	require.NoError(t, cmd.Start())
	<-started
	require.NoError(t, clock.set(-time.Hour))
	_, err = in.Write([]byte("\n"))
	require.NoError(t, err)
	require.NoError(t, cmd.Wait())
	var first, second int64
	var steady bool
	_, err = fmt.Sscan(text.String(), &first, &second, &steady)
	require.NoError(t, err, text.String())
	require.InDelta(t, begin.UnixNano(), first, float64(5*time.Second))
	require.InDelta(t, begin.Add(-time.Hour).UnixNano(), second, float64(10*time.Second))
	require.True(t, steady, "the monotonic clock did not jump")
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) {
	w(b)
	return len(b), nil
}
