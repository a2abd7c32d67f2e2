package cookie_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/cmd/node/cookie"
)

func put(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	require.NoError(t, os.Chmod(path, mode))
}

func TestRead(t *testing.T) {
	for _, test := range []struct {
		name, text string
		mode       os.FileMode
		want       string
		err        error
	}{
		{"as Erlang makes it", "VXBJTEUCFZRBEQNOBEGD", 0o400, "VXBJTEUCFZRBEQNOBEGD", nil},
		{"with an end of line", "SECRET\r\n\n", 0o600, "SECRET", nil},
		{"with spaces", "  A B ", 0o400, "  A B ", nil},
		{"readable by the group", "SECRET", 0o440, "", cookie.ErrNotPrivate},
		{"readable by all", "SECRET", 0o644, "", cookie.ErrNotPrivate},
		{"writable by others", "SECRET", 0o402, "", cookie.ErrNotPrivate},
		{"empty", "", 0o400, "", cookie.ErrBadCookie},
		{"only an end of line", "\n", 0o400, "", cookie.ErrBadCookie},
		{"two lines", "A\nB", 0o400, "", cookie.ErrBadCookie},
		{"not ASCII", "caf\u00e9", 0o400, "", cookie.ErrBadCookie},
		{"too long", strings.Repeat("A", 256), 0o400, "", cookie.ErrBadCookie},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), ".erlang.cookie")
			put(t, path, test.text, test.mode)
			got, err := cookie.Read(path)
			require.ErrorIs(t, err, test.err)
			require.Equal(t, test.want, got)
			if test.err != nil {
				require.ErrorContains(t, err, path, "the error names the file")
				_, err = cookie.Find(filepath.Dir(path), "")
				require.ErrorIs(t, err, test.err, "a bad file is not replaced")
			}
		})
	}
	_, err := cookie.Read(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = cookie.Read(t.TempDir())
	require.ErrorIs(t, err, cookie.ErrNotRegular)
}

func TestFindMakesTheFile(t *testing.T) {
	home := t.TempDir()
	made, err := cookie.Find(home, "")
	require.NoError(t, err)
	require.Regexp(t, "^[A-Z]{20}$", made)
	info, err := os.Stat(filepath.Join(home, ".erlang.cookie"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o400), info.Mode())
	again, err := cookie.Find(home, "")
	require.NoError(t, err)
	require.Equal(t, made, again)
	other, err := cookie.Find(t.TempDir(), "")
	require.NoError(t, err)
	require.NotEqual(t, made, other)

	_, err = cookie.Find(filepath.Join(home, "none"), "")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestFindPrefersTheHomeDirectory(t *testing.T) {
	home, config := t.TempDir(), t.TempDir()
	put(t, filepath.Join(config, "erlang", ".erlang.cookie"), "CONFIG", 0o400)
	got, err := cookie.Find(home, config)
	require.NoError(t, err)
	require.Equal(t, "CONFIG", got)
	put(t, filepath.Join(home, ".erlang.cookie"), "HOME", 0o400)
	got, err = cookie.Find(home, config)
	require.NoError(t, err)
	require.Equal(t, "HOME", got)
}

// Nodes that start together end with the same cookie, and leave one file.
func TestFindTogether(t *testing.T) {
	for range 20 {
		home := t.TempDir()
		got := make([]string, 8)
		errs := make([]error, len(got))
		var all sync.WaitGroup
		for i := range got {
			all.Go(func() { got[i], errs[i] = cookie.Find(home, "") })
		}
		all.Wait()
		for i := range got {
			require.NoError(t, errs[i])
			require.Equal(t, got[0], got[i])
		}
		files, err := os.ReadDir(home)
		require.NoError(t, err)
		require.Len(t, files, 1)
	}
}
