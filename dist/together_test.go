package dist_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/paxoskv/paxoskv/dist"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"
)

// falls is how often links fall together in each of these tests. Core tells of two
// node downs at once in a way that may stop the program, and so does a process with
// links to two processes of one node.
const falls = 200

// TestLinksThatFallTogether ends links in one instant, three of them again and
// again, and many a few times, each with links and monitors in both directions.
// The peers are sockets, so that nothing but the node here takes time.
func TestLinksThatFallTogether(t *testing.T) {
	for _, c := range []struct{ falls, width int }{{falls, 3}, {5, 200}} {
		t.Run(fmt.Sprintf("%d times %d", c.falls, c.width), func(t *testing.T) {
			a := startChild(t, childConfig{Name: "a@127.0.0.1", Silence: time.Minute})
			a.do(nil, "trap", "agent")
			for range c.falls {
				fallOfSockets(t, a, c.width)
			}
			ends := c.falls * c.width * 2
			log := waitLog(t, a, "agent", 2*ends+ends/2)
			require.Equal(t, ends, count(log, "DOWN pid noconnection"))
			require.Equal(t, ends, count(log, "EXIT noconnection"))
			require.Equal(t, ends/2, count(log, "NODEDOWN"))
			requireClean(t, a)
		})
	}
}

// fallOfSockets links a node with so many peers, which then hang up at once.
func fallOfSockets(t testing.TB, a *child, width int) {
	t.Helper()
	var peers []*rawPeer
	for i := range width {
		p := linked(t, a, fmt.Sprintf("p%d@127.0.0.1", i))
		a.do(nil, "watchnode", "agent", p.self.Name)
		for _, wish := range []etf.Atom{"watch", "link"} {
			p.tie(p.ask(etf.Tuple{etf.Atom("wish"), wish, etf.List{p.pid(20), p.pid(21)}}).(etf.Pid))
		}
		require.Equal(t, etf.Atom("x"), p.ask(etf.Atom("x")))
		peers = append(peers, p)
	}
	for _, p := range peers {
		p.conn.Close()
	}
	eventually(t, "all to be gone", func() bool { return a.alone() })
}

// spoke is a peer of the hub in TestMixedLinksThatFallTogether, behind a proxy.
type spoke interface {
	// tie links a process there with the hub's agent; each of the two monitors the other.
	tie(hub *child, agent etf.Pid)
	// told returns how many ends of the hub it has heard of, in all rounds.
	told() int
}

type goSpoke struct {
	*child
	pid etf.Pid
}

func (s goSpoke) tie(hub *child, agent etf.Pid) {
	hub.do(nil, "watch", "agent", s.pid)
	hub.do(nil, "link", "agent", s.pid)
	s.do(nil, "watch", "worker", agent)
	hub.settle(s.child)
	s.settle(hub)
}

func (s goSpoke) told() int {
	var log []string
	s.do(&log, "log", "worker")
	return min(count(log, "DOWN pid noconnection"), count(log, "EXIT noconnection"))
}

type erlangSpoke struct{ *erlang }

// erlangTie starts a process for one round, which counts when it has heard of both.
const erlangTie = `Tie = fun(Agent) -> Me = self(), P = spawn(fun() -> process_flag(trap_exit, true),
  gen_server:call(Agent, {wish, watch, self()}), gen_server:call(Agent, {wish, link, self()}),
  monitor(process, Agent), gen_server:call(Agent, both_have_arrived), Me ! {self(), tied},
  receive {'DOWN', _, _, _, noconnection} -> ok end, receive {'EXIT', _, noconnection} -> ok end,
  counters:add(Told, 1, 1) end), receive {P, tied} -> ok end end`

func (s erlangSpoke) tie(hub *child, _ etf.Pid) {
	require.Equal(s.t, "ok", s.eval("Tie(gen_server:call({agent, '%s'}, {wish, self, []}))", hub.name))
}

func (s erlangSpoke) told() (n int) {
	s.values([]any{&n}, "[counters:get(Told, 1)]")
	return n
}

// TestMixedLinksThatFallTogether does the same with real nodes of both kinds: two
// of Go and one of each Erlang around one hub. Proxies cut all links at once.
func TestMixedLinksThatFallTogether(t *testing.T) {
	erlangWanted(t)
	hub := startChild(t, childConfig{Name: "hub@127.0.0.1", Silence: time.Minute})
	hub.do(nil, "trap", "agent")
	var agent etf.Pid
	hub.do(&agent, "agent")
	proxies, spokes := map[string]*proxy{}, map[string]spoke{}
	for i := range 2 {
		g := startChild(t, childConfig{Name: fmt.Sprintf("g%d@127.0.0.1", i), Silence: time.Minute})
		s := goSpoke{child: g}
		g.do(&s.pid, "spawn", "worker", "", 0)
		g.do(nil, "trap", "worker")
		spokes[g.name], proxies[g.name] = s, startProxy(t, fmt.Sprintf("127.0.0.1:%d", g.port))
	}
	port := mapper(t)
	for _, o := range otps() {
		e := startErlang(t, o, "e"+o.release+"@127.0.0.1", port)
		e.eval("Told = counters:new(1, [])")
		e.eval("%s", erlangTie)
		spokes[e.name], proxies[e.name] = erlangSpoke{e}, startProxy(t, erlangAddress(t, port, e))
	}
	for name, p := range proxies {
		hub.do(nil, "address", name, p.address())
	}
	for range falls {
		for name := range spokes {
			hub.do(nil, "connect", name)
		}
		for name, s := range spokes {
			hub.do(nil, "wait", name)
			s.tie(hub, agent)
		}
		fall(t, hub, proxies)
	}
	each := falls * len(spokes)
	log := waitLog(t, hub, "agent", 2*each)
	require.Equal(t, each, count(log, "DOWN pid noconnection"))
	require.Equal(t, each, count(log, "EXIT noconnection"))
	requireClean(t, hub)
	for name, s := range spokes {
		eventually(t, name+" to have heard of every end", func() bool { return s.told() == falls })
	}
}

// fall cuts all links at once and waits until the hub has none. The connector is
// begun anew, so that the next round need not wait for its pauses.
func fall(t testing.TB, hub *child, proxies map[string]*proxy) {
	t.Helper()
	var group sync.WaitGroup
	for _, p := range proxies {
		group.Go(func() { p.hangUp(true) })
	}
	group.Wait()
	eventually(t, "all to be gone", func() bool { return hub.alone() })
	for name, p := range proxies {
		hub.do(nil, "disconnect", name)
		p.hangUp(false)
	}
}

// alone says whether a node has no link.
func (c *child) alone() bool {
	var live []dist.Peer
	c.do(&live, "peers")
	return len(live) == 0
}
