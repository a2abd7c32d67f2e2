// Package cookie finds the secret that the nodes of one user share, where
// Erlang keeps it: in the file .erlang.cookie of the home directory, or else in
// the erlang folder of the user's configuration.
package cookie

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	fileName = ".erlang.cookie"
	length   = 20
	maxSize  = 255 // A cookie is an atom, which has at most 255 characters.
)

// Errors of Read and Check, for errors.Is. Erlang refuses the same files.
var (
	// ErrNoHome is returned when the home directory is not known.
	ErrNoHome = errors.New("no home directory for the cookie file; give a cookie instead")
	// ErrNotRegular is returned for a cookie file that is a directory or a device.
	ErrNotRegular = errors.New("the cookie file is not a regular file")
	// ErrNotPrivate is returned for a cookie file that others may read or write.
	ErrNotPrivate = errors.New("the cookie file must be accessible by its owner only (chmod 400 mends that)")
	// ErrBadCookie is returned for an empty or too long cookie, or one that is
	// not printable ASCII.
	ErrBadCookie = errors.New("a cookie is 1 to 255 printable ASCII characters")
)

// Default returns the cookie of the user who runs this process. Where there is
// no cookie file, one is made in the home directory.
func Default() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoHome, err)
	}
	config, err := os.UserConfigDir()
	if err != nil {
		config = ""
	}
	return Find(home, config)
}

// Find returns the cookie of a home directory. The configuration folder, which
// may be "", counts when the home directory has no cookie file.
func Find(home, config string) (string, error) {
	path := filepath.Join(home, fileName)
	cookie, err := Read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return cookie, err
	}
	if config != "" {
		cookie, err := Read(filepath.Join(config, "erlang", fileName))
		if !errors.Is(err, fs.ErrNotExist) {
			return cookie, err
		}
	}
	if err := create(path); err != nil {
		return "", err
	}
	return Read(path)
}

// Read returns the cookie in a file, if the file is one that Erlang would take.
func Read(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("cookie: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("cookie: %s: %w", path, ErrNotRegular)
	}
	if info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		return "", fmt.Errorf("cookie: %s: %w", path, ErrNotPrivate)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("cookie: %w", err)
	}
	cookie := strings.TrimRight(string(data), "\r\n")
	if err := Check(cookie); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return cookie, nil
}

// Check tells whether a cookie is one. Spaces belong to it.
func Check(cookie string) error {
	bad := strings.ContainsFunc(cookie, func(r rune) bool { return r < ' ' || r > '~' })
	if bad || cookie == "" || len(cookie) > maxSize {
		return fmt.Errorf("cookie: %w", ErrBadCookie)
	}
	return nil
}

// create makes the cookie file, unless another process does so first: then it
// leaves that one alone. The file appears whole or not at all, so that nodes
// which start together all read the same.
func create(path string) error {
	temporary, err := writeTemporary(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer os.Remove(temporary)
	err = os.Link(temporary, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	// A file system without links; here a reader that is quick may find the
	// file empty, and says so.
	err = write(path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// writeTemporary makes a file that holds a fresh cookie and has a name of its own.
func writeTemporary(dir string) (string, error) {
	path := filepath.Join(dir, fileName+"."+random())
	return path, write(path)
}

// write makes a file that only its owner can read, with a fresh cookie in it.
func write(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o400)
	if err != nil {
		return fmt.Errorf("cookie: %w", err)
	}
	_, err = f.WriteString(random())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("cookie: %w", err), os.Remove(path))
	}
	return nil
}

// random returns capital letters, each as likely as any other: bytes that would
// favour the first letters of the alphabet are drawn again.
func random() string {
	const letters = 26
	out := make([]byte, 0, length)
	for len(out) < length {
		var b [1]byte
		rand.Read(b[:]) // Never fails: without randomness the program ends.
		if b[0] < 256/letters*letters {
			out = append(out, 'A'+b[0]%letters)
		}
	}
	return string(out)
}
