package dist_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paxoskv/paxoskv/dist/epmd"

	"github.com/stretchr/testify/require"
)

// The tests with real Erlang nodes run if PAXOSKV_REQUIRE holds "erlang"; then
// each of these must be there.
const (
	requireEnv = "PAXOSKV_REQUIRE"
	trixieEnv  = "PAXOSKV_TRIXIE" // a folder with Debian 13, see trixie
	moreEnv    = "PAXOSKV_OTP"    // further folders: RELEASE=FOLDER, separated by commas
)

// otp is an installation of Erlang.
type otp struct {
	release string
	command []string
}

// trixie is the folder of a Debian 13 with erlang-base, erlang-crypto and
// erlang-ssl, as debootstrap makes it, and with /proc mounted in it.
func trixie() string {
	if dir := os.Getenv(trixieEnv); dir != "" {
		return dir
	}
	return filepath.Join(os.TempDir(), "paxoskv-trixie")
}

// otps are the installations that must be there.
func otps() []otp {
	out := []otp{
		{"25", []string{"erl"}},
		{"27", []string{"chroot", trixie(), "erl"}},
	}
	for part := range strings.SplitSeq(os.Getenv(moreEnv), ",") {
		if release, folder, found := strings.Cut(part, "="); found {
			out = append(out, otp{release, []string{"chroot", folder, "erl"}})
		}
	}
	return out
}

// eachOTP runs a test against every Erlang.
func eachOTP(t *testing.T, f func(t *testing.T, o otp)) {
	erlangWanted(t)
	for _, o := range otps() {
		t.Run("OTP"+o.release, func(t *testing.T) { f(t, o) })
	}
}

// erlangWanted leaves a test out, and says so, unless Erlang is asked for.
func erlangWanted(t testing.TB) {
	if !strings.Contains(os.Getenv(requireEnv), "erlang") {
		t.Skip("left out: needs Erlang/OTP 25 and 27; set " + requireEnv + "=erlang")
	}
}

// erlang is an Erlang node that evaluates expressions.
type erlang struct {
	t     testing.TB
	name  string
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Reader
}

// driver reads one expression from each line and prints what it is.
const driver = `
Loop = fun(Loop, Bindings) ->
  case io:get_line(standard_io, "") of
    eof -> halt();
    Line ->
      {Text, Next} = try
        {ok, Tokens, _} = erl_scan:string(Line),
        {ok, Exprs} = erl_parse:parse_exprs(Tokens),
        {value, V, B} = erl_eval:exprs(Exprs, Bindings),
        {io_lib:format("~0tp", [V]), B}
      catch C:R:S -> {io_lib:format("FAILED ~0tp", [{C, R, S}]), Bindings}
      end,
      io:format("@@ ~ts~n", [Text]),
      Loop(Loop, Next)
  end
end, io:setopts([{encoding, unicode}]), Loop(Loop, []).`

// startErlang starts a node that is found through the port mapper at a port.
func startErlang(t testing.TB, o otp, name string, mapper uint16, flags ...string) *erlang {
	t.Helper()
	args := append(append([]string{}, o.command[1:]...), "-noshell", "-name", name,
		"-setcookie", "secret", "-start_epmd", "false", "-connect_all", "false")
	args = append(args, flags...)
	args = append(args, "-eval", strings.ReplaceAll(driver, "\n", " "))
	cmd := exec.Command(o.command[0], args...)
	cmd.Env = append(os.Environ(), fmt.Sprintf("ERL_EPMD_PORT=%d", mapper), "HOME=/", "LC_ALL=C.UTF-8")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start(), "Erlang is required")
	e := &erlang{t: t, name: name, cmd: cmd, in: in, lines: bufio.NewReaderSize(out, 1<<20)}
	t.Cleanup(e.kill)
	require.Equal(t, fmt.Sprintf("%q", o.release), e.eval("erlang:system_info(otp_release)"))
	return e
}

func (e *erlang) kill() {
	e.cmd.Process.Kill()
	e.cmd.Wait()
}

// eval evaluates an expression and returns its value as text.
func (e *erlang) eval(format string, args ...any) string {
	e.t.Helper()
	text := strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " ")
	_, err := fmt.Fprintf(e.in, "%s.\n", text)
	require.NoError(e.t, err)
	for {
		line, err := e.lines.ReadString('\n')
		require.NoError(e.t, err, "%s ended", e.name)
		if value, found := strings.CutPrefix(line, answerMark); found {
			return strings.TrimSpace(value)
		}
	}
}

// values evaluates an expression for a list of numbers, or of lists of them. A
// negative number in front keeps Erlang from showing the list as a string.
func (e *erlang) values(into []any, format string, args ...any) {
	into = append([]any{new(int)}, into...)
	require.NoError(e.t, json.Unmarshal([]byte(e.eval("[-1 | "+format+"]", args...)), &into))
}

// mapper serves a port mapper for a test.
func mapper(t testing.TB) uint16 {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := epmd.Serve(l)
	t.Cleanup(s.Close)
	return uint16(l.Addr().(*net.TCPAddr).Port)
}

