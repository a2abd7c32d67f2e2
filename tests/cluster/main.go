package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/paxoskv/paxoskv/tests/agent"
)

// Main is the TestMain of a package with tests of this kind: the test binary is
// also the program of the nodes.
func Main(m *testing.M) {
	agent.Main()
	status := m.Run()
	if dir := built.dir; dir != "" {
		_ = os.RemoveAll(dir)
	}
	os.Exit(status)
}

// built is the program cmd/node, made once for all tests.
var built struct {
	once sync.Once
	dir  string
	err  error
}

// Program returns the path of cmd/node, built with the race detector if the
// tests are.
func Program() (string, error) {
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "paxoskv-tests"); built.err != nil {
			return
		}
		args := []string{"build", "-o", built.dir}
		if raceDetector {
			args = append(args, "-race")
		}
		out, err := exec.Command("go", append(args, "github.com/paxoskv/paxoskv/cmd/node")...).CombinedOutput()
		if err != nil {
			built.err = fmt.Errorf("go build: %w: %s", err, out)
		}
	})
	return filepath.Join(built.dir, "node"), built.err
}

// Fewer is how many of n things there are to be: under the race detector, which
// makes everything ten times slower, a tenth.
func Fewer(n int) int {
	if raceDetector {
		return n / 10
	}
	return n
}
