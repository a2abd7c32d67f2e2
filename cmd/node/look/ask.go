package look

import (
	"context"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/cmd/node/doctor"
	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/report"
	"github.com/paxoskv/paxoskv/term"
)

// storeGrace is how much longer than the answer of Erlang's own server that of the
// store may take, before a node counts as one without a store.
const storeGrace = time.Second

// ask asks a linked node for its report, and Erlang's server for remote calls, which
// on nodes of the store is there to refuse, for the release.
func (l *looking) ask(ctx context.Context, n *doctor.Node) {
	ctx, cancel := context.WithTimeout(ctx, l.o.Patience)
	defer cancel()
	store := l.call(ctx, n.Name, host.ClusterName, etf.Atom("report"))
	release := l.call(ctx, n.Name, "rex", etf.Tuple{etf.Atom("call"), etf.Atom("erlang"), etf.Atom("system_info"),
		etf.List{etf.Atom("otp_release")}, etf.Atom("user")})
	n.Reach = doctor.Mute
	var grace <-chan time.Time
	for {
		select {
		case a := <-store:
			l.take(n, a)
			return
		case a := <-release:
			n.OTP, _ = a.term.(string) // else it is a node that takes no remote calls
			n.Reach, grace, release = doctor.NoStore, time.After(storeGrace), nil
		case <-grace:
			return
		case <-ctx.Done():
			return
		}
	}
}

// take reads a report.
func (l *looking) take(n *doctor.Node, a answer) {
	r, err := report.Parse(a.term)
	if err != nil {
		n.Reach, n.Why = doctor.Odd, err.Error()
		return
	}
	n.Reach, n.OTP, n.Report = doctor.Answers, "", &r
	middle := a.asked.Add(a.came.Sub(a.asked) / 2)
	n.Ahead, n.Doubt = time.UnixMicro(r.Now).Sub(middle), a.came.Sub(a.asked)/2
}

// answer is a reply, and when it was asked for and came.
type answer struct {
	asked, came time.Time
	term        any
}

// call calls a gen_server of a node. Where no answer comes, none comes from the
// channel.
func (l *looking) call(ctx context.Context, node, server string, request etf.Term) <-chan answer {
	c := make(chan answer, 1)
	deadline, _ := ctx.Deadline()
	p, err := l.node.Spawn("", gen.ProcessOptions{}, &caller{})
	if err != nil {
		return c
	}
	go func() {
		defer p.Kill()
		q := question{to: gen.ProcessID{Name: server, Node: node}, term: request,
			seconds: int(time.Until(deadline).Seconds()) + 1}
		if reply, err := p.DirectWithTimeout(q, q.seconds+1); err == nil {
			c <- reply.(answer)
		}
	}()
	return c
}

// question is what a caller is to ask.
type question struct {
	to      gen.ProcessID
	term    etf.Term
	seconds int
}

// caller is a process that asks one question.
type caller struct{ gen.Server }

// HandleDirect asks it.
func (*caller) HandleDirect(p *gen.ServerProcess, _ etf.Ref, message any) (any, gen.DirectStatus) {
	q, ok := message.(question)
	if !ok {
		return nil, gen.DirectStatusIgnore
	}
	a := answer{asked: time.Now()}
	reply, err := p.CallWithTimeout(q.to, q.term, q.seconds)
	if err != nil {
		return nil, err
	}
	a.came, a.term = time.Now(), reply
	if raw, ok := reply.(term.Raw); ok {
		if a.term, err = term.Decode(raw); err != nil {
			return nil, err
		}
	}
	return a, gen.DirectStatusOK
}

// HandleCall takes nothing.
func (*caller) HandleCall(*gen.ServerProcess, gen.ServerFrom, etf.Term) (etf.Term, gen.ServerStatus) {
	return etf.Tuple{etf.Atom("error"), etf.Atom("unsupported")}, gen.ServerStatusOK
}
