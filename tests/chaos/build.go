//go:build linux

package chaos

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Edit replaces text that is to be found exactly once in a file of the module. A
// file that is not there is made, where Old is empty.
type Edit struct{ File, Old, New string }

// programs are what the nodes run, built for one run.
type programs struct{ agent, shell string }

// build makes the programs in dir, with the edits in place.
func build(dir string, edits []Edit, race bool) (programs, error) {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return programs{}, fmt.Errorf("go list, which takes the folder of the module: %w", err)
	}
	overlay, err := overlay(strings.TrimSpace(string(root)), dir, append(hooks[:len(hooks):len(hooks)], edits...))
	if err != nil {
		return programs{}, err
	}
	args := []string{"build", "-overlay", overlay, "-o", dir}
	if race {
		args = append(args, "-race")
	}
	const module = "github.com/paxoskv/paxoskv/"
	out, err := exec.Command("go", append(args, module+"tests/chaos/cmd/agent", module+"cmd/node")...).CombinedOutput()
	if err != nil {
		return programs{}, fmt.Errorf("go build: %w: %s", err, out)
	}
	return programs{filepath.Join(dir, "agent"), filepath.Join(dir, "node")}, nil
}

// overlay writes the edited files and the list of them for the compiler.
func overlay(root, dir string, edits []Edit) (string, error) {
	replace := map[string]string{}
	for i, e := range edits {
		path := filepath.Join(root, e.File)
		from := path
		if earlier := replace[path]; earlier != "" {
			from = earlier
		}
		text := e.New
		if e.Old != "" {
			source, err := os.ReadFile(from)
			if err != nil {
				return "", err
			}
			if n := strings.Count(string(source), e.Old); n != 1 {
				return "", fmt.Errorf("the text to edit is %d times in %s: %s", n, e.File, e.Old)
			}
			text = strings.Replace(string(source), e.Old, e.New, 1)
		}
		replace[path] = filepath.Join(dir, fmt.Sprintf("edit%d.go", i))
		if err := os.WriteFile(replace[path], []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, list, 0o600)
}
