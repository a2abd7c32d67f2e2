package epmd

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// Keeper keeps one node registered for as long as it lives: it registers again
// whenever the port mapper goes away, and if ServeAddr is set and nobody listens
// there it serves the port mapper itself.
type Keeper struct {
	// Addr is the port mapper's address, "127.0.0.1:4369".
	Addr string
	// ServeAddr is where to serve if nothing answers at Addr; empty means never.
	ServeAddr string
	// Optional has Start return at once, without an error: the name is registered
	// as soon as the port mapper takes it.
	Optional bool
	// Entry is the node to register.
	Entry Entry
	// Log takes one line for each change; nil means none.
	Log *slog.Logger

	mu     sync.Mutex
	conn   net.Conn
	server *Server
	done   chan struct{}
}

// Start registers the node and returns once that is done, or has failed for good
// (ErrNameTaken) or ten times over. Afterwards the registration is kept up until
// ctx ends; Wait returns when all is closed.
func (k *Keeper) Start(ctx context.Context) error {
	if k.Log == nil {
		k.Log = slog.New(slog.DiscardHandler)
	}
	if !k.Optional {
		if err := k.first(ctx); err != nil {
			k.close()
			return err
		}
	}
	k.done = make(chan struct{})
	go k.keep(ctx)
	return nil
}

// first registers, or gives up. At the first attempt it does not serve: where the
// port mapper went a moment ago, those that it knew are to register before a node
// that might take one of their names.
func (k *Keeper) first(ctx context.Context) error {
	const attempts = 10
	var err error
	for attempt := range attempts {
		if err = k.register(ctx, attempt > 0); err == nil || errors.Is(err, ErrNameTaken) {
			break
		}
		if !pause(ctx, 20*time.Millisecond) {
			break
		}
	}
	return err
}

// Wait blocks until a started Keeper has closed everything.
func (k *Keeper) Wait() {
	if k.done != nil {
		<-k.done
	}
}

// Serving says whether this Keeper serves the port mapper at the moment.
func (k *Keeper) Serving() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.server != nil
}

func (k *Keeper) keep(ctx context.Context) {
	defer close(k.done)
	defer k.close()
	stop := context.AfterFunc(ctx, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.conn != nil {
			k.conn.Close()
		}
	})
	defer stop()
	for {
		k.mu.Lock()
		conn := k.conn
		k.mu.Unlock()
		if conn != nil {
			conn.Read(make([]byte, 1)) // returns when the port mapper goes
			conn.Close()
		}
		if ctx.Err() != nil || !k.again(ctx) {
			return
		}
		k.Log.Info("registered with the port mapper", "node", k.Entry.Name)
	}
}

// again registers, for as long as it takes. It says false if ctx ended.
func (k *Keeper) again(ctx context.Context) bool {
	wait, told := time.Millisecond, false
	for {
		if !pause(ctx, wait) {
			return false
		}
		err := k.register(ctx, true)
		if err == nil {
			return true
		}
		if errors.Is(err, ErrNameTaken) && !told {
			told = true
			k.Log.Warn("the port mapper knows another node of this name: who asks it finds that one", "node", k.Entry.Name)
		}
		wait = min(2*wait, time.Second)
	}
}

// register registers once, and may serve the port mapper for that.
func (k *Keeper) register(ctx context.Context, mayServe bool) error {
	conn, err := Register(ctx, k.Addr, k.Entry)
	if err != nil && !errors.Is(err, ErrNameTaken) && mayServe && k.serve() {
		conn, err = Register(ctx, k.Addr, k.Entry)
	}
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.conn = conn
	if ctx.Err() != nil {
		conn.Close()
	}
	return nil
}

// serve tries to become the port mapper. Of all nodes that try at once only one
// gets the port; the others find the new port mapper at their next attempt.
func (k *Keeper) serve() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ServeAddr == "" || k.server != nil {
		return false
	}
	listener, err := net.Listen("tcp", k.ServeAddr)
	if err != nil {
		return false
	}
	k.server = serve(listener, k.Entry)
	k.Log.Info("serving as the port mapper", "address", k.ServeAddr)
	return true
}

func (k *Keeper) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.conn != nil {
		k.conn.Close()
	}
	if k.server != nil {
		k.server.Close()
		k.server = nil
	}
}

// pause waits between d and 2d, or until ctx ends, which it reports as false.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d + rand.N(d))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
