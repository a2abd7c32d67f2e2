package paxos

import (
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pure are the packages that the core may import. What is missing is so on
// purpose: time (clocks), math/rand and crypto/rand (chance), sync and context
// (goroutines), log, log/slog and os (the world), ergo, and any other package of
// this module. fmt is for String methods and notes.
var pure = []string{"cmp", "fmt", "hash/fnv", "maps", "slices", "strconv", "strings"}

// forbidden names what a file of the core imports and must not.
func forbidden(t *testing.T, name string, src any) []string {
	f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
	require.NoError(t, err)
	var bad []string
	for _, i := range f.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		require.NoError(t, err)
		allowed := false
		for _, p := range pure {
			allowed = allowed || p == path
		}
		if !allowed {
			bad = append(bad, path)
		}
	}
	return bad
}

// The core is pure: no ergo, clock, goroutine, chance or log.
func TestCoreImportsNothingOfTheWorld(t *testing.T) {
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	read := 0
	for _, f := range files {
		if name := f.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			read++
			require.Empty(t, forbidden(t, name, nil), "%s imports what the core must not", name)
		}
	}
	require.Greater(t, read, 20, "the files of the core were found")
	require.Equal(t, []string{"time", "github.com/ergo-services/ergo/gen"},
		forbidden(t, "x.go", "package x\nimport (\n\"fmt\"\n\"time\"\n\"github.com/ergo-services/ergo/gen\"\n)"),
		"the check sees what is forbidden")
}
