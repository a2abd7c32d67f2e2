package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The edits fit the release of ergo that is in use, and the tool chain takes the
// result.
func TestPrepare(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, prepare(dir))
	for _, e := range edits {
		text, err := os.ReadFile(filepath.Join(dir, "ergo", e.file))
		require.NoError(t, err)
		require.NotContains(t, string(text), e.old)
		require.Contains(t, string(text), e.now)
	}
	out, err := exec.Command("go", "list", "-modfile", filepath.Join(dir, "go.mod"), "-m", "-f", "{{.Replace.Path}}", module).Output()
	require.NoError(t, err)
	require.Equal(t, filepath.Join(dir, "ergo")+"\n", string(out))
	require.NoError(t, prepare(dir), "again")
}

func TestEditThatDoesNotFit(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "f"), []byte("twice twice"), 0o600))
	require.ErrorIs(t, edit{"f", "twice", ""}.apply(dir), errEdit)
	require.ErrorIs(t, edit{"f", "never", ""}.apply(dir), errEdit)
}
