package apptest

import (
	"errors"
	"testing"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/node"
	"github.com/stretchr/testify/require"
)

// Actor is a process that does what a test says, and keeps what it is sent.
type Actor struct {
	gen.Process
	// Messages are the plain messages that it got.
	Messages chan etf.Term
}

type actor struct {
	gen.Server
	messages chan etf.Term
}

// Spawn starts an actor on a node.
func Spawn(t testing.TB, n node.Node) *Actor {
	t.Helper()
	messages := make(chan etf.Term, 10000)
	p, err := n.Spawn("", gen.ProcessOptions{}, &actor{messages: messages})
	require.NoError(t, err)
	return &Actor{Process: p, Messages: messages}
}

// Do runs f in the actor, where it may call other processes.
func (a *Actor) Do(t testing.TB, f func(p *gen.ServerProcess) (etf.Term, error)) etf.Term {
	t.Helper()
	v, err := a.DirectWithTimeout(f, int(Patience.Seconds()))
	require.NoError(t, err)
	return v
}

// Ask makes a gen_server call of a local process by name, with the default
// timeout of 5 s, and returns the reply.
func (a *Actor) Ask(t testing.TB, name string, message etf.Term) etf.Term {
	t.Helper()
	return a.Do(t, func(p *gen.ServerProcess) (etf.Term, error) { return p.Call(name, message) })
}

// Silent demands that the actor has got no message that the test has not received.
func (a *Actor) Silent(t testing.TB) {
	t.Helper()
	select {
	case m := <-a.Messages:
		require.Fail(t, "a message too many", "%v", m)
	default:
	}
}

// HandleDirect runs functions of the test.
func (*actor) HandleDirect(p *gen.ServerProcess, _ etf.Ref, message any) (any, gen.DirectStatus) {
	if f, ok := message.(func(*gen.ServerProcess) (etf.Term, error)); ok {
		return f(p)
	}
	return nil, errors.New("not a function of the test")
}

// HandleInfo keeps a message.
func (a *actor) HandleInfo(_ *gen.ServerProcess, message etf.Term) gen.ServerStatus {
	a.messages <- message
	return gen.ServerStatusOK
}
