package local

import (
	"bytes"
	"io"
	"sync"
)

// prefixed puts a prefix before each line that is written to it, and passes on
// whole lines in one write each. A node's process and the launcher share one.
type prefixed struct {
	prefix string
	to     io.Writer

	mu   sync.Mutex
	open []byte
}

// Write implements io.Writer. A failing log is not the node's concern: it
// reports no error, which would close the node's standard error.
func (p *prefixed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = append(p.open, b...)
	for {
		end := bytes.IndexByte(p.open, '\n') + 1
		if end == 0 {
			return len(b), nil
		}
		line := append([]byte(p.prefix), p.open[:end]...)
		p.open = p.open[end:]
		_, _ = p.to.Write(line)
	}
}
