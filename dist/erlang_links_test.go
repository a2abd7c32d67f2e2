package dist_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/paxoskv/paxoskv/dist"

	"github.com/stretchr/testify/require"
)

// TestErlangIdle leaves a link alone for longer than either side bears silence: a
// peer that drops others after 2.5 s without a byte, and one that itself says
// nothing for 15 s unless it is asked.
func TestErlangIdle(t *testing.T) {
	eachOTP(t, func(t *testing.T, o otp) {
		for _, ticktime := range []string{"2", "60"} {
			t.Run("ticktime"+ticktime, func(t *testing.T) {
				port := mapper(t)
				e := startErlang(t, o, "e@127.0.0.1", port, "-kernel", "net_ticktime", ticktime)
				g := startChild(t, childConfig{Name: "g@127.0.0.1", EPMD: port, Silence: 3 * time.Second})
				g.do(nil, "connect", e.name)
				g.do(nil, "wait", e.name)
				eventually(t, "the link to have stood for some time", func() bool {
					var peers []dist.Peer
					g.do(&peers, "peers")
					return len(peers) == 1 && time.Since(peers[0].Since) > 6*time.Second
				})
				requireEvents(t, g, e.name+" true")
			})
		}
	})
}

func TestErlangFrozen(t *testing.T) {
	eachOTP(t, func(t *testing.T, o otp) {
		port := mapper(t)
		e := startErlang(t, o, "e@127.0.0.1", port)
		g := startChild(t, childConfig{Name: "g@127.0.0.1", EPMD: port, Silence: time.Second})
		g.do(nil, "connect", e.name)
		g.do(nil, "wait", e.name)
		require.NoError(t, e.cmd.Process.Signal(syscall.SIGSTOP))
		within(t, 3*time.Second, "frozen peer to be noticed", func() bool { return !hasPeer(g, e.name) })
		require.NoError(t, e.cmd.Process.Signal(syscall.SIGCONT))
		within(t, 5*time.Second, "link after the thaw", func() bool { return hasPeer(g, e.name) })
		require.Equal(t, "thawed", e.eval("gen_server:call({agent, '%s'}, thawed)", g.name))
	})
}

// TestErlangAfterACut heals a cut that only the Go side has noticed: the Erlang side
// still has the old link, and lets the new one take its place.
func TestErlangAfterACut(t *testing.T) {
	eachOTP(t, func(t *testing.T, o otp) {
		port := mapper(t)
		e := startErlang(t, o, "e@127.0.0.1", port)
		g := startChild(t, childConfig{Name: "g@127.0.0.1", Silence: time.Second})
		p := startProxy(t, erlangAddress(t, port, e))
		g.do(nil, "address", e.name, p.address())
		g.do(nil, "connect", e.name)
		g.do(nil, "wait", e.name)
		p.pass(false, false)
		within(t, 3*time.Second, "cut to be noticed", func() bool { return !hasPeer(g, e.name) })
		require.Equal(t, "['g@127.0.0.1']", e.eval("nodes(hidden)"), "the other side knows of nothing")
		p.pass(true, true)
		within(t, 5*time.Second, "link after the heal", func() bool { return hasPeer(g, e.name) })
		require.Equal(t, "healed", e.eval("gen_server:call({agent, '%s'}, healed)", g.name))
	})
}

// TestErlangSimultaneousConnects has both sides dial at the same time, with the
// greater name on either side.
func TestErlangSimultaneousConnects(t *testing.T) {
	eachOTP(t, func(t *testing.T, o otp) {
		for _, name := range []string{"a@127.0.0.1", "g@127.0.0.1"} {
			t.Run(name, func(t *testing.T) {
				port := mapper(t)
				e := startErlang(t, o, "e@127.0.0.1", port)
				g := startChild(t, childConfig{Name: name, EPMD: port})
				for range 20 {
					done := make(chan error, 1)
					go func() { done <- g.try(nil, "connect", e.name) }()
					// The attempt that has to yield may have done so before the other one
					// has come to Erlang, and then it says pang.
					require.Contains(t, []string{"pong", "pang"}, e.eval("net_adm:ping('%s')", g.name))
					require.NoError(t, <-done)
					g.do(nil, "wait", e.name)
					eventually(t, "pong", func() bool { return e.eval("net_adm:ping('%s')", g.name) == "pong" })
					require.Equal(t, "x", e.eval("gen_server:call({agent, '%s'}, x)", g.name))
					require.Equal(t, fmt.Sprintf("['%s']", g.name), e.eval("nodes(hidden)"))
					g.do(nil, "disconnect", e.name)
					eventually(t, "both to be apart", func() bool { return g.alone() && e.eval("nodes(hidden)") == "[]" })
				}
			})
		}
	})
}
