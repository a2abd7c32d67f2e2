package pauseuntil

import (
	"context"
	"log/slog"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/lib"
)

// Child is the specification of a child that holds its supervisor until f
// returns nil, for timeout at most. The child is registered under name, which
// may be empty. A timeout of 0 or less has passed before f begins.
func Child(name string, timeout time.Duration, f func(ctx context.Context) error, opts ...Option) gen.SupervisorChildSpec {
	c := &child{timeout: timeout, f: f, log: slog.Default, onError: func(error) {}}
	for _, o := range opts {
		o(c)
	}
	return gen.SupervisorChildSpec{Name: name, Child: c}
}

// Option changes what a Child does.
type Option func(*child)

// OnError has failed called with the error when the function fails, before the
// supervisor ends. The error wraps ErrDeadline, ErrPanic or ErrEnded, and the one
// that the function returned.
func OnError(failed func(error)) Option { return func(c *child) { c.onError = failed } }

// Log names the logger of failures; slog.Default() where it is not given.
func Log(l *slog.Logger) Option { return func(c *child) { c.log = func() *slog.Logger { return l } } }

// child is the behaviour of the process. It has no state: a restart begins anew.
type child struct {
	timeout time.Duration
	f       func(context.Context) error
	log     func() *slog.Logger
	onError func(error)
}

// ProcessInit runs in the supervisor's goroutine, and so holds it.
func (c *child) ProcessInit(p gen.Process, _ ...etf.Term) (gen.ProcessState, error) {
	state := gen.ProcessState{Process: p}
	if p.Context().Err() != nil {
		return state, nil // the supervisor has been killed, and only goes through its children
	}
	if err := hold(p.Context(), c.timeout, c.f); err != nil {
		err = &failure{child: p.Name(), supervisor: nameOf(p.Parent()), err: err}
		c.log().Error(err.Error())
		c.onError(err)
		return state, end(p, err)
	}
	return state, nil
}

// ProcessLoop idles.
func (c *child) ProcessLoop(ps gen.ProcessState, started chan<- bool) string {
	chs := ps.ProcessChannels()
	started <- true
	for {
		select {
		case ex := <-chs.GracefulExit:
			return ex.Reason
		case <-ps.Context().Done():
			return "kill"
		case d := <-chs.Direct:
			ps.PutSyncReply(d.Ref, nil, lib.ErrUnsupportedRequest)
		case <-chs.Mailbox:
		}
	}
}

func nameOf(p gen.Process) string {
	switch {
	case p == nil:
		return ""
	case p.Name() != "":
		return p.Name()
	}
	return p.Self().String()
}
