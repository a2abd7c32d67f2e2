package dist_test

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// stderr keeps what a child says, so that a report of the race detector in a child
// fails the test, and passes it on unless it is quiet.
type stderr struct {
	quiet bool
	mu    sync.Mutex
	text  bytes.Buffer
}

func (s *stderr) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(b)
	if s.quiet {
		return len(b), nil
	}
	return os.Stderr.Write(b)
}

// lines returns the lines said so far that hold a text.
func (s *stderr) lines(text string) (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for line := range strings.Lines(s.text.String()) {
		if strings.Contains(line, text) {
			out = append(out, line)
		}
	}
	return out
}

func (s *stderr) check(t testing.TB) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, report := range foreignRaces(s.text.String()) {
		t.Errorf("data race in a child:\n%s", report)
	}
}

// access is the start of each of the two stacks of a report, with the function
// on top of it.
var access = regexp.MustCompile(`(?m)^(?:Previous )?(?:[Rr]ead|[Ww]rite) at .*\n  (\S+)`)

// foreignRaces returns the reports of races that are not within ergo's core. Core
// has one that its own API brings with it: Process.Exit calls the function that
// the ending process clears (newProcess.func1 against spawn.func2).
func foreignRaces(text string) (out []string) {
	for _, report := range strings.Split(text, "==================") {
		if !strings.Contains(report, "DATA RACE") {
			continue
		}
		for _, top := range access.FindAllStringSubmatch(report, -1) {
			if !strings.HasPrefix(top[1], "github.com/ergo-services/ergo/") {
				out = append(out, report)
				break
			}
		}
	}
	return out
}

func TestForeignRaces(t *testing.T) {
	const core = "==================\nWARNING: DATA RACE\nRead at 0x1 by goroutine 1:\n  github.com/ergo-services/ergo/node.(*core).x()\n" +
		"      f.go:1 +0x1\n\nPrevious write at 0x1 by goroutine 2:\n  github.com/ergo-services/ergo/node.(*core).y()\n      f.go:2 +0x1\n==================\n"
	ours := strings.Replace(core, "ergo-services/ergo/node.(*core).y", "paxoskv/paxoskv/dist.(*link).y", 1)
	require.Empty(t, foreignRaces("noise\n"+core))
	require.Len(t, foreignRaces(core+ours), 1)
}
