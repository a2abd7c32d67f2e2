package wire_test

import (
	"bufio"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/wire"
)

var update = flag.Bool("update", false, "write the golden frames anew: only before the version is released")

// golden has a line for each body, and one for a frame of all: a name and the
// frame in hex.
var golden = filepath.Join("testdata", fmt.Sprintf("v%d.golden", wire.Version))

type goldenFrame struct {
	name string
	envs []paxos.Envelope
}

func goldenFrames(t *testing.T) []goldenFrame {
	var frames []goldenFrame
	var all []paxos.Envelope
	for _, b := range bodies {
		env := envelope(filled(t, &distinct{}, b))
		frames = append(frames, goldenFrame{reflect.TypeOf(b).Name(), []paxos.Envelope{env}})
		all = append(all, env)
	}
	return append(frames, goldenFrame{"all", all})
}

// TestGoldenFrames pins the form. When it fails, nodes of different releases no
// longer understand each other: the change needs a new Version.
func TestGoldenFrames(t *testing.T) {
	frames := goldenFrames(t)
	if *update {
		writeGolden(t, frames)
	}
	want := readGolden(t)
	require.Len(t, want, len(frames))
	for _, f := range frames {
		frame, err := wire.AppendFrame(nil, alice, bob, f.envs)
		require.NoError(t, err)
		require.Equal(t, want[f.name], hex.EncodeToString(frame), f.name)
		old, err := hex.DecodeString(want[f.name])
		require.NoError(t, err)
		_, _, envs, err := new(wire.Decoder).Decode(old)
		require.NoError(t, err, f.name)
		require.Equal(t, f.envs, envs)
	}
}

func writeGolden(t *testing.T, frames []goldenFrame) {
	var text strings.Builder
	for _, f := range frames {
		frame, err := wire.AppendFrame(nil, alice, bob, f.envs)
		require.NoError(t, err)
		fmt.Fprintf(&text, "%s %x\n", f.name, frame)
	}
	require.NoError(t, os.MkdirAll("testdata", 0o755))
	require.NoError(t, os.WriteFile(golden, []byte(text.String()), 0o644))
}

func readGolden(t *testing.T) map[string]string {
	f, err := os.Open(golden)
	require.NoError(t, err)
	defer f.Close()
	frames := make(map[string]string)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		name, frame, ok := strings.Cut(lines.Text(), " ")
		require.True(t, ok)
		frames[name] = frame
	}
	require.NoError(t, lines.Err())
	return frames
}
