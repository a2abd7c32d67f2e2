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

// contender is one way of calling, ready to run.
type contender struct {
	name string
	run  func(calls, at int) time.Duration // at so many at once
	cpu  func() time.Duration              // spent so far, on both sides
}

// contenders are made for one benchmark each; those with Erlang if it is required.
var contenders = map[string]func(b *testing.B) contender{
	"tcp":           tcpCalls,
	"go-go":         goCalls,
	"stock":         stockCalls,
	"go-erlang":     func(b *testing.B) contender { return erlangCalls(b, false, true) },
	"erlang-go":     func(b *testing.B) contender { return erlangCalls(b, true, false) },
	"erlang-erlang": func(b *testing.B) contender { return erlangCalls(b, true, true) },
}

// names are the contenders that can run, the bare TCP first.
func names() []string {
	out := []string{"tcp", "go-go", "stock"}
	if strings.Contains(os.Getenv(requireEnv), "erlang") {
		out = append(out, "go-erlang", "erlang-go", "erlang-erlang")
	}
	return out
}

// BenchmarkCall runs one contender at a time, which is what a profile needs.
func BenchmarkCall(b *testing.B) {
	for _, name := range names() {
		for _, at := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/%d", name, at), func(b *testing.B) {
				c := contenders[name](b)
				c.run(500, at)
				cpu := c.cpu()
				b.ResetTimer()
				took := c.run(b.N, at)
				b.ReportMetric(float64(took.Nanoseconds())/float64(b.N), "ns/op")
				b.ReportMetric(float64(c.cpu()-cpu)/float64(b.N), "cpu-ns/op")
			})
		}
	}
}

// BenchmarkSideBySide has the contenders take short turns, so that a busy machine
// is busy for all of them, and prints for each the best and the median round, and
// what a call costs in CPU time on both sides together. One operation is a round
// of turns: run it with -benchtime 40x or so.
func BenchmarkSideBySide(b *testing.B) {
	var all []contender
	for _, name := range names() {
		all = append(all, contenders[name](b))
	}
	for at, calls := range map[int]int{1: 300, 64: 64 * 50} {
		var table string
		b.Run(fmt.Sprint(at), func(b *testing.B) { table = sideBySide(b, all, at, calls) })
		fmt.Println(table)
	}
}

