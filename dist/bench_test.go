package dist_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paxoskv/paxoskv/tests/ports"

	"github.com/stretchr/testify/require"
)

// The benchmarks measure a gen_server call of an atom from one process (of the
// operating system) to another, beside what else there is on the same machine:
// a bare TCP ping-pong of as many bytes, ergo's own wire, two Erlang nodes. go-go
// has processes on the loop of this project's actors at both ends (see package
// genserver), go-go-gen ergo's gen.Server, and so has stock, on ergo's wire.

// contender is one way of calling, ready to run.
type contender struct {
	name string
	run  func(calls, at int) turn // at so many at once
	cpu  func() time.Duration     // spent so far, on both sides
}

// turn is what some calls took, in nanoseconds: all together, and each.
type turn struct {
	All  int64
	Each []int64
}

// contenders are made for one benchmark each; those with Erlang if it is required.
var contenders = map[string]func(b *testing.B) contender{
	"tcp":           tcpCalls,
	"go-go":         func(b *testing.B) contender { return goCalls(b, "go-go", "swift") },
	"go-go-gen":     func(b *testing.B) contender { return goCalls(b, "go-go-gen", "agent") },
	"stock":         stockCalls,
	"go-erlang":     func(b *testing.B) contender { return erlangCalls(b, false, true) },
	"erlang-go":     func(b *testing.B) contender { return erlangCalls(b, true, false) },
	"erlang-erlang": func(b *testing.B) contender { return erlangCalls(b, true, true) },
}

// names are the contenders that can run, the bare TCP first.
func names() []string {
	out := []string{"tcp", "go-go", "go-go-gen", "stock"}
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
				took := c.run(b.N, at).All
				b.ReportMetric(float64(took)/float64(b.N), "ns/op")
				b.ReportMetric(float64(c.cpu()-cpu)/float64(b.N), "cpu-ns/op")
			})
		}
	}
}

// BenchmarkSideBySide has the contenders take short turns, so that a busy machine
// is busy for all of them, and prints what it saw. One operation is a turn of
// each: run it with -benchtime 40x or so.
//
// The tenth percentile of the calls is near to what a quiet machine would show,
// since a call that nobody gets in the way of is not longer for it.
//
// It does so twice: with as many schedulers in each program as the machine has
// cores, as they come, and with one in each, as if each ran on a core of its own.
// On two cores the idle schedulers of two programs get in the way of the busy ones.
func BenchmarkSideBySide(b *testing.B) {
	b.Run("schedulers=all", everyone)
	b.Run("schedulers=1", func(b *testing.B) {
		b.Setenv("GOMAXPROCS", "1")
		b.Setenv("ERL_ZFLAGS", "+S 1:1")
		everyone(b)
	})
}

func everyone(b *testing.B) {
	var all []contender
	for _, name := range names() {
		all = append(all, contenders[name](b))
	}
	for _, at := range []int{1, 64} {
		var table string
		b.Run(fmt.Sprint(at), func(b *testing.B) { table = sideBySide(b, all, at, 100*at) })
		fmt.Println(table)
	}
}

