package watch

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// faults are edits of this package, and the words with which TestSeeds has to
// find each, as a regular expression.
var faults = []struct{ name, file, old, new, finds string }{
	{"old entries are told", "feed.go",
		"	case !k.rev().Less(e.Rev):\n", "	case k.rev() == e.Rev:\n", " after "},
	{"events out of order", "subscriber.go",
		"	n := min(len(s.queue)", "	slices.Reverse(s.queue)\n	n := min(len(s.queue)", " after "},
	{"a gap is not told", "feed.go",
		"	missed := tracked && f.gap(key, k, e)\n", "	missed := tracked && false\n", "left out without a sign"},
	{"what does not fit is dropped", "subscriber.go",
		"		s.restart(f)\n	default:", "	default:", "left out without a sign|is current with"},
	{"what an overrun consumer was told counts", "subscriber.go",
		"	s.missed = s.missed || s.slot != waiting\n", "", " after "},
	{"current before keys are read", "await.go",
		"	if len(a.keys) > 0 {\n", "	if len(a.keys) > 1000 {\n", "is current with"},
	{"current without a quorum", "poll.go",
		"	return rounds[len(rounds)-q]\n", "	return rounds[len(rounds)-1]\n", "is current with"},
	{"current by an earlier round", "subscriber.go",
		"	s.ready, s.wants, s.since = false, f.round+1, f.serial\n", "	s.ready, s.wants = false, f.round\n", "is current with"},
	{"no look at the others", "poll.go",
		"	if !f.watched(h.Key) {\n", "	if f.watched(h.Key) {\n", "is current with"},
	{"a get that fails is not tried again", "poll.go",
		"	f.queue = append(f.queue, f.failed...)\n", "", "is not current at the end"},
}

// Each fault planted into this package is found by TestSeeds.
func TestPlantedFaults(t *testing.T) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			out, err := planted(t, f.file, f.old, f.new)
			var failed *exec.ExitError
			require.ErrorAs(t, err, &failed, "the fault was not found:\n%s", out)
			for _, trouble := range []string{"[build failed]", "[setup failed]", "panic: "} {
				require.NotContains(t, out, trouble)
			}
			require.Regexp(t, f.finds, out)
		})
	}
}

// planted runs TestSeeds on the package with an edit, by an overlay.
func planted(t *testing.T, file, old, edited string) (string, error) {
	here, err := filepath.Abs(".")
	require.NoError(t, err)
	path, dir := filepath.Join(here, file), t.TempDir()
	source, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(source), old), "the text to edit in %s:\n%s", file, old)
	text := strings.Replace(string(source), old, edited, 1)
	if strings.Contains(edited, "slices.") && !strings.Contains(text, `"slices"`) {
		text = strings.Replace(text, "import ", "import \"slices\"\nimport ", 1)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600))
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{path: filepath.Join(dir, file)}})
	require.NoError(t, err)
	overlay := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(overlay, list, 0o600))
	cmd := exec.Command("go", "test", "-vet=off", "-count=1", "-overlay", overlay, "-run", "^TestSeeds$", ".",
		"-watch.seeds=400")
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	err = cmd.Run()
	return both.String(), err
}
