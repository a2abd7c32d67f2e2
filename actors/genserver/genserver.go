// Package genserver is the base of this project's actors: ergo's gen_server with
// a loop that runs the callbacks itself.
//
// gen.Server starts a goroutine for each message and waits for it, so that a
// callback can Call and the loop see its reply. Our actors never wait for anybody:
// what they cannot answer at once they answer later, from elsewhere. That saves two
// changes of goroutine for each message; BenchmarkSideBySide of package dist has
// calls with this loop and with gen.Server's.
//
// All else is as in gen.Server of ergo v1.999.224: the callbacks, the statuses,
// exits, and a panic that ends the actor with the reason "panic".
package genserver

import (
	"fmt"
	"runtime/debug"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/lib"
)

// Server is embedded instead of gen.Server.
//
// A callback must not use Call or CallWithTimeout of its process, which would
// wait for ever: only the loop that it holds up could bring the reply.
type Server struct{ gen.Server }

// loop is what runs one process.
type loop struct {
	p *gen.ServerProcess
	b gen.ServerBehavior
}

// ProcessLoop takes messages until the process has to end, and returns why.
func (*Server) ProcessLoop(ps gen.ProcessState, started chan<- bool) string {
	// Both are what gen.Server's ProcessInit has just seen to.
	l := loop{p: ps.State.(*gen.ServerProcess), b: ps.Behavior().(gen.ServerBehavior)}
	started <- true
	reason := l.run(ps.ProcessChannels())
	l.b.Terminate(l.p, reason)
	return reason
}

func (l *loop) run(from gen.ProcessChannels) string {
	killed := l.p.Context().Done()
	for {
		reason := ""
		select {
		case m := <-from.Mailbox:
			reason = l.safely(func() string { return l.message(m.Message) })
		case d := <-from.Direct:
			reason = l.safely(func() string { return l.direct(d) })
		case x := <-from.GracefulExit:
			if !l.p.TrapExit() {
				// Core kills the process as well. One that ended before would have
				// no kill any more, and core panic in whose exit it carries.
				<-killed
				return x.Reason
			}
			// Behind the messages that came from the dead process before.
			_ = l.p.Send(l.p.Self(), gen.MessageExit{Pid: x.From, Reason: x.Reason})
		case <-killed:
			select {
			case x := <-from.GracefulExit: // that is what killed it
				return x.Reason
			default:
				return "kill"
			}
		}
		if reason != "" {
			return reason
		}
	}
}

// safely runs a callback. It returns why the process has to end, or nothing.
func (l *loop) safely(callback func() string) (reason string) {
	if lib.CatchPanic() {
		defer func() {
			if r := recover(); r != nil {
				lib.Warning("Server terminated %s[%q]. Panic reason: %v\n%s", l.p.Self(), l.p.Name(), r, debug.Stack())
				reason = "panic"
			}
		}()
	}
	return callback()
}

func (l *loop) message(message any) string {
	t, ok := message.(etf.Tuple)
	if !ok || len(t) < 2 {
		return l.info(message)
	}
	switch {
	case len(t) == 3 && t[0] == etf.Term(etf.Atom("$gen_call")):
		if from, ok := caller(t[1]); ok {
			return l.call(from, t[2])
		}
	case len(t) == 2 && t[0] == etf.Term(etf.Atom("$gen_cast")):
		return reasonOf(l.b.HandleCast(l.p, t[1]))
	case len(t) == 2:
		// A reply to somebody who waits for one in this process' name.
		if ref, ok := t[0].(etf.Ref); ok && l.p.PutSyncReply(ref, t[1], nil) == nil {
			return ""
		}
	}
	return l.info(message)
}

// caller reads who asks: {Pid, Ref}, or {Pid, [alias|Ref]} as Erlang's gen sends
// it since OTP 24.
func caller(term etf.Term) (from gen.ServerFrom, ok bool) {
	t, _ := term.(etf.Tuple)
	if len(t) != 2 {
		return from, false
	}
	if from.Pid, ok = t[0].(etf.Pid); !ok {
		return from, false
	}
	tag := t[1]
	if l, isList := tag.(etf.List); isList && len(l) == 2 && l[0] == etf.Term(etf.Atom("alias")) {
		tag, from.ReplyByAlias = l[1], true
	}
	from.Ref, ok = tag.(etf.Ref)
	return from, ok
}

func (l *loop) call(from gen.ServerFrom, message etf.Term) string {
	reply, status := l.b.HandleCall(l.p, from, message)
	if status == gen.ServerStatusOK {
		if err := l.p.SendReply(from, reply); err != nil {
			lib.Log("no reply to %s: %s", from.Pid, err)
		}
	}
	return reasonOf(status)
}

func (l *loop) info(message any) string { return reasonOf(l.b.HandleInfo(l.p, message)) }

func (l *loop) direct(d gen.ProcessDirectMessage) string {
	reply, status := l.b.HandleDirect(l.p, d.Ref, d.Message)
	if status != gen.DirectStatusIgnore {
		_ = l.p.PutSyncReply(d.Ref, reply, status) // or nobody waits any more
	}
	return ""
}

// reasonOf says why a process ends that gives a status, and nothing where it does
// not.
func reasonOf(status gen.ServerStatus) string {
	switch status {
	case gen.ServerStatusOK, gen.ServerStatusIgnore:
		return ""
	case gen.ServerStatusStop:
		return "normal"
	}
	return fmt.Sprint(status)
}
