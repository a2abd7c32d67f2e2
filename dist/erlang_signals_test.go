package dist_test

import (
	"strings"
	"testing"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"
)

// receiveOne is an Erlang expression for the next message.
const receiveOne = "receive M -> M after 10000 -> nothing end"

// wish has the agent of a Go node do something for the Erlang node.
func (e *erlang) wish(g *child, key, wish, with string) string {
	return e.eval("gen_server:call({%s, '%s'}, {wish, %s, %s}, 20000)", key, g.name, wish, with)
}

func TestErlangWatchesGo(t *testing.T) {
	goAndErlang(t, func(t *testing.T, g *child, e *erlang) {
		var pid etf.Pid
		for _, reason := range []string{"normal", "strange", "kill", strings.Repeat("long ", 100)} {
			g.do(&pid, "spawn", "w", "worker", 0)
			e.eval("P%d = gen_server:call({worker, '%s'}, {wish, self, []})", pid.ID, g.name)
			e.eval("R%d = monitor(process, P%d)", pid.ID, pid.ID)
			e.eval("N%d = monitor(process, {worker, '%s'})", pid.ID, g.name)
			e.eval("process_flag(trap_exit, true), link(P%d), gen_server:call(P%d, sync)", pid.ID, pid.ID)
			g.do(nil, "end", "w", reason)
			got := e.eval("(fun() -> [receive {'DOWN', R%d, process, P%d, A} -> A after 9000 -> none end, "+
				"receive {'DOWN', N%d, process, {worker, 'g@127.0.0.1'}, B} -> B after 9000 -> none end, "+
				"receive {'EXIT', P%d, C} -> C after 9000 -> none end] end)()", pid.ID, pid.ID, pid.ID, pid.ID)
			text := reason
			if strings.Contains(reason, " ") {
				text = "<<\"" + reason + "\">>"
			}
			if reason != "kill" { // core itself may say "kill" instead, see ergo.md
				require.Contains(t, []string{"[" + text + "," + text + "," + text + "]", "[kill,kill,kill]"}, got)
				continue
			}
			require.Equal(t, "[kill,kill,kill]", got)
		}
		require.Equal(t, "noproc", e.eval("begin monitor(process, {nobody, '%s'}), receive {'DOWN', _, _, _, W} -> W after 9000 -> none end end", g.name))
		g.do(&pid, "spawn", "last", "last", 0)
		e.eval("monitor(process, {last, '%s'})", g.name)
		g.kill()
		require.Equal(t, "noconnection", e.eval("receive {'DOWN', _, _, _, V} -> V after 9000 -> none end"))
	})
}

func TestGoWatchesErlang(t *testing.T) {
	goAndErlang(t, func(t *testing.T, g *child, e *erlang) {
		e.eval("S = fun() -> spawn(fun() -> receive {stop, R} -> exit(R) end end) end")
		want := 0
		for _, reason := range []string{"normal", "{strange, [reason]}", "kill", "<<\"bin\">>"} {
			e.eval("P%d = S()", want)
			e.wish(g, "agent", "watch", "P"+string(rune('0'+want)))
			e.eval("exit(P%d, kill), P%d ! {stop, %s}", want, want, reason)
			want++
		}
		for _, line := range waitLog(t, g, "agent", want) {
			require.Equal(t, "DOWN pid killed", line)
		}
		e.eval("register(named, S())")
		e.wish(g, "agent", "watchname", "{named, node()}")
		e.wish(g, "agent", "watchname", "{nobody, node()}")
		e.eval("named ! {stop, {shutdown, [1,2,300]}}")
		log := waitLog(t, g, "agent", want+2)
		require.ElementsMatch(t, []string{"DOWN nobody noproc", "DOWN named {shutdown,[1,2,300]}"}, log[want:])
		e.eval("Q = S()")
		e.wish(g, "agent", "watch", "Q")
		e.kill()
		require.Equal(t, "DOWN pid noconnection", waitLog(t, g, "agent", want+3)[want+2])
		requireClean(t, g)
	})
}

// TestQuickDeaths has processes die at once after they were watched, and while.
func TestQuickDeaths(t *testing.T) {
	goAndErlang(t, func(t *testing.T, g *child, e *erlang) {
		const n = 2000
		e.eval("[spawn(fun() -> gen_server:cast({agent, '%s'}, now), gen_server:call({agent, '%s'}, {wish, watch, self()}, 60000) end) || _ <- lists:seq(1, %d)], ok", g.name, g.name, n)
		downs := 0
		eventually(t, "every DOWN", func() bool {
			var log []string
			g.do(&log, "log", "agent")
			downs = count(log, "DOWN")
			return downs >= n
		})
		require.Equal(t, n, downs)
		requireClean(t, g)
	})
}

