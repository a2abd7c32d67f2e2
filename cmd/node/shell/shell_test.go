package shell_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/cmd/node/shell"
	"github.com/paxoskv/paxoskv/cmd/node/shelltest"
)

const self = "node1@127.0.0.1"

// newShell returns a shell whose clock stands still.
func newShell(settings ...shell.Setting) (*shell.Shell, *shelltest.Backend) {
	b := shelltest.New(self)
	clock := shell.WithClock(func() time.Time { return time.UnixMilli(1000) })
	return shell.New(shell.Commands(b), append(settings, clock)...), b
}

func TestAConversation(t *testing.T) {
	s, _ := newShell()
	for _, step := range []struct{ line, want string }{
		{"get lang", "{error,not_found}"},
		{"put lang ergo", "{ok,ergo}"},
		{"put lang elixir", "{ok,ergo}"},
		{"  get   lang  ", "{ok,ergo}"},
		{"get lang stale", "{stale,ergo}"},
		{"get other default {none,[1,2]}", "{ok,{none,[1,2]}}"},
		{"get lang bucket Users", "{error,unknown_bucket}"},
		{"bucket Users", "ok"},
		{"bucket Users", `{error,{failed,"the bucket \"Users\" is there already"}}`},
		{"get lang bucket Users", "{error,not_found}"},
		{"get lang bucket 'Users'", "{error,not_found}"},
		{"put {a, b} [c, d] node node2@127.0.0.1", "{ok,[c,d]}"},
		{"node {a,b}", "{ok,'node2@127.0.0.1'}"},
		{"node lang no_quorum return", "{error,not_found}"},
		{"pid lang", "{error,not_found}"},
		{"cluster", "{ok,[{size,3},{nodes,['node1@127.0.0.1']},{quorum,false}]}"},
		{"connect node2@127.0.0.1", "ok"},
		{"cluster", "{ok,[{size,3},{nodes,['node1@127.0.0.1','node2@127.0.0.1']},{quorum,true}]}"},
		{"disconnect 'node2@127.0.0.1'", "ok"},
		{"disconnect node2@127.0.0.1", "{error,not_connected}"},
		{"resize 5", "ok"},
		{"cluster", "{ok,[{size,5},{nodes,['node1@127.0.0.1']},{quorum,false}]}"},
		{"put panic 1", `{error,{exception,"asked to"}}`},
		{"", ""},
		{"  % a comment", ""},
	} {
		answer, exit := s.Execute(context.Background(), step.line)
		require.Equal(t, step.want, answer, step.line)
		require.False(t, exit, step.line)
	}
	answer, exit := s.Execute(context.Background(), "exit")
	require.Equal(t, "ok", answer)
	require.True(t, exit)
}

// A pid as spawn prints it is a pid that kill and put take.
func TestProcesses(t *testing.T) {
	s, b := newShell()
	answer, _ := s.Execute(context.Background(), "spawn")
	pid := strings.TrimSuffix(strings.TrimPrefix(answer, "{ok,"), "}")
	require.NotEqual(t, answer, pid)
	for _, step := range []struct{ line, want string }{
		{"put lock me pid " + pid, "{ok,me}"},
		{"pid lock", "{ok," + pid + "}"},
		{"kill " + pid, "ok"},
	} {
		answer, _ := s.Execute(context.Background(), step.line)
		require.Equal(t, step.want, answer, step.line)
	}
	require.Equal(t, etf.Pid{Node: self, ID: 1001, Creation: 1}, *b.Puts[0].PID)
}

func TestOptionsComeInAnyOrder(t *testing.T) {
	pid := "#Pid<n@h.5.0.6>"
	want := shell.PutOptions{
		PID: &etf.Pid{Node: "n@h", ID: 5, Creation: 6}, Node: "n2@h", Key: etf.Atom("k"), HasKey: true,
		Until: time.UnixMilli(6000), ReturnNoQuorum: true,
	}
	for _, opts := range []string{
		"pid " + pid + " node n2@h key k until +5s no_quorum return",
		"no_quorum return until 6000 key k node 'n2@h' pid " + pid,
		"until\t+5000ms   pid " + pid + " no_quorum return key k node n2@h",
	} {
		s, b := newShell()
		answer, _ := s.Execute(context.Background(), "put a b "+opts)
		require.Equal(t, "{ok,b}", answer, opts)
		require.Equal(t, want, b.Puts[0], opts)
	}
	s, b := newShell()
	s.Execute(context.Background(), "get a no_quorum retry stale default []")
	require.Equal(t, shell.ReadOptions{Default: etf.List{}, HasDefault: true, Stale: true}, b.Reads[0])
}

