//go:build linux

package chaos

import (
	"bufio"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/tests/chaos/judge"
	"github.com/paxoskv/paxoskv/tests/spawn"
)

//go:embed chaos_driver.erl
var driver []byte

// errNoErlang is returned where a run is to have an Erlang node, and there is none.
var errNoErlang = errors.New("the run is to have an Erlang node, and there is no command erl")

// erlangNode is an Erlang node that is linked with the nodes of the store, and calls
// them by gen_server. It holds no seat.
type erlangNode struct {
	p     *spawn.Process
	mu    sync.Mutex
	next  int
	waits map[int]chan any
}

var _ life = (*erlangNode)(nil)

// prepareErlang compiles what an Erlang node runs.
func (w *world) prepareErlang() error {
	source := filepath.Join(w.dir, "chaos_driver.erl")
	if err := os.WriteFile(source, driver, 0o644); err != nil {
		return err
	}
	if _, err := exec.LookPath("erl"); err != nil {
		return errNoErlang
	}
	out, err := exec.Command("erlc", "-o", w.dir, source).CombinedOutput()
	if err != nil {
		return fmt.Errorf("erlc: %w: %s", err, out)
	}
	return nil
}

// startErlang starts the node. Its ticks are as frequent as those of the store's
// nodes, so that it notices a cut about when they do.
func (w *world) startErlang(h *host, connect []string, env []string) (life, error) {
	p, err := spawn.Start(w.lan.Machine(h.index).In, h.logs, "erl", []string{
		"-noshell", "-name", h.name, "-setcookie", w.cookie, "-start_epmd", "false", "-connect_all", "false",
		"-kernel", "net_ticktime", "6", "net_setuptime", "3", "-pa", w.dir, "-run", "chaos_driver", "start",
	}, append(env, "HOME="+w.dir, "ERL_CRASH_DUMP=/dev/null"))
	if err != nil {
		return nil, err
	}
	n := &erlangNode{p: p, waits: make(map[int]chan any)}
	go n.read(p.Out)
	return n, n.connect(connect)
}

func (n *erlangNode) process() *spawn.Process { return n.p }

// read hands the replies out.
func (n *erlangNode) read(out io.Reader) {
	for r := bufio.NewReader(out); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		text, ok := strings.CutPrefix(strings.TrimSpace(line), "@@ ")
		if !ok || text == "ready" {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			continue
		}
		v, _ := term.Decode(raw)
		if t, ok := v.(etf.Tuple); ok && len(t) == 2 {
			n.mu.Lock()
			if wait := n.waits[integer(t[0])]; wait != nil {
				wait <- t[1]
			}
			n.mu.Unlock()
		}
	}
}

func integer(v any) int {
	switch n := v.(type) {
	case int:
		return n
	case int64:
		return int(n)
	}
	return -1
}

// ask has the node handle a request.
func (n *erlangNode) ask(request any, patience time.Duration) (any, error) {
	wait := make(chan any, 1)
	n.mu.Lock()
	n.next++
	id := n.next
	n.waits[id] = wait
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		delete(n.waits, id)
		n.mu.Unlock()
	}()
	raw, err := term.Encode(etf.Tuple{id, request})
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(n.p.In, base64.StdEncoding.EncodeToString(raw)+"\n"); err != nil {
		<-n.p.Gone
		return nil, fmt.Errorf("%w: %w", errGone, err)
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case v := <-wait:
		return v, nil
	case <-n.p.Gone:
		return nil, fmt.Errorf("%w: the Erlang node has ended", errGone)
	case <-timer.C:
		return nil, fmt.Errorf("%w: nothing from the Erlang node for %v", errGone, patience)
	}
}

// connect tells the node whom to be linked with.
func (n *erlangNode) connect(names []string) error {
	list := etf.List{}
	for _, name := range names {
		list = append(list, etf.Atom(name))
	}
	_, err := n.ask(etf.Tuple{etf.Atom("connect"), list}, time.Minute)
	return err
}

// connected lists whom the node is linked with.
func (n *erlangNode) connected() (names []string, err error) {
	v, err := n.ask(etf.Atom("connected"), procPatience)
	list, _ := v.(etf.List)
	for _, e := range list {
		if a, ok := e.(etf.Atom); ok {
			names = append(names, string(a))
		}
	}
	return names, err
}

// margin is how much longer the caller waits than the store has: then the answer says
// what became of the call.
const margin = 2 * time.Second

// call makes a call on a node of the store.
func (n *erlangNode) call(c *judge.Call, t ties, patience time.Duration) answer {
	atom := func(s string) any { return etf.Atom(s) }
	opts := etf.List{etf.Tuple{atom("timeout"), int64(c.Timeout / 1e6)}}
	for _, p := range t.procs {
		opts = append(opts, etf.Tuple{atom("pid"), p.pid})
	}
	for _, name := range t.nodes {
		opts = append(opts, etf.Tuple{atom("node"), atom(name)})
	}
	for _, k := range t.keys {
		opts = append(opts, etf.Tuple{atom("key"), atom(k)})
	}
	if !t.until.IsZero() {
		opts = append(opts, etf.Tuple{atom("until"), t.until.UnixMilli()})
	}
	if t.stale {
		opts = append(opts, atom("stale"))
	}
	if t.noQuorum {
		opts = append(opts, etf.Tuple{atom("no_quorum"), atom("return")})
	}
	server, request := "PaxosKV.Learner", etf.Tuple{atom("get"), atom(c.Key), opts}
	if c.Put {
		server, request = "PaxosKV.Proposer", etf.Tuple{atom("put"), atom(c.Key), []byte(c.Value), opts}
	}
	c.Timeout += int64(margin)
	v, err := n.ask(etf.Tuple{atom("call"), atom(server), atom(c.Node), request, int64(c.Timeout / 1e6)}, patience)
	if err != nil {
		return unanswered(n.p, err)
	}
	a := answer{outcome: judge.Unknown, text: term.Format(v)}
	if r, ok := v.(etf.Tuple); ok && len(r) == 2 && r[0] == atom("reply") {
		a = replyTerm(r[1])
	}
	// A reply to gen_server has no mark: who asks for what may be stale has to know.
	a.marked = t.stale && a.outcome == judge.Found
	a.ended = now()
	return a
}

func (n *erlangNode) spawn() (etf.Pid, error) {
	v, err := n.ask(etf.Atom("spawn"), procPatience)
	pid, ok := v.(etf.Pid)
	if err == nil && !ok {
		err = fmt.Errorf("spawn answers %s", term.Format(v))
	}
	return pid, err
}

func (n *erlangNode) stop(pid etf.Pid, kill bool) error {
	_, err := n.ask(etf.Tuple{etf.Atom("stop"), pid, kill}, procPatience)
	return err
}
