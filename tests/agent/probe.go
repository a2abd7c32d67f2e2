package agent

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/term"
)

// probes are the processes that a test has started on the node.
type probes struct {
	mu   sync.Mutex
	logs map[etf.Pid]*mail
}

// mail is what a probe was sent, in order, each message as its printed term.
type mail struct {
	mu    sync.Mutex
	lines []string
}

// probe is a process that keeps what it is sent, and makes calls for a test.
type probe struct {
	gen.Server
	mail *mail
}

func (b *probe) Init(*gen.ServerProcess, ...etf.Term) error { return nil }

// quit ends a probe.
type quit struct{ reason string }

func (b *probe) HandleInfo(_ *gen.ServerProcess, message etf.Term) gen.ServerStatus {
	if q, ok := message.(quit); ok {
		return gen.ServerStatusStopWithReason(q.reason)
	}
	if raw, ok := message.(term.Raw); ok {
		if v, err := term.Decode(raw); err == nil {
			message = v
		}
	}
	b.mail.mu.Lock()
	b.mail.lines = append(b.mail.lines, term.Format(message))
	b.mail.mu.Unlock()
	return gen.ServerStatusOK
}

func (b *probe) HandleCast(*gen.ServerProcess, etf.Term) gen.ServerStatus { return gen.ServerStatusOK }

func (b *probe) HandleCall(*gen.ServerProcess, gen.ServerFrom, etf.Term) (etf.Term, gen.ServerStatus) {
	return etf.Atom("probe"), gen.ServerStatusOK
}

// HandleDirect makes a call.
func (b *probe) HandleDirect(p *gen.ServerProcess, _ etf.Ref, message any) (any, gen.DirectStatus) {
	c, ok := message.(Call)
	if !ok {
		return nil, errors.New("not a call")
	}
	seconds := int((c.Timeout + time.Second - 1) / time.Second)
	v, err := p.CallWithTimeout(gen.ProcessID{Name: c.To, Node: c.Node}, c.Request, seconds)
	if err != nil {
		return nil, err
	}
	raw, ok := v.(term.Raw)
	if !ok {
		if raw, err = term.Encode(v); err != nil {
			return nil, fmt.Errorf("answer: %w", err)
		}
	}
	return raw, nil
}

// Spawn starts a probe.
func (n *Node) Spawn(_ struct{}, pid *etf.Pid) error {
	m := &mail{}
	p, err := n.node.Spawn("", gen.ProcessOptions{MailboxSize: 1000}, &probe{mail: m})
	if err != nil {
		return err
	}
	n.probes.mu.Lock()
	defer n.probes.mu.Unlock()
	if n.probes.logs == nil {
		n.probes.logs = make(map[etf.Pid]*mail)
	}
	n.probes.logs[p.Self()] = m
	*pid = p.Self()
	return nil
}

// Mail lists what a probe was sent.
func (n *Node) Mail(pid etf.Pid, lines *[]string) error {
	n.probes.mu.Lock()
	m := n.probes.logs[pid]
	n.probes.mu.Unlock()
	if m == nil {
		return fmt.Errorf("%v is no probe of this node", pid)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	*lines = append([]string(nil), m.lines...)
	return nil
}

// Call has a probe make a gen_server call; the reply is encoded.
func (n *Node) Call(c Call, reply *term.Raw) error {
	p := n.node.ProcessByPid(c.From)
	if p == nil {
		return fmt.Errorf("%v does not run", c.From)
	}
	v, err := p.DirectWithTimeout(c, int(c.Timeout/time.Second)+10)
	if err != nil {
		return err
	}
	*reply = v.(term.Raw)
	return nil
}

// End ends a process and waits until it is gone.
func (n *Node) End(e End, _ *struct{}) error {
	p := n.node.ProcessByPid(e.PID)
	if e.Name != "" {
		p = n.node.ProcessByName(e.Name)
	}
	if p == nil {
		return fmt.Errorf("no process %s %v", e.Name, e.PID)
	}
	err := error(nil)
	switch _, own := p.Behavior().(*probe); {
	case e.Kill:
		p.Kill()
	case own:
		// A probe ends itself: Exit, of a process that does not trap exits, may
		// find it cleared already, and then brings the whole program down.
		err = p.Send(p.Self(), quit{e.Reason})
	default:
		err = p.Exit(e.Reason)
	}
	if err != nil {
		return err
	}
	return p.WaitWithTimeout(10 * time.Second)
}

// WhereIs is the pid of a registered name, the zero pid for none.
func (n *Node) WhereIs(name string, pid *etf.Pid) error {
	if p := n.node.ProcessByName(name); p != nil && p.IsAlive() {
		*pid = p.Self()
	}
	return nil
}

// Monitor asks whether the process of a registered name monitors another.
type Monitor struct {
	PID etf.Pid
	By  string
}

// Monitored answers it.
func (n *Node) Monitored(m Monitor, yes *bool) error {
	watcher, watched := n.node.ProcessByName(m.By), n.node.ProcessByPid(m.PID)
	if watcher == nil || watched == nil {
		return fmt.Errorf("%s or %v does not run", m.By, m.PID)
	}
	*yes = slices.Contains(watched.MonitoredBy(), watcher.Self())
	return nil
}
