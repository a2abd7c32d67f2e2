package tests

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/storage"
	"github.com/paxoskv/paxoskv/tests/cluster"
	processes "github.com/paxoskv/paxoskv/tests/spawn"
)

// mounted is a thread with file systems of its own, in which processes can be
// started: what is mounted there goes with it.
func mounted(t *testing.T) processes.Starter {
	t.Helper()
	on, made := make(processes.Starter), make(chan error)
	go func() {
		runtime.LockOSThread() // for good: nobody else must find himself here
		err := unix.Unshare(unix.CLONE_NEWNS)
		if err == nil {
			err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
		}
		made <- err
		for f := range on {
			f()
		}
	}()
	t.Cleanup(func() { close(on) })
	require.NoError(t, <-made, "this takes root (CAP_SYS_ADMIN)")
	return on
}

// endsByItsDisk starts two nodes with an agent and one of the program, the third, and
// has clients put on all while that one loses its disk by breakIt: it has to
// end with a status and words that say why, and the others go on. Started again after mend it is the member that it was: nobody has taken another
// configuration, its vote counts, and everything that anybody was told is there.
func endsByItsDisk(t *testing.T, c *cluster.Cluster, why string, breakIt func(nodes []*cluster.Node, third *cluster.Shell), mend func(nodes []*cluster.Node)) {
	t.Helper()
	nodes := []*cluster.Node{c.StartNode(1), c.StartNode(2)}
	third := c.StartShell(3)
	c.WaitSeatsOnAll(3, 3, nodes...)
	before := clusterOf(t, nodes[0])[0]
	w := write(t, 1, none, nodes...)
	own, first := putWhileItRuns(t, third)
	w.progress(5)
	cluster.Eventually(t, "the third acknowledges", func() (bool, any) { return first.Load(), nil })
	breakIt(nodes, third)
	status, err := third.Status()
	require.NoError(t, err)
	require.Equal(t, 1, status, third.Log())
	acked := <-own
	for _, words := range []string{"writing to the disk has failed", why, filepath.Join(c.Disk(3), storage.FileName),
		"node: the node failed: " + paxoskv.ErrClosed.Error()} {
		require.Contains(t, third.Log(), words)
	}
	w.progress(5)
	mend(nodes)
	third = third.Restart()
	c.WaitSeatsOnAll(3, 3, nodes...)
	w.progress(5)
	w.end()
	after := clusterOf(t, nodes[0])[0]
	require.Equal(t, before.ID, after.ID)
	require.Equal(t, before.Epoch, after.Epoch, "nobody was replaced")
	nodes[0].Kill()
	w.check(nodes[1])
	require.NotEmpty(t, acked)
	for _, i := range acked {
		r, err := nodes[1].Get(fmt.Sprintf("own %d", i))
		require.NoError(t, err, "own %d", i)
		require.EqualValues(t, i, r.Value)
		third.Expect(fmt.Sprintf("get \"own %d\"", i), fmt.Sprintf("{ok,%d}", i))
	}
}

// putWhileItRuns puts on a node of the program until that has ended, and then tells
// what was acknowledged; and that something was, as soon as it is so.
func putWhileItRuns(t *testing.T, s *cluster.Shell) (<-chan []int, *atomic.Bool) {
	told, first := make(chan []int, 1), new(atomic.Bool)
	go func() {
		var acked []int
		for i := 0; s.Running(); i++ {
			answer, err := s.Do(fmt.Sprintf("put \"own %d\" %d", i, i))
			if err != nil {
				break
			}
			if answer == fmt.Sprintf("{ok,%d}", i) {
				acked = append(acked, i)
				first.Store(true)
			}
		}
		told <- acked
	}()
	return told, first
}

// A disk that is full: the node ends, and does so again as long as there is no room.
func TestFullDisk(t *testing.T) {
	needNetwork(t) // the same as networks of one's own: root
	t.Parallel()
	on := mounted(t)
	c := cluster.New(t, cluster.Setup{Disk: t.TempDir(), Machine: func(number int) (string, processes.Starter) {
		if number == 3 {
			return "127.0.0.1", on
		}
		return "127.0.0.1", processes.Main()
	}})
	mount := func(flags uintptr, size string) {
		t.Helper()
		done := make(chan error, 1)
		on <- func() { done <- unix.Mount("none", c.Disk(3), "tmpfs", flags, "size="+size) }
		require.NoError(t, <-done)
	}
	require.NoError(t, os.MkdirAll(c.Disk(3), 0o700))
	mount(0, "1m")
	filled := 0
	fill := func(nodes []*cluster.Node, running func() bool) {
		cluster.Eventually(t, "the node ends on a disk of 1 MB", func() (bool, any) {
			if !running() {
				return true, nil
			}
			put(t, nodes[filled%2], fmt.Sprintf("fill %d", filled), strings.Repeat("x", 20_000))
			filled++
			return false, fmt.Sprintf("%d values of 20 KB put", filled)
		})
	}
	endsByItsDisk(t, c, syscall.ENOSPC.Error(), func(nodes []*cluster.Node, third *cluster.Shell) {
		fill(nodes, third.Running)
	}, func(nodes []*cluster.Node) {
		var ended atomic.Bool
		together(func() {
			defer ended.Store(true)
			said := ends(t, on, c.Cookie(), "3", "--data-dir", c.Disk(3), "--routes", strings.Join(at(c, 1, 2, 3), ","))
			require.Contains(t, said, syscall.ENOSPC.Error())
			require.Contains(t, said, filepath.Join(c.Disk(3), storage.FileName))
		}, func() { fill(nodes, func() bool { return !ended.Load() }) })
		mount(unix.MS_REMOUNT, "64m")
	})
}

// A disk that fails to write, and one that fails to sync: the kernel says so to one
// call, by the hand of strace.
func TestBrokenDisk(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil && !slices.Contains(strings.Split(os.Getenv("PAXOSKV_REQUIRE"), ","), "strace") {
		t.Skip("left out: needs strace; set PAXOSKV_REQUIRE=strace")
	}
	t.Parallel()
	for _, call := range []string{"pwrite64", "fdatasync"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			c := cluster.New(t, cluster.Setup{Disk: t.TempDir()})
			fail := func(_ []*cluster.Node, third *cluster.Shell) {
				cmd := exec.Command("strace", "-f", "-p", fmt.Sprint(third.ProcessID()), "-o", os.DevNull,
					"-e", "trace="+call, "-e", "inject="+call+":error=EIO")
				out, err := cmd.CombinedOutput() // until the node has ended
				t.Log(err, string(out))
			}
			endsByItsDisk(t, c, syscall.EIO.Error(), fail, func([]*cluster.Node) {})
		})
	}
}
