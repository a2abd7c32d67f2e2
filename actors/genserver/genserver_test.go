package genserver_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/actors/genserver"
	"github.com/paxoskv/paxoskv/app/apptest"
)

// teller tells a test of its callbacks, and does what the messages say.
type teller struct {
	genserver.Server
	said chan string
}

func (s *teller) tell(format string, args ...any) { s.said <- fmt.Sprintf(format, args...) }

func (s *teller) heard(t *testing.T) string {
	t.Helper()
	select {
	case text := <-s.said:
		return text
	case <-time.After(apptest.Patience):
		require.Fail(t, "no callback was run")
		return ""
	}
}

func (s *teller) Init(p *gen.ServerProcess, args ...etf.Term) error {
	p.SetTrapExit(len(args) > 0)
	return nil
}

func status(message etf.Term) gen.ServerStatus {
	switch message {
	case etf.Term("stop"):
		return gen.ServerStatusStop
	case etf.Term("reason"):
		return gen.ServerStatusStopWithReason("a reason")
	case etf.Term("later"):
		return gen.ServerStatusIgnore
	case etf.Term("panic"):
		panic("on purpose")
	}
	return gen.ServerStatusOK
}

func (s *teller) HandleCall(p *gen.ServerProcess, from gen.ServerFrom, message etf.Term) (etf.Term, gen.ServerStatus) {
	s.tell("call %v", message)
	st := status(message)
	if st == gen.ServerStatusIgnore {
		go p.SendReply(from, "late")
	}
	return etf.Tuple{"reply", message}, st
}

func (s *teller) HandleCast(_ *gen.ServerProcess, message etf.Term) gen.ServerStatus {
	s.tell("cast %v", message)
	return status(message)
}

func (s *teller) HandleInfo(_ *gen.ServerProcess, message etf.Term) gen.ServerStatus {
	if x, ok := message.(gen.MessageExit); ok {
		message = "exit " + x.Reason
	}
	s.tell("info %v", message)
	return status(message)
}

func (s *teller) HandleDirect(_ *gen.ServerProcess, _ etf.Ref, message any) (any, gen.DirectStatus) {
	s.tell("direct %v", message)
	_ = status(message)
	if message == "refuse" {
		return nil, errors.New("refused")
	}
	return message, nil
}

func (s *teller) Terminate(_ *gen.ServerProcess, reason string) { s.tell("terminate %s", reason) }

// pair starts a teller and a process of ergo's own kind that calls it.
func pair(t *testing.T, args ...etf.Term) (*teller, gen.Process, *apptest.Actor) {
	n := apptest.Node(t)
	s := &teller{said: make(chan string, 1000)}
	p, err := n.Spawn("teller", gen.ProcessOptions{MailboxSize: 1000}, s, args...)
	require.NoError(t, err)
	return s, p, apptest.Spawn(t, n)
}

// Every message meets the callback that it meets in gen.Server, in order.
func TestCallbacks(t *testing.T) {
	s, p, a := pair(t)
	require.Equal(t, etf.Tuple{"reply", "q"}, a.Ask(t, "teller", "q"))
	require.Equal(t, "call q", s.heard(t))
	require.Equal(t, "late", a.Ask(t, "teller", "later"))
	require.Equal(t, "call later", s.heard(t))

	cast, call := etf.Atom("$gen_cast"), etf.Atom("$gen_call")
	require.NoError(t, a.Send("teller", etf.Tuple{cast, "c"}))
	require.Equal(t, "cast c", s.heard(t))
	for _, plain := range []etf.Term{"i", 7, etf.Tuple{}, etf.Tuple{cast}, etf.Tuple{cast, 1, 2}, etf.Tuple{call, 1},
		etf.Tuple{call, 1, 2}, etf.Tuple{call, etf.Tuple{a.Self(), "no ref"}, 2}, etf.Tuple{p.MakeRef(), "nobody waits"},
		etf.Tuple{call, etf.Tuple{"no pid", p.MakeRef()}, 2}, etf.Tuple{etf.List{1}, etf.Map{}}} {
		require.NoError(t, a.Send("teller", plain))
		require.Equal(t, fmt.Sprint("info ", plain), s.heard(t))
	}
	for i := range 500 {
		require.NoError(t, a.Send("teller", i))
	}
	for i := range 500 {
		require.Equal(t, fmt.Sprint("info ", i), s.heard(t))
	}
}

