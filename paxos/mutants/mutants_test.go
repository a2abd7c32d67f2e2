package mutants

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPlantedFaults demands that every fault is found by its check, and that
// the core as it is passes the same checks.
func TestPlantedFaults(t *testing.T) {
	core, err := filepath.Abs("..")
	require.NoError(t, err)
	all := faults()
	checks := map[check]bool{}
	for _, f := range all {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			out, err := f.check.run(core, overlay(t, core, f.edits))
			var failed *exec.ExitError
			require.ErrorAs(t, err, &failed, "the fault was not found:\n%s", out)
			require.NotContains(t, out, "[build failed]")
			require.NotContains(t, out, "[setup failed]")
			require.NotContains(t, out, "panic: ")
			require.Contains(t, out, f.finds)
		})
		checks[f.check] = true
	}
	for c := range checks {
		t.Run("none, "+c.pkg+" "+c.test, func(t *testing.T) {
			t.Parallel()
			out, err := c.run(core, "")
			require.NoError(t, err, out)
			require.NotContains(t, out, "no tests to run")
		})
	}
}

func faults() []fault { return slices.Concat(rounds, epochs) }

// run runs the check on the core as the overlay has it.
func (c check) run(core, overlay string) (string, error) {
	cmd := exec.Command("go", "test", "-vet=off", "-count=1", "-overlay", overlay, "-run", c.test, "./"+c.pkg)
	cmd.Dir = core
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// overlay writes the edited files and the list of them for the compiler.
func overlay(t *testing.T, core string, edits []edit) string {
	dir := t.TempDir()
	replace := map[string]string{}
	for _, e := range edits {
		path := filepath.Join(core, e.file)
		from := path
		if r := replace[path]; r != "" {
			from = r
		}
		source, err := os.ReadFile(from)
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(string(source), e.old), "the text to edit in %s:\n%s", e.file, e.old)
		replace[path] = filepath.Join(dir, filepath.Base(e.file))
		edited := strings.Replace(string(source), e.old, e.new, 1)
		require.NoError(t, os.WriteFile(replace[path], []byte(edited), 0o600))
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	file := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(file, list, 0o600))
	return file
}
