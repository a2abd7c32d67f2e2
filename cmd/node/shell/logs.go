package shell

import (
	"bytes"
	"io"
	"sync"
)

// Logs is a writer for log lines. While a terminal is open the lines go there,
// above the line being edited; otherwise they go to the writer it was made with.
// It passes on whole lines only, so that two loggers never mix within a line.
type Logs struct {
	mu   sync.Mutex
	to   io.Writer
	open []byte
}

// NewLogs returns a Logs that writes to w, or nowhere when w is nil.
func NewLogs(w io.Writer) *Logs {
	if w == nil {
		w = io.Discard
	}
	return &Logs{to: w}
}

// Write implements io.Writer. What follows the last end of line waits for more.
func (l *Logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, p...)
	end := bytes.LastIndexByte(l.open, '\n') + 1
	if end == 0 {
		return len(p), nil
	}
	_, err := l.to.Write(l.open[:end])
	l.open = append(l.open[:0], l.open[end:]...)
	return len(p), err
}

// redirect sends the lines to w until the returned function is called.
func (l *Logs) redirect(w io.Writer) (restore func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.to
	l.to = w
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.to = before
	}
}
