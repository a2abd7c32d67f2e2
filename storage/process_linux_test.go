package storage

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/paxoskv/paxoskv/paxos"
)

// helperDir makes the test binary a process that has the store of a directory.
const helperDir = "PAXOSKV_TEST_STORAGE"

// TestHelper is that process: it appends ten batches, says so after each, and
// ends when its input does.
func TestHelper(t *testing.T) {
	dir := os.Getenv(helperDir)
	if dir == "" {
		return
	}
	s := open(t, dir, 1)
	for i := range uint64(10) {
		require.NoError(t, s.Append([]paxos.Write{record("k", 1+i, 10)}))
		fmt.Fprintf(os.Stdout, "appended %d\n", i)
	}
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
}

func helper(dir, name string, args ...string) *exec.Cmd {
	self, _ := os.Executable()
	cmd := exec.Command(name, append(args, self, "-test.run=^TestHelper$")...)
	cmd.Env = append(os.Environ(), helperDir+"="+dir)
	return cmd
}

// The kernel is asked to sync the file within every Append.
func TestAppendSyncs(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil && !strings.Contains(os.Getenv("PAXOSKV_REQUIRE"), "strace") {
		t.Skip("left out: needs strace; set PAXOSKV_REQUIRE=strace")
	}
	dir := t.TempDir()
	calls := filepath.Join(dir, "calls")
	out, err := helper(dir, "strace", "-f", "-o", calls, "-e", "trace=fdatasync,fsync,write").CombinedOutput()
	require.NoError(t, err, string(out))
	text, err := os.ReadFile(calls)
	require.NoError(t, err)
	syncs, appended := 0, 0
	for line := range strings.Lines(string(text)) {
		switch {
		case strings.Contains(line, "sync(") && strings.Contains(line, "= 0"), strings.Contains(line, "sync resumed"):
			syncs++
		case strings.Contains(line, "write(1, \"appended"):
			require.GreaterOrEqual(t, syncs, 2, "the pages and the meta page of batch %d", appended)
			syncs = 0
			appended++
		}
	}
	require.Equal(t, 10, appended, string(text))
}

// A directory that another process has is refused, and is free once that ends,
// however it does.
func TestInUseByAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	cmd := helper(dir, "env")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	defer in.Close()
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "appended 9"; {
	}
	_, err = Open(dir, nodeA, 5)
	require.ErrorIs(t, err, ErrLocked)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	require.Len(t, state(replica(t, open(t, dir, 5))), 2, "what it appended, and the member")
}

// A directory that this user may not write to, and a file that is not.
func TestNotWritable(t *testing.T) {
	dir, err := os.MkdirTemp("", "paxoskv") // that of the test is its user's alone
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	require.NoError(t, open(t, dir, 1).Close())
	asNobody := func(f func()) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if os.Getuid() == 0 { // root may write everywhere
			_, err := unix.SetfsuidRetUid(65534)
			require.NoError(t, err)
			defer unix.SetfsuidRetUid(0)
		}
		f()
	}
	file, lock := filepath.Join(dir, FileName), filepath.Join(dir, lockName)
	for name, test := range map[string]struct {
		modes map[string]os.FileMode
		says  string
	}{
		"the directory": {map[string]os.FileMode{dir: 0o555, file: 0o444, lock: 0o444}, lockName},
		"the file":      {map[string]os.FileMode{dir: 0o777, file: 0o444, lock: 0o666}, "open " + file},
		"no look":       {map[string]os.FileMode{dir: 0o000, file: 0o666, lock: 0o666}, lockName},
	} {
		t.Run(name, func(t *testing.T) {
			for path, mode := range test.modes {
				require.NoError(t, os.Chmod(path, mode))
			}
			defer os.Chmod(dir, 0o777)
			asNobody(func() { _, err = Open(dir, nodeA, 2) })
			require.ErrorIs(t, err, ErrNotWritable)
			require.ErrorContains(t, err, test.says)
		})
	}
}
