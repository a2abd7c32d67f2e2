package main

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain runs the program in place of the tests where a test asks for it: one
// node to a process is the rule.
func TestMain(m *testing.M) {
	if os.Getenv("EMBED_TEST_RUN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

const want = `a cluster of 1: [embed@127.0.0.1]
put printer for the first: first has it, mine: true
put printer for the second: first has it, mine: false
it is tied to the worker: true
the worker ended, and the key is gone
put printer for the third: third has it, mine: true
`

func TestOutput(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), "EMBED_TEST_RUN=1")
	cmd.WaitDelay = time.Second
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	require.Equal(t, want, string(out))
}
