//go:build linux

package chaos

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A power cut loses what a killed program wrote and did not sync, whole or in sectors,
// and nothing else.
func TestPowerCut(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "main.go")
	require.NoError(t, os.WriteFile(program, []byte(`package main

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
)

func main() {
	file, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	put := func(b byte, n int, at int64) {
		if _, err := file.WriteAt(bytes.Repeat([]byte{b}, n), at); err != nil {
			panic(err)
		}
	}
	put('a', 4096, 0)
	if err := file.Sync(); err != nil {
		panic(err)
	}
	put('b', 1024, 512)
	if err := syscall.Fdatasync(int(file.Fd())); err != nil {
		panic(err)
	}
	put('c', 2048, 1024)
	put('d', 1024, 2048)
	put('e', 1024, 4096)
	fmt.Println("written")
	select {}
}
`), 0o644))
	list, err := overlay(dir, diskHooks)
	require.NoError(t, err)
	out, err := exec.Command("go", "build", "-overlay", list, "-o", filepath.Join(dir, "main"), program).CombinedOutput()
	require.NoError(t, err, string(out))
	fill := func(parts ...any) (b []byte) {
		for i := 0; i < len(parts); i += 2 {
			b = append(b, slices.Repeat([]byte(parts[i].(string)), parts[i+1].(int))...)
		}
		return b
	}
	synced := fill("a", 512, "b", 1024, "a", 2560, "\x00", 1024)
	written := fill("a", 512, "b", 512, "c", 1024, "d", 1024, "a", 1024, "e", 1024)
	whole, mixed := 0, 0
	for seed := range uint64(6) {
		disk := filepath.Join(dir, fmt.Sprint(seed))
		require.NoError(t, os.Mkdir(disk, 0o700))
		path := filepath.Join(disk, "file")
		cmd := exec.Command(filepath.Join(dir, "main"), path)
		cmd.Env = append(os.Environ(), journalEnv+"=1")
		stdout, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		_, err = bufio.NewReader(stdout).ReadString('\n')
		require.NoError(t, err)
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
		require.FileExists(t, path+journalSuffix)
		n, err := powerCut(disk, rand.New(rand.NewPCG(seed, 0)))
		require.NoError(t, err)
		require.NoFileExists(t, path+journalSuffix)
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Len(t, got, len(written))
		if slices.Equal(got, synced) {
			require.Equal(t, 6, n)
			whole++
			continue
		}
		mixed++
		for i := 0; i < len(got); i += sector {
			now := got[i : i+sector]
			require.True(t, slices.Equal(now, synced[i:i+sector]) || slices.Equal(now, written[i:i+sector]), "sector %d", i/sector)
		}
	}
	require.Positive(t, whole)
	require.Positive(t, mixed)
}
