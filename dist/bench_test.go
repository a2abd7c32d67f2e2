package dist_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The benchmarks measure a gen_server call of an atom from one process (of the
// operating system) to another, beside what else there is on the same machine:
// a bare TCP ping-pong of as many bytes, ergo's own wire, two Erlang nodes.

func BenchmarkCall(b *testing.B) {
	for _, at := range []int{1, 64} {
		b.Run(fmt.Sprintf("tcp/%d", at), func(b *testing.B) { benchTCP(b, at) })
		b.Run(fmt.Sprintf("dist/%d", at), func(b *testing.B) { benchDist(b, at) })
		b.Run(fmt.Sprintf("stock/%d", at), func(b *testing.B) { benchStock(b, at) })
		b.Run(fmt.Sprintf("erlang/%d", at), func(b *testing.B) { benchErlang(b, at, "erlang") })
		b.Run(fmt.Sprintf("erlang-go/%d", at), func(b *testing.B) { benchErlang(b, at, "go") })
		b.Run(fmt.Sprintf("go-erlang/%d", at), func(b *testing.B) { benchGoErlang(b, at) })
	}
}

// report takes what n operations took in the children for the result.
func report(b *testing.B, took time.Duration) {
	b.ReportMetric(float64(took.Nanoseconds())/float64(b.N), "ns/op")
}

func benchDist(b *testing.B, at int) {
	x := startChild(b, childConfig{Name: "x@127.0.0.1"})
	y := startChild(b, childConfig{Name: "y@127.0.0.1"})
	join(b, x, y)
	benchCalls(b, x, "agent", y.name, at)
}

func benchCalls(b *testing.B, from *child, name, at string, workers int) {
	var took time.Duration
	from.do(&took, "bench", at, name, 500, workers)
	b.ResetTimer()
	from.do(&took, "bench", at, name, b.N, workers)
	report(b, took)
}

func benchStock(b *testing.B, at int) {
	x := startChild(b, childConfig{Name: "x@127.0.0.1", Stock: freePort(b)})
	y := startChild(b, childConfig{Name: "y@127.0.0.1", Stock: freePort(b)})
	x.do(nil, "stockroute", y.name, y.port)
	benchCalls(b, x, "agent", y.name, at)
}

func benchTCP(b *testing.B, at int) {
	x := startChild(b, childConfig{Name: "x@127.0.0.1"})
	y := startChild(b, childConfig{Name: "y@127.0.0.1"})
	var address string
	y.do(&address, "tcpecho")
	var took time.Duration
	b.ResetTimer()
	x.do(&took, "tcpbench", address, b.N, at)
	report(b, took)
}

const erlangServer = `register(agent, spawn(fun() ->
  Loop = fun(Loop) -> receive {'$gen_call', From, Q} -> gen_server:reply(From, Q), Loop(Loop) end end, Loop(Loop) end))`

// erlangBench is a fun of the number of calls and the number of callers that
// returns microseconds. It is compiled, since the evaluator is slow.
const erlangBench = `begin
{ok, Ts, _} = erl_scan:string("-module(bm). -export([run/3]).
 run(To, N, W) -> Me = self(), {T, _} = timer:tc(fun() ->
   Ps = [spawn(fun() -> calls(To, N div W + 1), Me ! {self(), done} end) || _ <- lists:seq(1, W)],
   [receive {P, done} -> ok end || P <- Ps] end), T.
 calls(_, 0) -> ok;
 calls(To, N) -> gen_server:call(To, ping, 60000), calls(To, N - 1)."),
Split = fun Split([], [], Acc) -> lists:reverse(Acc); Split([{dot, _} = D | R], A, Acc) -> Split(R, [], [lists:reverse([D | A]) | Acc]); Split([T | R], A, Acc) -> Split(R, [T | A], Acc) end,
Forms = [begin {ok, F} = erl_parse:parse_form(Form), F end || Form <- Split(Ts, [], [])],
{ok, bm, Bin} = compile:forms(Forms), {module, bm} = code:load_binary(bm, [], Bin), ok end`

// benchErlang measures calls of an Erlang node to another one, or to a Go node.
func benchErlang(b *testing.B, at int, server string) {
	erlangWanted(b)
	port := mapper(b)
	o := otp{"25", []string{"erl"}}
	caller := startErlang(b, o, "caller@127.0.0.1", port)
	require.Equal(b, "ok", caller.eval("%s", erlangBench))
	callee := "callee@127.0.0.1"
	if server == "go" {
		startChild(b, childConfig{Name: callee, EPMD: port})
	} else {
		startErlang(b, o, callee, port).eval(erlangServer)
	}
	require.Equal(b, "pong", caller.eval("net_adm:ping('%s')", callee))
	caller.eval("bm:run({agent, '%s'}, 500, %d)", callee, at)
	b.ResetTimer()
	var micros int64
	fmt.Sscan(caller.eval("bm:run({agent, '%s'}, %d, %d)", callee, b.N, at), &micros)
	report(b, time.Duration(micros)*time.Microsecond)
}

func benchGoErlang(b *testing.B, at int) {
	erlangWanted(b)
	port := mapper(b)
	e := startErlang(b, otp{"25", []string{"erl"}}, "callee@127.0.0.1", port)
	e.eval(erlangServer)
	g := startChild(b, childConfig{Name: "g@127.0.0.1", EPMD: port})
	g.do(nil, "connect", e.name)
	g.do(nil, "wait", e.name)
	benchCalls(b, g, "agent", e.name, at)
}

// BenchmarkCast measures how fast plain binaries of 100 bytes get to a process
// and are counted there.
func BenchmarkCast(b *testing.B) {
	x := startChild(b, childConfig{Name: "x@127.0.0.1"})
	y := startChild(b, childConfig{Name: "y@127.0.0.1"})
	join(b, x, y)
	var took time.Duration
	b.SetBytes(100)
	b.ResetTimer()
	x.do(&took, "benchcast", y.name, b.N)
	report(b, took)
}

// BenchmarkSideBySide takes turns between the wires, so that a busy machine is
// busy for all of them, and reports the median round trip of each, and its ratio
// to the bare TCP ping-pong. Run it with -benchtime 9x or so.
func BenchmarkSideBySide(b *testing.B) {
	const calls = 3000
	x := startChild(b, childConfig{Name: "x@127.0.0.1"})
	y := startChild(b, childConfig{Name: "y@127.0.0.1"})
	join(b, x, y)
	sx := startChild(b, childConfig{Name: "sx@127.0.0.1", Stock: freePort(b)})
	sy := startChild(b, childConfig{Name: "sy@127.0.0.1", Stock: freePort(b)})
	sx.do(nil, "stockroute", sy.name, sy.port)
	var address string
	y.do(&address, "tcpecho")
	wires := map[string]func() (took time.Duration){
		"tcp":   func() (took time.Duration) { x.do(&took, "tcpbench", address, calls, 1); return took },
		"dist":  func() (took time.Duration) { x.do(&took, "bench", y.name, "agent", calls, 1); return took },
		"stock": func() (took time.Duration) { sx.do(&took, "bench", sy.name, "agent", calls, 1); return took },
	}
	if strings.Contains(os.Getenv(requireEnv), "erlang") {
		port := mapper(b)
		o := otp{"25", []string{"erl"}}
		caller := startErlang(b, o, "caller@127.0.0.1", port)
		startErlang(b, o, "callee@127.0.0.1", port).eval(erlangServer)
		require.Equal(b, "ok", caller.eval("%s", erlangBench))
		wires["erlang"] = func() time.Duration {
			var micros int64
			fmt.Sscan(caller.eval("bm:run({agent, 'callee@127.0.0.1'}, %d, 1)", calls), &micros)
			return time.Duration(micros) * time.Microsecond
		}
	}
	took := map[string][]time.Duration{}
	b.ResetTimer()
	for range b.N {
		for name, run := range wires {
			took[name] = append(took[name], run()/calls)
		}
	}
	median := func(name string) float64 {
		slices.Sort(took[name])
		return float64(took[name][len(took[name])/2])
	}
	for name := range wires {
		b.ReportMetric(median(name), name+"-ns")
		b.ReportMetric(median(name)/median("tcp"), name+"/tcp")
	}
}
