package script

import (
	"fmt"
	"strings"
)

const indent = "    "

// Run carries out a text and returns it with its outcomes made anew. A command
// that cannot be carried out is an error that names its line.
func Run(text string) (string, error) {
	l := newLab()
	var out strings.Builder
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if strings.HasPrefix(line, indent) {
			continue
		}
		fmt.Fprintln(&out, line)
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		l.said = nil
		if err := l.command(line); err != nil {
			return out.String(), fmt.Errorf("line %d, %q: %w", i+1, line, err)
		}
		for _, s := range l.said {
			fmt.Fprintln(&out, indent+s)
		}
	}
	return out.String(), nil
}