// TestManyDieAtOnce watches from a process with a mailbox of ten places.
func TestManyDieAtOnce(t *testing.T) {
	goAndErlang(t, func(t *testing.T, g *child, e *erlang) {
		const n = 10000
		var pid etf.Pid
		g.do(&pid, "spawn", "small", "small", 10)
		e.eval("Ps = [spawn(fun() -> receive stop -> exit(bye) end end) || _ <- lists:seq(1, %d)], ok", n)
		e.wish(g, "small", "watch", "Ps")
		e.eval("[P ! stop || P <- Ps], ok")
		require.Equal(t, n, count(waitLog(t, g, "small", n), "DOWN pid bye"))
		requireClean(t, g)
		e.eval("Qs = [spawn(fun() -> receive stop -> exit(bye) end end) || _ <- lists:seq(1, %d)], ok", n)
		e.wish(g, "small", "watch", "Qs")
		e.kill()
		require.Equal(t, n, count(waitLog(t, g, "small", 2*n), "DOWN pid noconnection"))
		requireClean(t, g)
	})
}

func count(log []string, start string) (n int) {
	for _, line := range log {
		if strings.HasPrefix(line, start) {
			n++
		}
	}
	return n
}

func TestErlangLinks(t *testing.T) {
	goAndErlang(t, func(t *testing.T, g *child, e *erlang) {
		g.do(nil, "trap", "agent")
		e.eval("S = fun() -> spawn(fun() -> process_flag(trap_exit, true), receive {'EXIT', _, R} -> exit(R); {stop, R} -> exit(R) end end) end")
		e.eval("A = S(), B = S(), C = S(), D = S()")
		e.wish(g, "agent", "link", "[A, B, C, D]")
		e.wish(g, "agent", "unlink", "A")
		e.eval("A ! {stop, unseen}")
		e.eval("B ! {stop, {seen, 1}}")
		require.Equal(t, []string{"EXIT {seen,1}"}, waitLog(t, g, "agent", 1))
		// A new link after an unlink works, and links of the other side too.
		e.wish(g, "agent", "unlink", "C")
		e.wish(g, "agent", "link", "C")
		e.eval("C ! {stop, again}")
		require.Equal(t, "EXIT again", waitLog(t, g, "agent", 2)[1])
		var pid etf.Pid
		g.do(&pid, "spawn", "w", "worker", 0)
		e.eval("process_flag(trap_exit, true), W = gen_server:call({worker, '%s'}, {wish, self, []}), link(W), unlink(W), link(W)", g.name)
		e.eval("exit(W, bang)")
		require.Contains(t, []string{"{'EXIT',true,bang}", "{'EXIT',true,kill}"}, e.eval("receive {'EXIT', X, Y} -> {'EXIT', X =:= W, Y} after 9000 -> none end"))
		// A link to a process that is not there, and one that falls with the node.
		e.eval("link(W)")
		require.Equal(t, "noproc", e.eval("receive {'EXIT', _, Z} -> Z after 9000 -> none end"))
		e.kill()
		require.Equal(t, "EXIT noconnection", waitLog(t, g, "agent", 3)[2]) // D
		requireClean(t, g)
	})
}

func TestGoCallsErlang(t *testing.T) {
	goAndErlang(t, func(t *testing.T, g *child, e *erlang) {
		e.eval("Server = spawn(fun() -> receive {'$gen_call', {P, T} = F, {question, N}} -> gen_server:reply(F, [N | {P, T}]) end end)")
		require.Contains(t, e.wish(g, "agent", "call", "Server"), "[1|{<")
		e.eval("Me = self()")
		e.wish(g, "agent", "send", "Me")
		require.Contains(t, e.eval(receiveOne), "{from,<")
	})
}

// TestErlangSendsToAnAlias reaches a Go process by an alias of its own.
func TestErlangSendsToAnAlias(t *testing.T) {
	goAndErlang(t, func(t *testing.T, g *child, e *erlang) {
		e.eval("A = gen_server:call({agent, '%s'}, {wish, alias, []}), A ! <<\"by alias\">>, A ! {also, 1}, ok", g.name)
		require.Equal(t, []string{"by alias", "[also 1]"}, waitLog(t, g, "agent", 2))
	})
}

// TestElixirNames reaches a process with and without Elixir's prefix.
func TestElixirNames(t *testing.T) {
	goAndErlang(t, func(t *testing.T, g *child, e *erlang) {
		var pid etf.Pid
		g.do(&pid, "spawn", "w", "Some.Module", 0)
		require.Equal(t, "x", e.eval("gen_server:call({'Elixir.Some.Module', '%s'}, x)", g.name))
		require.Equal(t, "x", e.eval("gen_server:call({'Some.Module', '%s'}, x)", g.name))
	})
}