// Every wrong line gets one line that says why, and the shell goes on.
func TestBadCommands(t *testing.T) {
	putUsage := "expected: put KEY VALUE [pid P] [node N] [key K] [until MS|+5s] [bucket B] [no_quorum return]"
	for _, test := range []struct {
		line string
		want []string
	}{
		{"foo", []string{"there is no command 'foo'", "expected one of: put, get", "help, exit"}},
		{"PUT a b", []string{"there is no command 'PUT'"}},
		{"put", []string{"put: KEY (an Erlang term) is missing", putUsage}},
		{"put a", []string{"put: VALUE (an Erlang term) is missing", putUsage}},
		{"put {a b", []string{"KEY should be an Erlang term"}},
		{"put a ]", []string{"VALUE should be an Erlang term: column 7: expected"}},
		{"put a{b} c", []string{"KEY should be an Erlang term: column 6: expected a blank"}},
		{"put a b c", []string{"'c' is not expected here", putUsage}},
		{"put a b pid", []string{"pid P (a pid, as spawn prints it) is missing"}},
		{"put a b pid c", []string{"pid should be a pid, as spawn prints it, not 'c'"}},
		{"put a b pid ]", []string{"pid should be a pid"}},
		{"put a b bucket x bucket y", []string{"bucket is given twice"}},
		{"put a b stale", []string{"'stale' is not expected here"}},
		{"put a b until", []string{"until MS|+5s (milliseconds since 1970 or a distance such as +5s) is missing"}},
		{"put a b until soon", []string{"until should be milliseconds", "not 'soon'"}},
		{"put a b until -5", []string{"until should be milliseconds"}},
		{"put a b until +5", []string{"until should be milliseconds"}},
		{"put a b until +0s", []string{"until should be milliseconds"}},
		{"put a b until +-5s", []string{"until should be milliseconds"}},
		{"put a b until 5s", []string{"until should be milliseconds"}},
		{"put a b no_quorum", []string{"no_quorum return (return or retry) is missing"}},
		{"put a b no_quorum panic", []string{"no_quorum should be return or retry, not 'panic'"}},
		{"put a b node", []string{"node N (a name) is missing"}},
		{"put a b node \"n\"", []string{"node should be a name"}},
		{"put a b key", []string{"key K (an Erlang term) is missing"}},
		{"get", []string{"get: KEY (an Erlang term) is missing; expected: get KEY [default D] [bucket B] [stale]"}},
		{"get a stale stale", []string{"stale is given twice"}},
		{"get a default", []string{"default D (an Erlang term) is missing"}},
		{"pid", []string{"pid: KEY (an Erlang term) is missing"}},
		{"pid a default b", []string{"'default' is not expected here"}},
		{"node", []string{"node: KEY (an Erlang term) is missing"}},
		{"cluster now", []string{"cluster: 'now' is not expected here; expected: cluster"}},
		{"resize", []string{"N (an integer from 1 to 99) is missing"}},
		{"resize 0", []string{"N should be an integer from 1 to 99, not '0'"}},
		{"resize 100", []string{"N should be an integer from 1 to 99"}},
		{"resize three", []string{"N should be an integer from 1 to 99, not 'three'"}},
		{"bucket", []string{"NAME (a name) is missing"}},
		{"bucket [a]", []string{"NAME should be a name, not '[a]'"}},
		{"bucket ''", []string{"NAME should be a name"}},
		{"bucket 'a", []string{"NAME should be a name"}},
		{"spawn 1", []string{"'1' is not expected here"}},
		{"kill", []string{"PID (a pid, as spawn prints it) is missing"}},
		{"kill 1", []string{"PID should be a pid"}},
		{"connect", []string{"NODE (a name) is missing"}},
		{"connect a b", []string{"'b' is not expected here"}},
		{"disconnect", []string{"NODE (a name) is missing"}},
		{"help foo", []string{"help: there is no command 'foo'"}},
		{"help put get", []string{"'get' is not expected here"}},
		{"exit now", []string{"exit: 'now' is not expected here"}},
		{"f\x1b[2Jo\x00o", []string{`there is no command 'f\\x1b[2Jo\\x00o'`}},
		{"f\u00e9e", []string{`there is no command 'f\\u00e9e'`}},
		{strings.Repeat("x", 5000), []string{strings.Repeat("x", 40) + "...'"}},
	} {
		s, b := newShell()
		answer, exit := s.Execute(context.Background(), test.line)
		require.False(t, exit, test.line)
		require.True(t, strings.HasPrefix(answer, `{error,{bad_command,"`), answer)
		require.NotContains(t, answer, "\n")
		for _, want := range test.want {
			require.Contains(t, answer, want, test.line)
		}
		require.Empty(t, b.Puts, test.line)
		require.Empty(t, b.Reads, test.line)
		answer, _ = s.Execute(context.Background(), "put a b")
		require.Equal(t, "{ok,b}", answer)
	}
}

