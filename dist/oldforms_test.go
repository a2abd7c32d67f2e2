package dist_test

import (
	"testing"
	"time"

	"github.com/paxoskv/paxoskv/dist/internal/control"
	"github.com/paxoskv/paxoskv/dist/internal/ext"
	"github.com/paxoskv/paxoskv/dist/internal/shake"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"
)

// operation returns the next message, and its number on the wire.
func (p *rawPeer) operation() (uint64, control.Message) {
	p.t.Helper()
	m, tuple, _, err := p.next()
	require.NoError(p.t, err)
	r := ext.Reader{B: tuple}
	r.Tuple()
	return r.Uint(), m
}

// TestOldForms links with a peer that has neither SEND_SENDER nor EXIT_PAYLOAD:
// it gets the old forms, and what it sends in them is understood.
func TestOldForms(t *testing.T) {
	a := startChild(t, childConfig{Name: "a@127.0.0.1", Silence: time.Minute})
	p := knock(t, a, "old@127.0.0.1")
	p.self.Flags &^= shake.SendSender | shake.ExitPayload
	_, err := p.hello()
	require.NoError(t, err)
	require.NoError(t, p.prove())
	a.do(nil, "wait", p.self.Name)
	a.do(nil, "trap", "agent")

	wish := func(what etf.Atom) etf.Pid {
		return p.ask(etf.Tuple{etf.Atom("wish"), what, etf.List{p.pid(20)}}).(etf.Pid)
	}
	require.NoError(t, toAgent(131, 109, 0, 0, 0, 1, 'x')(p))
	require.Equal(t, "x", waitLog(t, a, "agent", 1)[0])

	var pid etf.Pid
	a.do(&pid, "spawn", "w", "worker", 0)
	p.frame(func(b *control.Builder) { b.Link(p.pid(30), pid) })
	p.frame(func(b *control.Builder) { b.Monitor(p.pid(30), control.Who{Pid: pid}, p.ref(1)) })
	p.ask(etf.Atom("both have arrived"))
	a.do(nil, "end", "w", "kill")
	seen := map[uint64]string{}
	for range 2 {
		n, m := p.operation()
		seen[n] = ext.Reason(m.Reason)
	}
	require.Equal(t, map[uint64]string{3: "kill", 21: "kill"}, seen)

	agent := wish("link")
	wish("watch")
	p.frame(func(b *control.Builder) { b.Exit(p.pid(20), agent, "old exit", false) })
	require.Equal(t, "EXIT old exit", waitLog(t, a, "agent", 2)[1])
	requireDown(t, a, p)
}

// requireDown answers the monitor that the agent has on the peer, in the old form.
func requireDown(t *testing.T, a *child, p *rawPeer) {
	t.Helper()
	agent := p.ask(etf.Tuple{etf.Atom("wish"), etf.Atom("watch"), etf.List{p.pid(40)}}).(etf.Pid)
	require.NoError(t, p.frame(func(b *control.Builder) { b.Link(p.pid(41), agent) }))
	for _, ref := range p.monitors {
		p.frame(func(b *control.Builder) {
			b.MonitorExit(control.Who{Pid: p.pid(40)}, agent, ref, "old down", false)
		})
	}
	require.Equal(t, "DOWN pid old down", waitLog(t, a, "agent", 3)[2])
}
