package script

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/paxoskv/paxoskv/paxos"
)

// errUsage refuses a command that is not as doc.go tells.
var errUsage = errors.New("not a command of this form")

// command carries out one line.
func (l *lab) command(line string) error {
	w := strings.Fields(line)
	name, args := w[0], w[1:]
	l.quiet = name == "settle" || name == "run" || name == "nodes" || name == "start" || name == "restart"
	switch name {
	case "deliver", "twice", "drop":
		return l.handle(name, args)
	case "settle":
		l.settle()
		return nil
	case "pending":
		for _, e := range l.pending {
			l.say("%s", showMessage(e))
		}
		return nil
	case "cluster":
		l.cluster()
		return nil
	}
	if len(args) == 0 {
		return errUsage
	}
	switch name {
	case "nodes":
		return l.found(args)
	case "start":
		l.start(args[0], 1)
		return nil
	case "show":
		l.show(paxos.Key(args[0]))
		return nil
	case "run":
		ms, err := strconv.ParseInt(args[0], 10, 64)
		l.run(ms)
		return err
	}
	n, err := l.node(args[0])
	if err != nil {
		return err
	}
	return l.onNode(name, n, args[1:])
}

// onNode carries out the commands that name a node first.
func (l *lab) onNode(name string, n *node, args []string) error {
	if name == "restart" {
		l.stop(n)
		l.start(n.id.Name, n.id.Incarnation+1)
		return nil
	}
	if len(args) == 0 {
		return errUsage
	}
	switch name {
	case "put":
		return l.put(n, args)
	case "get":
		l.begin(n, "get", paxos.Request{Kind: paxos.Get, Key: paxos.Key(args[0])})
	case "collect":
		l.begin(n, "collect", paxos.Request{Kind: paxos.CollectTombstone, Key: paxos.Key(args[0])})
	case "cut", "join":
		o, err := l.node(args[0])
		if err != nil {
			return err
		}
		l.setCut(n.id.Name, o.id.Name, name == "cut")
		l.link(n, o, name == "join")
	case "gone":
		return l.gone(n, args[0])
	case "fire":
		return l.fire(n, args[0])
	case "resize":
		size, err := strconv.Atoi(args[0])
		l.do(n, func(out *paxos.Output) { n.r.Member.Resize(size, out) })
		return err
	default:
		return errUsage
	}
	return nil
}

// found starts the first nodes, and lets them found their cluster.
func (l *lab) found(args []string) error {
	size, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	l.size = size
	for _, name := range args[1:] {
		l.start(name, 1)
	}
	l.run(5000)
	return nil
}

func (l *lab) begin(n *node, what string, r paxos.Request) {
	l.calls++
	id := paxos.OpID(l.calls)
	n.calls[id] = fmt.Sprintf("%s %s", what, r.Key)
	l.do(n, func(out *paxos.Output) { n.p.Start(l.now, id, r, out) })
}

func (l *lab) put(n *node, args []string) error {
	r := paxos.Request{Kind: paxos.Put, Key: paxos.Key(args[0])}
	switch {
	case len(args) == 4 && args[2] == "on":
		g, err := l.guard(args[3])
		if err != nil {
			return err
		}
		r.Guards = []paxos.Guard{g}
	case len(args) != 2:
		return errUsage
	}
	r.Value = paxos.Value(args[1])
	l.begin(n, "put", r)
	return nil
}

// guard reads pid:NAME@NODE and node:NODE, as the node runs now.
func (l *lab) guard(s string) (paxos.Guard, error) {
	kind, subject, _ := strings.Cut(s, ":")
	g := paxos.Guard{Kind: paxos.GuardNode, Node: subject}
	if kind == "pid" {
		g.Kind = paxos.GuardPID
		g.Subject, g.Node, _ = strings.Cut(subject, "@")
	}
	n, err := l.node(g.Node)
	if err != nil {
		return g, err
	}
	g.Creation = uint32(n.id.Incarnation)
	return g, nil
}

// gone lets a node see that a process ended.
func (l *lab) gone(n *node, subject string) error {
	for _, g := range n.r.Acceptor.Watched() {
		if g.Subject == subject {
			l.do(n, func(out *paxos.Output) { n.r.Acceptor.Observe(g, out) })
			return nil
		}
	}
	return fmt.Errorf("%s does not watch %q", life(n.id), subject)
}

var timers = map[string]paxos.TimerKind{"resend": paxos.TimerResend, "backoff": paxos.TimerBackoff,
	"turn": paxos.TimerTurn, "erase": paxos.TimerErase, "collect": paxos.TimerCollect}

// fire has the timers of one kind that are armed now run out.
func (l *lab) fire(n *node, name string) error {
	armed := n.timers
	n.timers = nil
	fired := false
	for _, t := range armed {
		if t.Kind != timers[name] {
			n.timers = append(n.timers, t)
			continue
		}
		fired = true
		l.do(n, func(out *paxos.Output) { n.p.Fire(l.now, t, out) })
	}
	if !fired {
		return fmt.Errorf("%s has no timer %q", life(n.id), name)
	}
	return nil
}

// handle does something to the messages under way that a pattern picks.
func (l *lab) handle(what string, pattern []string) error {
	picked := slices.DeleteFunc(slices.Clone(l.pending), func(e paxos.Envelope) bool { return !matches(e, pattern) })
	if len(picked) == 0 {
		return fmt.Errorf("nothing is under way like %v", pattern)
	}
	if what != "twice" {
		l.pending = slices.DeleteFunc(l.pending, func(e paxos.Envelope) bool { return matches(e, pattern) })
	}
	for _, e := range picked {
		if what == "drop" {
			l.say("%s is lost", showMessage(e))
			continue
		}
		l.deliver(e)
	}
	return nil
}

func matches(e paxos.Envelope, pattern []string) bool {
	for i, have := range []string{e.From.Name, e.To.Name, kind(e.Body)} {
		if i < len(pattern) && pattern[i] != "*" && pattern[i] != have {
			return false
		}
	}
	return true
}
