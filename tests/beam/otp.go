package beam

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	// requireEnv lists the optional parts that must be there; see docs/testing.md.
	requireEnv = "PAXOSKV_REQUIRE"
	// trixieEnv names the folder with Debian 13; by default it is paxoskv-trixie
	// among the temporary files.
	trixieEnv = "PAXOSKV_TRIXIE"
)

// Erlang and Elixir are words of PAXOSKV_REQUIRE.
const (
	Erlang = "erlang"
	Elixir = "elixir"
)

// Need leaves a test out, and says so, unless all of the words are in
// PAXOSKV_REQUIRE. What they stand for must then be there.
func Need(t testing.TB, words ...string) {
	t.Helper()
	asked := strings.Split(os.Getenv(requireEnv), ",")
	for _, word := range words {
		found := false
		for _, a := range asked {
			found = found || strings.TrimSpace(a) == word
		}
		if !found {
			t.Skipf("left out: needs %s of OTP 25 and 27; set %s=%s", word, requireEnv, strings.Join(words, ","))
		}
	}
}

// OTP is an installation of Erlang, with its Elixir.
type OTP struct {
	Release string
	// root is the folder that its programs take for the root, if not the root.
	root string
}

// All are the installations that the tests run with.
func All() []OTP {
	trixie := os.Getenv(trixieEnv)
	if trixie == "" {
		trixie = filepath.Join(os.TempDir(), "paxoskv-trixie")
	}
	return []OTP{{Release: "25"}, {Release: "27", root: trixie}}
}

// Each runs a test with each installation.
func Each(t *testing.T, f func(t *testing.T, o OTP)) {
	for _, o := range All() {
		t.Run("OTP"+o.Release, func(t *testing.T) { f(t, o) })
	}
}

// Command is a command of the installation, with its home and its temporary files
// in dir, a folder of Dir. It speaks UTF-8, and finds nodes by the port mapper at a
// port.
func (o OTP) Command(dir string, mapper uint16, name string, args ...string) *exec.Cmd {
	if o.root != "" {
		name, args = "chroot", append([]string{o.root, name}, args...)
	}
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), fmt.Sprintf("ERL_EPMD_PORT=%d", mapper), "HOME="+dir, "TMPDIR="+dir, "LC_ALL=C.UTF-8", "ERL_CRASH_DUMP_SECONDS=0")
	return cmd
}

// Dir makes a folder for a test, with copies of files and of whole folders, each
// under its last name, and returns its path as the installation's programs see it.
func (o OTP) Dir(t testing.TB, paths ...string) string {
	t.Helper()
	temp := os.TempDir()
	if o.root != "" {
		temp = filepath.Join(o.root, "tmp")
	}
	dir, err := os.MkdirTemp(temp, "paxoskv-beam-")
	require.NoError(t, err, "Erlang/OTP %s is required", o.Release)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for _, path := range paths {
		require.NoError(t, copyAll(path, filepath.Join(dir, filepath.Base(path))))
	}
	inside, err := filepath.Rel("/"+o.root, dir)
	require.NoError(t, err)
	return "/" + inside
}

// copyAll copies a file or a folder, without what was built there: that may be of
// another OTP.
func copyAll(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rest, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rest)
		if d.IsDir() && (d.Name() == "_build" || d.Name() == "ebin") {
			return filepath.SkipDir
		}
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, text, 0o644)
	})
}
