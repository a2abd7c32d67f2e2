package script

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var rewrite = flag.Bool("rewrite", false, "write the outcomes into testdata")

// TestConversations holds what the core does against what the texts say.
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 8)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			got, err := Run(string(text))
			require.NoError(t, err, got)
			if *rewrite {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
				return
			}
			require.Equal(t, string(text), got)
		})
	}
}

func TestBadCommands(t *testing.T) {
	for _, text := range []string{"dance", "put", "nodes x a", "nodes 1 a\nput b k v", "nodes 1 a\nput a k",
		"nodes 1 a\nput a k v on pid:p@b", "nodes 1 a\ndeliver a a prepare", "nodes 1 a\nfire a turn",
		"nodes 1 a\ngone a p", "nodes 1 a\nresize a x", "nodes 1 a\ncut a b", "nodes 1 a\nrun x"} {
		_, err := Run(text)
		require.Error(t, err, text)
	}
}
