//go:build linux

package chaos

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Edit replaces text that is to be found exactly once in a file of the module, or of
// Go itself where it begins with goRoot. A file that is not there is made, where Old is
// empty.
type Edit struct{ File, Old, New string }

const goRoot = "GOROOT/"

// programs are what the nodes run, built for one run.
type programs struct{ agent, shell string }

// build makes the programs in dir, with the edits in place.
func build(dir string, edits []Edit, race bool) (programs, error) {
	overlay, err := overlay(dir, slices.Concat(hooks, diskHooks, edits))
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
func overlay(dir string, edits []Edit) (string, error) {
	ours, err := output("go", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return "", fmt.Errorf("in the folder of the module? %w", err)
	}
	gos, err := output("go", "env", "GOROOT")
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for i, e := range edits {
		path := filepath.Join(ours, e.File)
		if file, ok := strings.CutPrefix(e.File, goRoot); ok {
			path = filepath.Join(gos, file)
		}
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

func output(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}
