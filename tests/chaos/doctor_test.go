//go:build linux

package chaos

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/cmd/node/config"
	"github.com/paxoskv/paxoskv/cmd/node/doctor"
)

// diagnosis is what "node doctor --json" prints.
type diagnosis struct {
	Findings []struct{ Level, Text string }
	doctor.Facts
}

// diagnose runs the doctor on a machine, with that machine's clock.
func (w *world) diagnose(t *testing.T, on *host) (d diagnosis) {
	t.Helper()
	cmd := exec.Command(w.programs.shell, "doctor", "--json", on.name)
	cmd.Env = append(os.Environ(), config.CookieEnv+"="+w.cookie, clockEnv+"="+on.clock.file.Name(), "HOME="+t.TempDir())
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	started := make(chan error, 1)
	w.lan.Machine(on.index).In <- func() { started <- cmd.Start() }
	require.NoError(t, <-started)
	timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	if err := cmd.Wait(); err != nil {
		require.True(t, errors.As(err, new(*exec.ExitError)), err)
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &d), "%s%s", &out, &errs)
	require.Equal(t, min(len(d.Findings), 1), cmd.ProcessState.ExitCode())
	return d
}

// A real node whose clock is wrong is named by the doctor, with by how much; also where
// it is on that node's machine that the doctor runs.
func TestDoctorOfAWrongClock(t *testing.T) {
	netnsWanted(t)
	w, err := newWorld(Options{Seed: 1, Shells: 3}.asUsersHave())
	if w != nil {
		defer w.close()
	}
	require.NoError(t, err)
	require.NoError(t, w.begin(), w.logs())
	require.Empty(t, w.diagnose(t, w.hosts[0]).Findings)
	wrong := w.hosts[1]
	for _, test := range []struct {
		off  time.Duration
		on   *host
		says string
	}{
		{-20 * time.Second, w.hosts[0], " is ahead of " + wrong.name},
		{time.Hour, w.hosts[0], ": " + wrong.name + " is ahead of "},
		{time.Hour, wrong, ": " + wrong.name + " is ahead of "},
	} {
		require.NoError(t, wrong.clock.set(test.off))
		d := w.diagnose(t, test.on)
		require.Len(t, d.Findings, 1)
		require.Equal(t, doctor.Warning.String(), d.Findings[0].Level)
		text := d.Findings[0].Text
		require.Contains(t, text, test.says)
		by, found := strings.CutPrefix(text, "the clocks differ by ")
		require.True(t, found, text)
		by, _, _ = strings.Cut(by, ":")
		apart, err := time.ParseDuration(by)
		require.NoError(t, err, text)
		require.InDelta(t, test.off.Abs().Seconds(), apart.Seconds(), 1, text)
		clocks := map[string]time.Duration{wrong.name: test.off}
		answered := 0
		for _, n := range d.Nodes {
			if n.Report == nil {
				continue // names that nodes have heard of, like that of the last doctor
			}
			answered++
			want := clocks[n.Name] - clocks[test.on.name]
			require.InDelta(t, want.Seconds(), n.Ahead.Seconds(), (n.Doubt + 50*time.Millisecond).Seconds(), n.Name)
		}
		require.Equal(t, 3, answered)
	}
	require.NoError(t, wrong.clock.set(0))
	require.Empty(t, w.diagnose(t, w.hosts[0]).Findings)
}