func sideBySide(b *testing.B, all []contender, at, calls int) string {
	took, cpu := make([][]time.Duration, len(all)), make([]time.Duration, len(all))
	for range b.N {
		for i, c := range all {
			before := c.cpu()
			took[i] = append(took[i], c.run(calls, at)/time.Duration(calls))
			cpu[i] += c.cpu() - before
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%d at once, %d rounds of %d calls\n%14s %9s %9s %9s %9s\n",
		at, b.N, calls, "", "best us", "median us", "/tcp", "cpu us")
	tcp := 0.0
	for i, c := range all {
		slices.Sort(took[i])
		best, median := took[i][0], took[i][b.N/2]
		if i == 0 {
			tcp = micros(median)
		}
		fmt.Fprintf(&table, "%14s %9.1f %9.1f %9.2f %9.1f\n", c.name, micros(best), micros(median),
			micros(median)/tcp, micros(cpu[i])/float64(b.N*calls))
	}
	return table.String()
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// ofChildren returns the CPU time of nodes.
func ofChildren(cs ...*child) func() time.Duration {
	return func() (sum time.Duration) {
		for _, c := range cs {
			var one time.Duration
			c.do(&one, "cpu")
			sum += one
		}
		return sum
	}
}

// toAgent makes calls from a Go node to the process agent of another node.
func (c *child) toAgent(node string) func(calls, at int) time.Duration {
	return func(calls, at int) (took time.Duration) {
		c.do(&took, "bench", node, "agent", calls, at)
		return took
	}
}

func goCalls(b *testing.B) contender {
	x := startChild(b, childConfig{Name: "x@127.0.0.1"})
	y := startChild(b, childConfig{Name: "y@127.0.0.1"})
	join(b, x, y)
	return contender{"go-go", x.toAgent(y.name), ofChildren(x, y)}
}

func stockCalls(b *testing.B) contender {
	x := startChild(b, childConfig{Name: "x@127.0.0.1", Stock: freePort(b)})
	y := startChild(b, childConfig{Name: "y@127.0.0.1", Stock: freePort(b)})
	x.do(nil, "stockroute", y.name, y.port)
	return contender{"stock", x.toAgent(y.name), ofChildren(x, y)}
}

// tcpCalls has a connection for each of those at once.
func tcpCalls(b *testing.B) contender {
	x := startChild(b, childConfig{Name: "x@127.0.0.1"})
	y := startChild(b, childConfig{Name: "y@127.0.0.1"})
	var address string
	y.do(&address, "tcpecho")
	run := func(calls, at int) (took time.Duration) {
		x.do(&took, "tcpbench", address, calls, at)
		return took
	}
	return contender{"tcp", run, ofChildren(x, y)}
}

const erlangServer = `register(agent, spawn(fun() ->
  Loop = fun(Loop) -> receive {'$gen_call', From, Q} -> gen_server:reply(From, Q), Loop(Loop) end end, Loop(Loop) end))`

// erlangBench is a fun of the number of calls and the number of callers that
// returns microseconds. It is compiled, since the evaluator is slow.
const erlangBench = `begin
{ok, Ts, _} = erl_scan:string("-module(bm). -export([run/3]).
 run(To, N, W) -> Me = self(), {T, _} = timer:tc(fun() ->
   Ps = [spawn(fun() -> calls(To, N div W), Me ! {self(), done} end) || _ <- lists:seq(1, W)],
   [receive {P, done} -> ok end || P <- Ps] end), T.
 calls(_, 0) -> ok;
 calls(To, N) -> gen_server:call(To, ping, 60000), calls(To, N - 1)."),
Split = fun Split([], [], Acc) -> lists:reverse(Acc); Split([{dot, _} = D | R], A, Acc) -> Split(R, [], [lists:reverse([D | A]) | Acc]); Split([T | R], A, Acc) -> Split(R, [T | A], Acc) end,
Forms = [begin {ok, F} = erl_parse:parse_form(Form), F end || Form <- Split(Ts, [], [])],
{ok, bm, Bin} = compile:forms(Forms), {module, bm} = code:load_binary(bm, [], Bin), ok end`

// erlangCalls makes calls with an Erlang node at one end or at both.
func erlangCalls(b *testing.B, fromErlang, toErlang bool) contender {
	erlangWanted(b)
	port := mapper(b)
	o := otp{"25", []string{"erl"}}
	const from, to = "from@127.0.0.1", "to@127.0.0.1"
	var cpus []func() time.Duration
	if toErlang {
		e := startErlang(b, o, to, port)
		e.eval(erlangServer)
		cpus = append(cpus, e.cpu)
	} else {
		cpus = append(cpus, ofChildren(startChild(b, childConfig{Name: to, EPMD: port})))
	}
	var run func(calls, at int) time.Duration
	name := "go-erlang"
	if fromErlang {
		e := startErlang(b, o, from, port)
		require.Equal(b, "ok", e.eval("%s", erlangBench))
		require.Equal(b, "pong", e.eval("net_adm:ping('%s')", to))
		run = func(calls, at int) time.Duration { return e.micros("bm:run({agent, '%s'}, %d, %d)", to, calls, at) }
		cpus, name = append(cpus, e.cpu), "erlang-go"
	} else {
		g := startChild(b, childConfig{Name: from, EPMD: port})
		g.do(nil, "connect", to)
		g.do(nil, "wait", to)
		run, cpus = g.toAgent(to), append(cpus, ofChildren(g))
	}
	if fromErlang && toErlang {
		name = "erlang-erlang"
	}
	return contender{name, run, func() time.Duration { return cpus[0]() + cpus[1]() }}
}

// micros evaluates an expression for a number of microseconds.
func (e *erlang) micros(format string, args ...any) time.Duration {
	var n int64
	_, err := fmt.Sscan(e.eval(format, args...), &n)
	require.NoError(e.t, err)
	return time.Duration(n) * time.Microsecond
}

func (e *erlang) cpu() time.Duration { return e.micros("1000 * element(1, statistics(runtime))") }

// BenchmarkCast measures how fast plain binaries of 100 bytes get to a process
// and are counted there.
func BenchmarkCast(b *testing.B) {
	x := startChild(b, childConfig{Name: "x@127.0.0.1"})
	y := startChild(b, childConfig{Name: "y@127.0.0.1"})
	join(b, x, y)
	cpu := ofChildren(x, y)
	before := cpu()
	var took time.Duration
	b.SetBytes(100)
	b.ResetTimer()
	x.do(&took, "benchcast", y.name, b.N)
	b.ReportMetric(float64(took.Nanoseconds())/float64(b.N), "ns/op")
	b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-ns/op")
}
