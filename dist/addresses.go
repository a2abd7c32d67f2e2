package dist

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/paxoskv/paxoskv/dist/epmd"
)

// negativeTime is how long a failed look-up is remembered.
const negativeTime = 200 * time.Millisecond

// addresses are where nodes listen: given ones, and look-ups that run or have
// just failed. For each node at most one look-up runs at a time.
type addresses struct {
	mu      sync.Mutex
	given   map[string]string
	lookups map[string]*lookup
}

type lookup struct {
	done  chan struct{}
	port  uint16
	err   error
	until time.Time // a failure counts until then
}

func (a *addresses) init(given map[string]string) {
	a.given = maps.Clone(given)
	if a.given == nil {
		a.given = make(map[string]string)
	}
	a.lookups = make(map[string]*lookup)
}

// SetAddress says where a node listens, "host:port". An empty address takes it
// back, so that the port mapper is asked again.
func (w *Wire) SetAddress(name, address string) {
	w.addresses.mu.Lock()
	defer w.addresses.mu.Unlock()
	if address == "" {
		delete(w.addresses.given, name)
		return
	}
	w.addresses.given[name] = address
}

// resolve returns where a node listens.
func (w *Wire) resolve(ctx context.Context, name string) (string, error) {
	w.addresses.mu.Lock()
	address, found := w.addresses.given[name]
	w.addresses.mu.Unlock()
	if found {
		return address, nil
	}
	if w.opts.EPMD.Off {
		return "", fmt.Errorf("%w: %s", ErrNoAddress, name)
	}
	alive, host, _ := strings.Cut(name, "@")
	port, err := w.addresses.lookup(ctx, name, func() (uint16, error) {
		mapper := net.JoinHostPort(host, strconv.Itoa(int(w.opts.EPMD.Port)))
		return epmd.Lookup(w.ctx, mapper, alive)
	})
	if errors.Is(err, epmd.ErrUnknownNode) {
		err = fmt.Errorf("%w: %w", ErrNoAddress, err)
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port))), err
}

// lookup shares one call of ask among all who want the same node at once, and
// its failure among those who come shortly after.
func (a *addresses) lookup(ctx context.Context, name string, ask func() (uint16, error)) (uint16, error) {
	a.mu.Lock()
	l := a.lookups[name]
	if l != nil && l.err != nil && time.Now().After(l.until) {
		l = nil
	}
	if l == nil {
		l = &lookup{done: make(chan struct{})}
		a.lookups[name] = l
		go a.run(name, l, ask)
	}
	a.mu.Unlock()
	select {
	case <-l.done:
		return l.port, l.err
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

func (a *addresses) run(name string, l *lookup, ask func() (uint16, error)) {
	port, err := ask()
	a.mu.Lock()
	defer a.mu.Unlock()
	l.port, l.err, l.until = port, err, time.Now().Add(negativeTime)
	if err == nil {
		delete(a.lookups, name) // a success is not kept: ports change
	}
	close(l.done)
}