// erlangAddress returns where an Erlang node listens.
func erlangAddress(t testing.TB, mapper uint16, e *erlang) string {
	t.Helper()
	alive, _, _ := strings.Cut(e.name, "@")
	port, err := epmd.Lookup(t.Context(), fmt.Sprintf("127.0.0.1:%d", mapper), alive)
	require.NoError(t, err)
	return fmt.Sprintf("127.0.0.1:%d", port)
}

// goAndErlang starts one node of each kind and links them, once dialled by the
// one and once by the other.
func goAndErlang(t *testing.T, f func(t *testing.T, g *child, e *erlang)) {
	eachOTP(t, func(t *testing.T, o otp) {
		for _, dialer := range []string{"go", "erlang"} {
			t.Run(dialer+"Dials", func(t *testing.T) {
				port := mapper(t)
				e := startErlang(t, o, "e@127.0.0.1", port)
				g := startChild(t, childConfig{Name: "g@127.0.0.1", EPMD: port})
				if dialer == "go" {
					g.do(nil, "connect", e.name)
				} else {
					require.Equal(t, "pong", e.eval("net_adm:ping('%s')", g.name))
				}
				g.do(nil, "wait", e.name)
				f(t, g, e)
			})
		}
	})
}

func TestErlangPing(t *testing.T) {
	goAndErlang(t, func(t *testing.T, g *child, e *erlang) {
		require.Equal(t, "pong", e.eval("net_adm:ping('%s')", g.name))
		require.Equal(t, "['g@127.0.0.1']", e.eval("nodes(hidden)"))
		e.eval("{rex, '%s'} ! {self(), features_request}", g.name)
		require.Equal(t, "{features_reply,'g@127.0.0.1',[]}", e.eval("receive F -> F after 9000 -> none end"))
		require.Equal(t, "{badrpc,notsup}", e.eval("rpc:call('%s', erlang, node, [])", g.name))
	})
}

// erlangTerms are expressions for terms of every kind.
var erlangTerms = []string{
	"0", "255", "256", "-1", "2147483647", "-2147483648", "2147483648", "-2147483649",
	"1 bsl 63", "(1 bsl 64) - 1", "1 bsl 64", "-(1 bsl 63) - 1", "-(1 bsl 64)", "-(1 bsl 64) + 1",
	"1 bsl 5000", "-(1 bsl 5000)", "1 bsl (8*254)", "1 bsl (8*255 - 1)", "1 bsl (8*256)",
	"1.5", "-0.0", "0.0", "1.0e308",
	"a", "''", "'with space'", "true", "nil", "undefined", "list_to_atom(lists:duplicate(255, $a))",
	"list_to_atom(lists:duplicate(255, 16#20AC))", "'\\x{e9}t\\x{e9}'",
	"<<>>", "<<1,2,3>>", "<<\"text\">>", "<<1:3>>", "<<1,2,5:7>>", "binary:copy(<<7>>, 200000)",
	"[]", "[[]]", "[1,2,3]", "\"abc\"", "[a|b]", "[1,2|3]", "[[a|b]|c]", "lists:seq(1, 70000)",
	"lists:duplicate(65534, 1)", "lists:duplicate(65535, 1)", "lists:duplicate(65536, 1)", "[1, 2, 300, a]",
	"{}", "{a}", "{a, {b, {c}}}", "list_to_tuple(lists:seq(1, 300))",
	"#{}", "#{a => 1}", "#{<<\"b\">> => 1}", "#{{1,2} => 3}", "#{[a] => 1}", "#{#{} => #{}}", "#{1 => a, 1.0 => b}",
	"maps:from_list([{I, I} || I <- lists:seq(1, 100)])", "#{\"str\" => [1|2]}",
	"self()", "erlang:list_to_pid(\"<0.1.0>\")", "make_ref()", "alias()", "monitor(process, self())",
	"hd(erlang:ports())", "fun lists:map/2", "fun(X) -> X + 1 end", "(fun(Y) -> fun(X) -> {X, Y} end end)(#{a => [b|c]})",
	"{ok, [{<<\"k\">>, 1.0, [x|y], <<1:1>>, #{<<\"z\">> => fun erlang:node/0}}]}",
	"lists:foldl(fun(_, A) -> [A] end, [], lists:seq(1, 5000))",
	"'$gen_call'", "{'$gen_call', {self(), make_ref()}, x}", "{'$gen_cast', x}", "{make_ref(), x}",
}

func TestErlangTermsPassUnaltered(t *testing.T) {
	require.Greater(t, len(erlangTerms), 60)
	goAndErlang(t, func(t *testing.T, g *child, e *erlang) {
		for _, text := range erlangTerms {
			got := e.eval("(fun(T) -> gen_server:call({agent, '%s'}, T) =:= T end)(%s)", g.name, text)
			require.Equal(t, "true", got, "%.200s", text)
		}
		require.Equal(t, "true", e.eval("(fun(T) -> gen_server:call({agent, '%s'}, T, 60000) =:= T end)(binary:copy(<<1>>, 50000000))", g.name))
	})
}