func sideBySide(b *testing.B, all []contender, at, calls int) string {
	turns, each, cpu := make([][]int64, len(all)), make([][]int64, len(all)), make([]time.Duration, len(all))
	for range b.N {
		for i, c := range all {
			before := c.cpu()
			t := c.run(calls, at)
			cpu[i] += c.cpu() - before
			turns[i], each[i] = append(turns[i], t.All/int64(calls)), append(each[i], t.Each...)
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%d at once, %d turns of %d calls; us\n%14s %9s %9s %9s %9s %9s %9s\n", at, b.N, calls,
		"", "each p10", "/tcp", "each p50", "/tcp", "turn/call", "cpu/call")
	for i, c := range all {
		fmt.Fprintf(&table, "%14s %9.1f %9.2f %9.1f %9.2f %9.1f %9.1f\n", c.name,
			quantile(each[i], 0.1), quantile(each[i], 0.1)/quantile(each[0], 0.1),
			quantile(each[i], 0.5), quantile(each[i], 0.5)/quantile(each[0], 0.5),
			quantile(turns[i], 0.5), float64(cpu[i].Microseconds())/float64(b.N*calls))
	}
	return table.String()
}

// quantile returns a quantile of nanoseconds in microseconds.
func quantile(of []int64, q float64) float64 {
	slices.Sort(of)
	return float64(of[int(q*float64(len(of)-1))]) / 1000
}

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

// to makes calls from a Go node to a process of another node.
func (c *child) to(process, node string) func(calls, at int) turn {
	return func(calls, at int) (took turn) {
		c.do(&took, "bench", node, process, calls, at)
		return took
	}
}

func goCalls(b *testing.B, name, process string) contender {
	x := startChild(b, childConfig{Name: "x@127.0.0.1"})
	y := startChild(b, childConfig{Name: "y@127.0.0.1"})
	join(b, x, y)
	return contender{name, x.to(process, y.name), ofChildren(x, y)}
}

func stockCalls(b *testing.B) contender {
	x := startChild(b, childConfig{Name: "x@127.0.0.1", Stock: ports.One(b)})
	y := startChild(b, childConfig{Name: "y@127.0.0.1", Stock: ports.One(b)})
	x.do(nil, "stockroute", y.name, y.port)
	return contender{"stock", x.to("agent", y.name), ofChildren(x, y)}
}

// tcpCalls has a connection for each of those at once.
func tcpCalls(b *testing.B) contender {
	x := startChild(b, childConfig{Name: "x@127.0.0.1"})
	y := startChild(b, childConfig{Name: "y@127.0.0.1"})
	var address string
	y.do(&address, "tcpecho")
	run := func(calls, at int) (took turn) {
		x.do(&took, "tcpbench", address, calls, at)
		return took
	}
	return contender{"tcp", run, ofChildren(x, y)}
}

// erlangBench is a module with a gen_server that echoes and with calls to one. It
// is compiled, since the evaluator is slow.
const erlangBench = `begin
Text = "-module(bm). -export([serve/0, run/3, init/1, handle_call/3, handle_cast/2]).
 serve() -> gen_server:start({local, agent}, bm, [], []).
 init(_) -> {ok, none}.
 handle_call(Q, _, S) -> {reply, Q, S}.
 handle_cast(_, S) -> {noreply, S}.
 run(To, N, W) -> Me = self(), Start = erlang:monotonic_time(nanosecond),
   Ps = [spawn(fun() -> Me ! {self(), calls(To, N div W, [])} end) || _ <- lists:seq(1, W)],
   Each = [receive {P, L} -> L end || P <- Ps],
   [erlang:monotonic_time(nanosecond) - Start, lists:append(Each)].
 calls(_, 0, Each) -> Each;
 calls(To, N, Each) -> Start = erlang:monotonic_time(nanosecond), gen_server:call(To, ping, 60000),
   calls(To, N - 1, [erlang:monotonic_time(nanosecond) - Start | Each]).",
{ok, Ts, _} = erl_scan:string(Text),
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
		require.Equal(b, "ok", e.eval("%s", erlangBench))
		e.eval("bm:serve()")
		cpus = append(cpus, e.cpu)
	} else {
		cpus = append(cpus, ofChildren(startChild(b, childConfig{Name: to, EPMD: port})))
	}
	var run func(calls, at int) turn
	name := "go-erlang"
	if fromErlang {
		e := startErlang(b, o, from, port)
		require.Equal(b, "ok", e.eval("%s", erlangBench))
		require.Equal(b, "pong", e.eval("net_adm:ping('%s')", to))
		run = func(calls, at int) (took turn) {
			e.values([]any{&took.All, &took.Each}, "bm:run({agent, '%s'}, %d, %d)", to, calls, at)
			return took
		}
		cpus, name = append(cpus, e.cpu), "erlang-go"
	} else {
		g := startChild(b, childConfig{Name: from, EPMD: port})
		g.do(nil, "connect", to)
		g.do(nil, "wait", to)
		run, cpus = g.to("agent", to), append(cpus, ofChildren(g))
	}
	if fromErlang && toErlang {
		name = "erlang-erlang"
	}
	return contender{name, run, func() time.Duration { return cpus[0]() + cpus[1]() }}
}

func (e *erlang) cpu() time.Duration {
	var ms int64
	e.values([]any{&ms}, "[element(1, statistics(runtime))]")
	return time.Duration(ms) * time.Millisecond
}

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