// The help text comes from the same table as everything else.
func TestHelp(t *testing.T) {
	s, _ := newShell()
	answer, _ := s.Execute(context.Background(), "help")
	require.Equal(t, `{ok,"put get pid node cluster doctor resize bucket spawn kill connect disconnect help exit; `+
		`help COMMAND says more"}`, answer)
	for _, c := range shell.Commands(nil) {
		answer, _ := s.Execute(context.Background(), "help "+c.Name)
		require.True(t, strings.HasPrefix(answer, `{ok,"`+c.Name), answer)
		require.Contains(t, answer, c.Help)
		for _, o := range c.Options {
			require.Contains(t, answer, "["+o.Name)
		}
	}
}

func TestEndOfCtxIsAnAnswer(t *testing.T) {
	s, b := newShell(shell.WithTimeout(time.Millisecond))
	answer, _ := s.Execute(context.Background(), "put wait 1")
	require.Equal(t, "{error,timeout}", answer)

	s, b = newShell()
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-b.Waiting; cancel() }()
	answer, _ = s.Execute(ctx, "get wait")
	require.Equal(t, "{error,cancelled}", answer)

	answer, _ = s.Execute(ctx, "get a")
	require.Equal(t, "{error,cancelled}", answer, "an ended ctx runs nothing")
	require.Len(t, b.Reads, 1)
}

func TestFailures(t *testing.T) {
	cause := errors.New("no quorum")
	err := shell.Fail(etf.Atom("no_quorum"), cause)
	require.ErrorIs(t, err, cause)
	require.Equal(t, "no quorum", err.Error())
	require.Equal(t, "no_quorum", shell.Fail(etf.Atom("no_quorum"), nil).Error())

	failing := func(err error) *shell.Shell {
		return shell.New([]shell.Command{{Name: "fail", Run: func(context.Context, *shell.Call) (any, error) { return nil, err }}})
	}
	for _, test := range []struct {
		err  error
		want string
	}{
		{err, "{error,no_quorum}"},
		{errors.Join(errors.New("x"), err), "{error,no_quorum}"},
		{shell.Fail(etf.Atom("indeterminate"), context.DeadlineExceeded), "{error,indeterminate}"},
		{errors.New("two\nlines"), `{error,{failed,"two\nlines"}}`},
	} {
		answer, exit := failing(test.err).Execute(context.Background(), "fail")
		require.Equal(t, test.want, answer)
		require.False(t, exit)
	}
}

// Whatever a command hands on, one line comes out.
func TestAnswerIsOneLine(t *testing.T) {
	s := shell.New([]shell.Command{{Name: "say", Run: func(context.Context, *shell.Call) (any, error) {
		return shell.Line("a\nb\r\x1bc"), nil
	}}})
	answer, _ := s.Execute(context.Background(), "say")
	require.Equal(t, "a b  c", answer)
}
