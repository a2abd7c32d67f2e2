package tests

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/cmd/node/config"
	"github.com/paxoskv/paxoskv/storage"
	"github.com/paxoskv/paxoskv/tests/cluster"
	processes "github.com/paxoskv/paxoskv/tests/spawn"
)

func anyError(error) bool { return true }

// One node, a majority, or all at once are killed while puts run, and started
// again, again and again: they are the members that they were, in the same epoch,
// and what was acknowledged is there.
func TestKilledAndStartedFromDisk(t *testing.T) {
	t.Parallel()
	for _, killed := range []int{1, 2, 3} {
		t.Run(fmt.Sprint(killed), func(t *testing.T) {
			t.Parallel()
			c, nodes := cluster.Start(t, 3, cluster.Setup{Disk: t.TempDir()})
			before, err := nodes[0].Cluster()
			require.NoError(t, err)
			var all []*writers
			for round := range cluster.Fewer(5) + 1 {
				w := write(t, 2, anyError, nodes...)
				all = append(all, w)
				w.progress(5)
				for i := range killed {
					nodes[(round+i)%3].Kill()
				}
				for i := range killed {
					i = (round + i) % 3
					nodes[i] = nodes[i].Restart()
				}
				w.end()
				c.WaitReady(nodes...)
			}
			after, err := nodes[1].Cluster()
			require.NoError(t, err)
			require.Equal(t, before.ID, after.ID)
			require.Equal(t, before.Epoch, after.Epoch)
			for _, w := range all {
				w.check(nodes...)
			}
		})
	}
}

// What is tied to a process or a node goes with its restart, with a disk as
// without; what is tied to a node that goes on stays, also where all members were
// away.
func TestTiesOverRestartsFromDisk(t *testing.T) {
	t.Parallel()
	c, nodes := cluster.Start(t, 3, cluster.Setup{Disk: t.TempDir()})
	fourth := c.StartNode(4)
	fourth.WaitSeats(4, 3)
	put(t, nodes[0], "pid", 1, cluster.Options{PIDs: pids(spawn(t, nodes[0]))})
	put(t, nodes[0], "node", 1, cluster.Options{Nodes: []string{nodes[1].Name}})
	outside := put(t, nodes[0], "outside", 1, cluster.Options{PIDs: pids(spawn(t, fourth))})
	beyond := put(t, fourth, "beyond", 1, cluster.Options{Nodes: []string{fourth.Name}})
	for _, n := range nodes {
		n.Kill()
	}
	for i := range nodes {
		nodes[i] = nodes[i].Restart()
	}
	gone(t, nodes, "pid")
	gone(t, nodes, "node")
	c.WaitSeatsOnAll(4, 3, append(slices.Clone(nodes), fourth)...)
	holds(t, append(nodes, fourth), "outside", outside)
	holds(t, append(nodes, fourth), "beyond", beyond)
}

// refused runs a node of the program that must not start, and returns what it says.
func refused(t *testing.T, args ...string) string {
	t.Helper()
	return ends(t, processes.Main(), "c", append(args, "--routes", "node9@127.0.0.1:9")...)
}

// ends runs a node of the program that has to end by itself, with the status of one
// that failed, and returns what it says.
func ends(t *testing.T, on processes.Starter, cookie string, args ...string) string {
	t.Helper()
	program, err := cluster.Program()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), cluster.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append(args, "--no-shell")...)
	cmd.Env = append(os.Environ(), config.CookieEnv+"="+cookie)
	var says bytes.Buffer
	cmd.Stdout, cmd.Stderr = &says, &says
	started := make(chan error, 1)
	on <- func() { started <- cmd.Start() }
	require.NoError(t, <-started)
	require.Error(t, cmd.Wait())
	require.Equal(t, 1, cmd.ProcessState.ExitCode(), says.String())
	return says.String()
}

