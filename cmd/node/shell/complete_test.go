package shell

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// localTable is a node's table with a row that takes a command of it.
func localTable() []Command {
	node := New(Commands(nil)).table
	return append([]Command{{
		Name:   "at",
		Params: []Param{{Name: "N", Kind: Integer(1, 3)}, {Name: "COMMAND", Kind: CommandLine(node)}},
	}}, node...)
}

func TestComplete(t *testing.T) {
	all := names(New(Commands(nil)).table)
	for _, test := range []struct {
		text string
		want []string
	}{
		{"p", []string{"pid", "put"}},
		{"  pu", []string{"put"}},
		{"x", nil},
		{"x ", nil},
		{"put ", nil},
		{"put a ", nil},
		{"put [a, b", nil},
		{"put [a, b] ", nil},
		{"put [a, b] c ", []string{"bucket", "key", "no_quorum", "node", "pid", "until"}},
		{"put [a, b] c n", []string{"no_quorum", "node"}},
		{"put a b node n@h bucket x ", []string{"key", "no_quorum", "pid", "until"}},
		{"put a b no_quorum ", []string{"retry", "return"}},
		{"put a b no_quorum retu", []string{"return"}},
		{"put a b until ", nil},
		{"put a b nonsense ", nil},
		{"get a st", []string{"stale"}},
		{"get a stale ", []string{"bucket", "default", "no_quorum"}},
		{"help re", []string{"resize"}},
		{"cluster ", nil},
		{"at ", nil},
		{"at 1", nil},
		{"at x pu", nil},
		{"at 2 pu", []string{"put"}},
		{"at 2 put a b bu", []string{"bucket"}},
		{"at 2 at", nil},
	} {
		require.Equal(t, test.want, complete(localTable(), test.text), test.text)
	}
	require.ElementsMatch(t, append(all, "at"), complete(localTable(), ""))
	require.ElementsMatch(t, all, complete(localTable(), "at 2 "))
	require.ElementsMatch(t, all, complete(localTable(), "help "))
}

func TestExtend(t *testing.T) {
	for _, test := range []struct {
		before, after  string // The cursor is between the two.
		want, wantRest string
		choices        []string
	}{
		{"pu", "", "put ", "", nil},
		{"", "", "", "", complete(localTable(), "")},
		{"p", "", "p", "", []string{"pid", "put"}},
		{"dis", " x", "disconnect ", " x", nil},
		{"put a b n", "", "put a b no", "", nil},
		{"put a b no", "", "put a b no", "", []string{"no_quorum", "node"}},
		{"at 2 pu", "", "at 2 put ", "", nil},
		{"put {", "", "put {", "", nil},
		{"put \u00e9", "", "put \u00e9", "", nil},
	} {
		line, pos, choices := extend(localTable(), test.before+test.after, len(test.before))
		require.Equal(t, test.want+test.wantRest, line)
		require.Equal(t, len(test.want), pos, test.before)
		require.Equal(t, test.choices, choices, test.before)
	}
}

func TestHistory(t *testing.T) {
	h := &history{}
	for _, line := range []string{"a", "", "  ", "b", "b", "a"} {
		h.Add(line)
	}
	require.Equal(t, []string{"a", "b", "a"}, h.lines)
	require.Equal(t, "a", h.At(0))
	require.Equal(t, "b", h.At(1))
	for i := range 2 * historyLimit {
		h.Add(string(rune('a' + i%2)))
	}
	require.Equal(t, historyLimit, h.Len())
}
