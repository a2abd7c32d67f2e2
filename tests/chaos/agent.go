//go:build linux

package chaos

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/rpc"
	"strconv"
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/tests/agent"
	"github.com/paxoskv/paxoskv/tests/chaos/judge"
	"github.com/paxoskv/paxoskv/tests/spawn"
)

// agentNode is a node whose Go code makes the calls: see package agent.
type agentNode struct {
	p      *spawn.Process
	client *rpc.Client
}

var _ member = (*agentNode)(nil)

type duplex struct {
	io.Reader
	io.WriteCloser
}

// startAgent starts a node on a machine; it may not answer yet.
func (w *world) startAgent(h *host, connect []string, env []string) (life, error) {
	text, err := json.Marshal(agent.Config{Name: h.name, Cookie: w.cookie, EPMD: epmdPort,
		Listen:  net.JoinHostPort(h.addr, strconv.Itoa(distPort)),
		Connect: connect, Size: w.opt.Size, Timing: w.opt.Timing, Disk: w.disk(h)})
	if err != nil {
		return nil, err
	}
	p, err := spawn.Start(w.lan.Machine(h.index).In, h.logs, w.programs.agent, nil,
		append(env, agent.ConfigEnv+"="+string(text)))
	if err != nil {
		return nil, err
	}
	n := &agentNode{p: p, client: rpc.NewClient(duplex{p.Out, p.In})}
	if w.opt.Watches {
		go n.watch()
	}
	return n, nil
}

func (n *agentNode) process() *spawn.Process { return n.p }

// ask calls a method of the agent and waits for its answer, or for so long.
func (n *agentNode) ask(method string, args, reply any, patience time.Duration) error {
	call := n.client.Go(agent.Service+"."+method, args, reply, make(chan *rpc.Call, 1))
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-call.Done:
		var told rpc.ServerError
		if call.Error != nil && !errors.As(call.Error, &told) {
			<-n.p.Gone // its pipe ended
			return fmt.Errorf("%w: %w", errGone, call.Error)
		}
		return call.Error
	case <-timer.C:
		return fmt.Errorf("%w: %s: nothing for %v", errGone, method, patience)
	}
}

func (n *agentNode) call(c *judge.Call, t ties, patience time.Duration, begins func()) answer {
	method := "Get"
	r := agent.Request{Key: encodeKey(c.Key), Timeout: time.Duration(c.Timeout),
		Options: agent.Options{Nodes: t.nodes, Until: t.until, Stale: t.stale}}
	if c.Put {
		method = "Put"
		r.Value, _ = term.Encode([]byte(c.Value))
	}
	for _, p := range t.procs {
		r.Options.PIDs = append(r.Options.PIDs, p.pid)
	}
	for _, k := range t.keys {
		r.Options.Keys = append(r.Options.Keys, encodeKey(k))
	}
	if t.noQuorum {
		r.Options.NoQuorum = paxoskv.Return
	}
	begins()
	var reply agent.Reply
	if err := n.ask(method, r, &reply, patience); err != nil {
		return unanswered(n.p, err)
	}
	a := answer{outcome: judge.Found, rev: reply.Rev, marked: reply.Stale, began: reply.Began, ended: reply.Ended}
	switch err := reply.Err; {
	case err == nil:
		a.got = decodeValue(reply.Value)
	case errors.Is(err, paxoskv.ErrNotFound):
		a.outcome = judge.Absent
	case errors.Is(err, paxoskv.ErrIndeterminate):
		a.outcome, a.text = judge.Unknown, err.Text
	default:
		a.outcome, a.text = judge.Refused, err.Text
	}
	return a
}

func encodeKey(key string) term.Raw {
	raw, err := term.Encode(etf.Atom(key))
	if err != nil {
		panic(err) // an atom of letters and digits
	}
	return raw
}

// decodeValue reads a value as the clients put it, a binary; anything else is shown
// as it prints, and is nobody's value.
func decodeValue(raw term.Raw) string {
	v, err := term.Decode(raw)
	if err != nil {
		return err.Error()
	}
	return valueText(v)
}

func valueText(v any) string {
	if b, ok := v.([]byte); ok {
		return string(b)
	}
	return term.Format(v)
}

func (n *agentNode) state(patience time.Duration) (info paxoskv.ClusterInfo, err error) {
	err = n.ask("Cluster", struct{}{}, &info, patience)
	return info, err
}

// voters lists the seats whose holders may vote, as far as the node knows.
func (n *agentNode) voters(patience time.Duration) (names []string, err error) {
	err = n.ask("Voters", struct{}{}, &names, patience)
	return names, err
}

func (n *agentNode) resize(size int, timeout time.Duration) error {
	var done agent.Done
	if err := n.ask("Resize", agent.Resize{Size: size, Timeout: timeout}, &done, timeout+time.Minute); err != nil {
		return err
	}
	return done.Error()
}

const procPatience = 20 * time.Second

func (n *agentNode) spawn() (pid etf.Pid, err error) {
	err = n.ask("Spawn", struct{}{}, &pid, procPatience)
	return pid, err
}

func (n *agentNode) stop(pid etf.Pid, kill bool) error {
	return n.ask("End", agent.End{PID: pid, Kill: kill, Reason: "done"}, &struct{}{}, procPatience)
}
