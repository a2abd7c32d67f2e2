//go:build linux

package chaos

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/cmd/node/config"
	"github.com/paxoskv/paxoskv/cmd/node/shell"
	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/tests/chaos/judge"
	"github.com/paxoskv/paxoskv/tests/spawn"
)

// shellNode is a node of the program cmd/node, driven by its shell: one command at a
// time, a line in and a line out.
type shellNode struct {
	p *spawn.Process
	// turn is held by the command that runs. One that is given up keeps it until its
	// line has come.
	turn  chan struct{}
	lines chan string // closed at the end of the output
}

var _ member = (*shellNode)(nil)

func (w *world) startShell(h *host, connect []string, env []string) (life, error) {
	args := []string{fmt.Sprint(h.number()), "--host", h.addr, "--size", fmt.Sprint(w.opt.Size), "--connect", strings.Join(connect, ",")}
	if w.opt.Disk {
		args = append(args, "--data-dir", w.disk(h))
	}
	p, err := spawn.Start(w.lan.Machine(h.index).In, h.logs, w.programs.shell, args, append(env, config.CookieEnv+"="+w.cookie))
	if err != nil {
		return nil, err
	}
	n := &shellNode{p: p, turn: make(chan struct{}, 1), lines: make(chan string)}
	go func() {
		defer close(n.lines)
		for r := bufio.NewReader(p.Out); ; {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			n.lines <- strings.TrimSuffix(line, "\n")
		}
	}()
	return n, nil
}

func (n *shellNode) process() *spawn.Process { return n.p }

// command runs one and returns its line.
func (n *shellNode) command(line string, patience time.Duration, begins func()) (string, error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case n.turn <- struct{}{}:
	case <-n.p.Gone:
		return "", fmt.Errorf("%w: the node has ended", errGone)
	case <-timer.C:
		return "", fmt.Errorf("%w: the shell is busy for %v", errGone, patience)
	}
	begins()
	if _, err := io.WriteString(n.p.In, line+"\n"); err != nil {
		<-n.p.Gone
		return "", fmt.Errorf("%w: %w", errGone, err)
	}
	select {
	case text, ok := <-n.lines:
		if !ok {
			<-n.p.Gone
			return "", fmt.Errorf("%w: the node has ended", errGone)
		}
		<-n.turn
		return text, nil
	case <-timer.C:
		go func() {
			<-n.lines
			<-n.turn
		}()
		return "", fmt.Errorf("%w: %s: nothing for %v", errGone, line, patience)
	}
}

// shellTimeout is what time a command of the shell has.
const shellTimeout = 5 * time.Second

func (n *shellNode) call(c *judge.Call, t ties, patience time.Duration, begins func()) answer {
	c.Timeout = int64(shellTimeout)
	line := "get " + c.Key
	if c.Put {
		line = fmt.Sprintf("put %s <<%q>>", c.Key, c.Value)
	}
	for _, p := range t.procs[:min(len(t.procs), 1)] {
		line += " pid " + term.Format(p.pid)
	}
	for _, name := range t.nodes[:min(len(t.nodes), 1)] {
		line += " node " + name
	}
	for _, k := range t.keys[:min(len(t.keys), 1)] {
		line += " key " + k
	}
	if !t.until.IsZero() {
		line += fmt.Sprintf(" until %d", t.until.UnixMilli())
	}
	if t.stale {
		line += " stale"
	}
	if t.noQuorum {
		line += " no_quorum return"
	}
	text, err := n.command(line, patience, begins)
	if err != nil {
		return unanswered(n.p, err)
	}
	a := readReply(text)
	a.ended = now()
	return a
}

// readReply reads {ok, V}, {stale, V} and {error, Reason}.
func readReply(text string) answer {
	v, err := term.Parse(text)
	if err != nil {
		return answer{outcome: judge.Unknown, text: "unreadable: " + text}
	}
	return replyTerm(v)
}

// replyTerm takes a reply of the store as a term.
func replyTerm(v any) answer {
	a := answer{outcome: judge.Unknown, text: term.Format(v)}
	t, _ := v.(etf.Tuple)
	if len(t) != 2 {
		return a
	}
	switch t[0] {
	case etf.Atom("ok"), etf.Atom("stale"):
		return answer{outcome: judge.Found, got: valueText(t[1]), marked: t[0] == etf.Atom("stale")}
	case etf.Atom("error"):
		switch t[1] {
		case etf.Atom("not_found"):
			return answer{outcome: judge.Absent}
		case etf.Atom("no_quorum"), etf.Atom("invalid_value"), etf.Atom("timeout"), etf.Atom("closed"),
			etf.Atom("busy"), etf.Atom("unknown_bucket"):
			a.outcome = judge.Refused
		}
	}
	return a
}

func (n *shellNode) state(patience time.Duration) (paxoskv.ClusterInfo, error) {
	text, err := n.command("cluster", patience, func() {})
	if err != nil {
		return paxoskv.ClusterInfo{}, err
	}
	info, err := shell.ParseClusterInfo(text)
	return paxoskv.ClusterInfo{Size: info.Size, Nodes: info.Nodes, Quorum: info.Quorum}, err
}

func (n *shellNode) spawn() (etf.Pid, error) {
	text, err := n.command("spawn", procPatience, func() {})
	if err != nil {
		return etf.Pid{}, err
	}
	v, err := term.Parse(text)
	if t, ok := v.(etf.Tuple); ok && len(t) == 2 {
		if pid, ok := t[1].(etf.Pid); ok {
			return pid, nil
		}
	}
	return etf.Pid{}, fmt.Errorf("spawn answers %s: %w", text, err)
}

func (n *shellNode) stop(pid etf.Pid, _ bool) error {
	text, err := n.command("kill "+term.Format(pid), procPatience, func() {})
	if err == nil && text != "ok" {
		err = fmt.Errorf("kill answers %s", text)
	}
	return err
}
