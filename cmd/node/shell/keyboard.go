package shell

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
)

const ctrlC = 3

// clearLine is what Ctrl-C at the prompt is turned into: go to the end, delete
// to the start, and return. The line editor itself takes Ctrl-C for the end of
// the input, which would end the node.
var clearLine = []byte{5, 21, '\r'}

// keyboard is the input of a terminal. It reads ahead, also while a command
// runs, since in raw mode nothing but the bytes themselves tells of Ctrl-C.
type keyboard struct {
	mu        sync.Mutex
	ready     *sync.Cond
	pending   []byte
	err       error
	interrupt func()
}

// newKeyboard reads from in until it ends; readers get the error of ctx when
// that ends earlier. The goroutine it starts ends with in.
func newKeyboard(ctx context.Context, in io.Reader) *keyboard {
	k := &keyboard{}
	k.ready = sync.NewCond(&k.mu)
	stop := context.AfterFunc(ctx, func() { k.end(ctx.Err()) })
	go func() {
		defer stop()
		buf := make([]byte, 4096)
		for {
			n, err := in.Read(buf)
			k.take(buf[:n])
			if err != nil {
				// A terminal that hangs up answers with an I/O error; for the
				// shell that is the end of its input like any other.
				k.end(io.EOF)
				return
			}
		}
	}()
	return k
}

// Read implements io.Reader for the line editor. A Ctrl-C that nothing has taken
// by then was meant for the line being edited.
func (k *keyboard) Read(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.pending) == 0 && k.err == nil {
		k.ready.Wait()
	}
	if len(k.pending) == 0 {
		return 0, k.err
	}
	if k.pending[0] == ctrlC {
		k.pending = append(clearLine[:len(clearLine):len(clearLine)], k.pending[1:]...)
	}
	upTo, _, _ := bytes.Cut(k.pending, []byte{ctrlC})
	n := copy(p, upTo)
	k.pending = append(k.pending[:0], k.pending[n:]...)
	return n, nil
}

// onInterrupt sets what Ctrl-C calls, also one that came just before: between
// the end of a line and the start of its command the editor reads nothing. With
// nil, Ctrl-C is left to Read.
func (k *keyboard) onInterrupt(f func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.interrupt = f
	k.interruptPending()
}

func (k *keyboard) take(p []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pending = append(k.pending, p...)
	k.interruptPending()
	k.ready.Broadcast()
}

// interruptPending calls the interrupt if Ctrl-C was pressed, and drops what was
// typed ahead of it: that was meant to follow the cancelled command.
func (k *keyboard) interruptPending() {
	i := bytes.LastIndexByte(k.pending, ctrlC)
	if i < 0 || k.interrupt == nil {
		return
	}
	k.pending = append(k.pending[:0], k.pending[i+1:]...)
	k.interrupt()
}

// end makes err the answer of Read once the pending bytes are used up, or at
// once when it came from ctx.
func (k *keyboard) end(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err == nil {
		k.err = err
	}
	if !errors.Is(err, io.EOF) {
		k.pending = nil
	}
	k.ready.Broadcast()
}
