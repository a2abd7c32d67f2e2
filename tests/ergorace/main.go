// Command ergorace prepares what "make race" tests with: a copy of ergo without the
// races that it has of its own, and a go.mod that names it.
//
//	go run ./tests/ergorace .race
//	go test -race -modfile .race/go.mod ./...
//
// When a process ends, ergo's core takes its channels away without a lock, while
// others may be sending to it. Nothing comes of that, but the race detector reports it
// wherever a message finds its receiver about to end, and fails the test. The copy
// leaves the channels where they are, and looks under the lock whether a process
// lives. All other reports stay.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const module = "github.com/ergo-services/ergo"

// edit is a text that stands once in a file, and what stands there in the copy.
type edit struct{ file, old, now string }

var edits = []edit{
	{"node/core.go", "		process.gracefulExit = nil\n", ""},
	{"node/core.go", "		process.exit = nil\n		process.kill = nil\n		process.mailBox = nil\n		process.direct = nil\n", ""},
	{"node/process.go", "Kill() {\n	if p.behavior == nil {\n", "Kill() {\n	if !p.IsAlive() {\n"},
	{"node/process.go", "Exit(reason string) error {\n	if p.behavior == nil {\n", "Exit(reason string) error {\n	if !p.IsAlive() {\n"},
}

var errEdit = errors.New("an edit does not fit this release of ergo")

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: ergorace DIR, below the folder of go.mod")
		os.Exit(2)
	}
	if err := prepare(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "ergorace:", err)
		os.Exit(1)
	}
}

// prepare fills a folder, which need not be there.
func prepare(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	root, err := goTool("list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return err
	}
	ergo, err := goTool("list", "-m", "-f", "{{.Dir}}", module)
	if err != nil {
		return err
	}
	to := filepath.Join(dir, "ergo")
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if err := os.CopyFS(to, os.DirFS(ergo)); err != nil {
		return err
	}
	for _, e := range edits {
		if err := e.apply(to); err != nil {
			return err
		}
	}
	return modFiles(root, dir, to)
}

func goTool(args ...string) (string, error) {
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

func (e edit) apply(dir string) error {
	path := filepath.Join(dir, e.file)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if n := bytes.Count(text, []byte(e.old)); n != 1 {
		return fmt.Errorf("%w: %s has %q %d times", errEdit, e.file, e.old, n)
	}
	return os.WriteFile(path, bytes.Replace(text, []byte(e.old), []byte(e.now), 1), 0o644)
}

// modFiles writes the module's go.mod and go.sum anew, with the copy in ergo's place.
func modFiles(root, dir, ergo string) error {
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		if name == "go.mod" {
			text = fmt.Appendf(text, "\nreplace %s => %s\n", module, ergo)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
