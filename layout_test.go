package paxoskv_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/paxoskv/paxoskv"

// inward lists what packages of this module the production code of a directory
// may import: data flows one way. A directory that is not listed may import any.
var inward = map[string][]string{
	"paxos":   {},
	"term":    {},
	"wire":    {"paxos"},
	"watch":   {"paxos"},
	"storage": {"paxos", "wire"},
	"report":  {"term"},
	"host":    {"paxos", "report", "storage", "term", "watch", "wire"},
	"dist":    {"dist", "term"},
	"sup":     {"actors", "host"},
	"app":     {"host", "sup"},
	".":       {"actors", "host", "paxos", "report", "term", "watch"},
}

// Imports point inward, as the README's table has it.
func TestImportsPointInward(t *testing.T) {
	seen := map[string]int{}
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		top, _, nested := strings.Cut(filepath.ToSlash(path), "/")
		if !nested {
			top = "."
		}
		allowed, listed := inward[top]
		if !listed || strings.Count(filepath.ToSlash(path), "/") > 1 && top != "dist" {
			return nil // packages below are for tests, or have rules of their own
		}
		seen[top]++
		for _, i := range importsOf(t, path) {
			if rest, ours := strings.CutPrefix(i, module+"/"); ours {
				dir, _, _ := strings.Cut(rest, "/")
				require.Contains(t, allowed, dir, "%s imports %s", path, i)
			}
		}
		return nil
	}))
	for dir := range inward {
		require.Positive(t, seen[dir], "no file of %s was read", dir)
	}
}

func importsOf(t *testing.T, path string) []string {
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	require.NoError(t, err)
	var paths []string
	for _, i := range f.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		require.NoError(t, err)
		paths = append(paths, p)
	}
	return paths
}