// Erlang's gen asks for the reply at an alias of the caller.
func TestReplyByAlias(t *testing.T) {
	s, _, a := pair(t)
	var alias etf.Alias
	a.Do(t, func(p *gen.ServerProcess) (_ etf.Term, err error) {
		alias, err = p.CreateAlias()
		return nil, err
	})
	from := etf.Tuple{a.Self(), etf.List{etf.Atom("alias"), etf.Ref(alias)}}
	require.NoError(t, a.Send("teller", etf.Tuple{etf.Atom("$gen_call"), from, "q"}))
	require.Equal(t, "call q", s.heard(t))
	require.Equal(t, etf.Tuple{etf.ListImproper{etf.Atom("alias"), etf.Ref(alias)}, etf.Tuple{"reply", "q"}}, <-a.Messages)
}

// A goroutine that asks in the name of the process has the reply, though the
// callbacks go on meanwhile.
func TestReplyToTheProcess(t *testing.T) {
	_, p, a := pair(t)
	ref := p.MakeRef()
	require.NoError(t, p.PutSyncRequest(ref))
	require.NoError(t, a.Send("teller", etf.Tuple{ref, "the reply"}))
	reply, err := p.WaitSyncReply(ref, int(apptest.Patience.Seconds()))
	require.NoError(t, err)
	require.Equal(t, "the reply", reply)
}

func TestDirect(t *testing.T) {
	s, p, _ := pair(t)
	v, err := p.Direct("d")
	require.NoError(t, err)
	require.Equal(t, "d", v)
	require.Equal(t, "direct d", s.heard(t))
	_, err = p.Direct("refuse")
	require.EqualError(t, err, "refused")
}

// What ends the process ends it with its reason, after Terminate has been told.
func TestEnds(t *testing.T) {
	tuple := func(tag string, rest ...etf.Term) etf.Term { return append(etf.Tuple{etf.Atom(tag)}, rest...) }
	for _, c := range []struct {
		reason string
		do     func(p gen.Process, a *apptest.Actor) error
	}{
		{"normal", func(_ gen.Process, a *apptest.Actor) error { return a.Send("teller", "stop") }},
		{"a reason", func(_ gen.Process, a *apptest.Actor) error { return a.Send("teller", tuple("$gen_cast", "reason")) }},
		{"normal", func(_ gen.Process, a *apptest.Actor) error {
			return a.Send("teller", tuple("$gen_call", etf.Tuple{a.Self(), a.MakeRef()}, "stop"))
		}},
		{"panic", func(_ gen.Process, a *apptest.Actor) error { return a.Send("teller", "panic") }},
		{"panic", func(p gen.Process, _ *apptest.Actor) error { go p.Direct("panic"); return nil }},
		{"an exit", func(p gen.Process, a *apptest.Actor) error { return p.Exit("an exit") }},
		{"kill", func(p gen.Process, _ *apptest.Actor) error { p.Kill(); return nil }},
	} {
		t.Run(c.reason, func(t *testing.T) {
			s, p, a := pair(t)
			watch := a.MonitorProcess(p.Self())
			require.NoError(t, c.do(p, a))
			says := s.heard(t)
			for ; says != "terminate "+c.reason; says = s.heard(t) {
				require.NotContains(t, says, "terminate")
			}
			down := (<-a.Messages).(gen.MessageDown)
			require.Equal(t, watch, down.Ref)
			require.Equal(t, c.reason, down.Reason)
		})
	}
}

// A process that traps exits gets them as messages.
func TestTrappedExit(t *testing.T) {
	s, p, a := pair(t, "trap")
	require.NoError(t, p.Exit("an exit"))
	require.Equal(t, "info exit an exit", s.heard(t))
	require.Equal(t, etf.Tuple{"reply", "q"}, a.Ask(t, "teller", "q"))
}
