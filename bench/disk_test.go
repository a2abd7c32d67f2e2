package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/paxoskv/paxoskv/host"
)

// diskEnv names a directory in which the nodes have their disks; without it they
// have none.
const diskEnv = "PAXOSKV_BENCH_DISK"

// onDisk runs benchmarks with a fresh directory for their nodes, where one is to
// be used.
func onDisk(run func() int) int {
	dir := os.Getenv(diskEnv)
	if dir == "" {
		return run()
	}
	fresh, err := os.MkdirTemp(dir, "nodes")
	if err == nil {
		defer os.RemoveAll(fresh)
		err = os.Setenv(diskEnv, fresh)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run()
}

func openDisk(o *host.Options, node string) (err error) {
	if dir := os.Getenv(diskEnv); dir != "" {
		o.Storage, err = host.OpenStorage(filepath.Join(dir, node), node)
	}
	return err
}

// BenchmarkSync writes a page and syncs it, where the nodes have their disks: what
// a put waits for twice.
func BenchmarkSync(b *testing.B) {
	dir := os.Getenv(diskEnv)
	if dir == "" {
		b.Skip("needs " + diskEnv)
	}
	f, err := os.CreateTemp(dir, "sync")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	for range b.N {
		if _, err := f.WriteAt(page, 0); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
}