// A file that does not hold what was written is refused, with an error that says
// so. Without it the node starts, and has its seat and all values again.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	edit := func(f func(b []byte) []byte) func(t *testing.T, file string) {
		return func(t *testing.T, file string) {
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(file, f(b), 0o600))
		}
	}
	for name, damage := range map[string]func(t *testing.T, file string){
		"a value changed": edit(func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("ergoergo"), []byte("ergOergo")) }),
		"cut off":         edit(func(b []byte) []byte { return b[:len(b)/2] }),
		"empty":           edit(func([]byte) []byte { return nil }),
		"zeros":           edit(func(b []byte) []byte { clear(b[8192:]); return b }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, nodes := cluster.Start(t, 3, cluster.Setup{Disk: t.TempDir()})
			// Without the first node it takes the third to choose, so that the value is
			// safe in the third's file before anyone has the answer.
			nodes[0].Kill()
			want := put(t, nodes[1], "k", strings.Repeat("ergo", 30))
			nodes[0] = nodes[0].Restart()
			c.WaitReady(nodes...)
			file := filepath.Join(c.Disk(3), storage.FileName)
			nodes[2].Kill()
			damage(t, file)
			said := refused(t, "3", "--data-dir", c.Disk(3))
			require.Contains(t, said, storage.ErrDamaged.Error())
			require.Contains(t, said, file)
			require.NoError(t, os.Remove(file))
			nodes[2] = nodes[2].Restart()
			c.WaitReady(nodes...)
			nodes[0].Kill() // its vote counts
			holds(t, nodes[1:], "k", want)
			put(t, nodes[2], "after", 1)
		})
	}
}

// Two processes do not have one directory, and no node has another's.
func TestDirectoryOfAnother(t *testing.T) {
	t.Parallel()
	c := cluster.New(t, cluster.Setup{Disk: t.TempDir(), Size: 1})
	s := c.StartShell(1)
	s.Expect("put k 1", "{ok,1}")
	require.Contains(t, refused(t, "1", "--data-dir", c.Disk(1)), storage.ErrLocked.Error())
	require.Contains(t, refused(t, "2", "--data-dir", c.Disk(1)), storage.ErrLocked.Error())
	s.Expect("put l 2", "{ok,2}")
	status, err := s.Exit()
	require.NoError(t, err)
	require.Zero(t, status)
	said := refused(t, "2", "--data-dir", c.Disk(1))
	require.Contains(t, said, storage.ErrOtherNode.Error())
	require.Contains(t, said, cluster.Name(1))
	s = s.Restart()
	s.Expect("get k", "{ok,1}")
	s.Expect("get l", "{ok,2}")
}

// A node with the directory of another cluster takes no part in this one, and both
// say why.
func TestDirectoryOfAnotherCluster(t *testing.T) {
	t.Parallel()
	old, nodes := cluster.Start(t, 3, cluster.Setup{Disk: t.TempDir()})
	put(t, nodes[0], "k", "old")
	for _, n := range nodes {
		n.Kill()
	}
	dir := t.TempDir()
	c := cluster.New(t, cluster.Setup{Disk: dir})
	one, two := c.StartNode(1), c.StartNode(2)
	c.WaitSeatsOnAll(2, 2, one, two)
	put(t, one, "k", "new")
	require.NoError(t, os.CopyFS(c.Disk(3), os.DirFS(old.Disk(3))))
	three := c.StartNode(3)
	for _, n := range []*cluster.Node{one, two, three} {
		cluster.Eventually(t, n.Name+" says so", func() (bool, any) {
			return strings.Contains(n.Log(), "two clusters never merge"), n.Log()
		})
	}
	info, err := three.Cluster()
	require.NoError(t, err)
	require.False(t, info.Quorum)
	require.ErrorContains(t, three.WaitForQuorum(1), "quorum")
	put(t, two, "after", "new")
	info, err = one.Cluster()
	require.NoError(t, err)
	require.Len(t, info.Members, 2)
}
