package shell

import "strings"

// historyLimit is how many lines a terminal remembers.
const historyLimit = 1000

// history is what the up and down keys walk over: no blank lines, and a line
// that was given twice in a row counts once.
type history struct {
	lines []string // The oldest first.
}

// Add implements term.History.
func (h *history) Add(line string) {
	if strings.TrimFunc(line, isSpace) == "" || len(h.lines) > 0 && h.At(0) == line {
		return
	}
	h.lines = append(h.lines, line)
	if len(h.lines) > historyLimit {
		h.lines = h.lines[1:]
	}
}

// Len implements term.History.
func (h *history) Len() int { return len(h.lines) }

// At implements term.History; 0 is the newest.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }
