package cluster

import (
	"errors"
	"fmt"
	"io"
	"net/rpc"
	"syscall"
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/tests/agent"
)

// ErrNoAnswer is returned when a node does not answer: it has ended, or is paused,
// or hangs. The store itself never returns it.
var ErrNoAnswer = errors.New("the node's process gives no answer")

// DefaultTimeout is that of a call of the API where none is given.
const DefaultTimeout = 30 * time.Second

// grace is how much later than its timeout a call may return.
const grace = 30 * time.Second

// Node is a node that is driven through the API. Its methods may be called from
// any goroutine, and return the errors of the API, or ErrNoAnswer.
type Node struct {
	Name    string
	Number  int
	cluster *Cluster
	process *process
	client  *rpc.Client
}

// duplex joins the ends of two pipes.
type duplex struct {
	io.Reader
	io.WriteCloser
}

func newNode(c *Cluster, number int, p *process) *Node {
	return &Node{Name: c.Name(number), Number: number, cluster: c, process: p,
		client: rpc.NewClient(duplex{p.Out, p.In})}
}

// ask calls a method of the agent.
func (n *Node) ask(method string, args, reply any, timeout time.Duration) error {
	call := n.client.Go(agent.Service+"."+method, args, reply, make(chan *rpc.Call, 1))
	timer := time.NewTimer(timeout + grace)
	defer timer.Stop()
	select {
	case <-call.Done:
		var told rpc.ServerError
		if call.Error != nil && !errors.As(call.Error, &told) {
			return fmt.Errorf("%w: %s: %w", ErrNoAnswer, n.Name, call.Error)
		}
		return call.Error
	case <-timer.C:
		return fmt.Errorf("%w: %s: %s: nothing for %v", ErrNoAnswer, n.Name, method, timeout+grace)
	}
}

// do calls a method that returns Done.
func (n *Node) do(method string, args any, timeout time.Duration) error {
	var done agent.Done
	if err := n.ask(method, args, &done, timeout); err != nil {
		return err
	}
	return done.Error()
}

// Started waits until the node answers.
func (n *Node) Started() error { return n.ask("Peers", struct{}{}, &[]string{}, DefaultTimeout) }

// ProcessID is that of the operating system.
func (n *Node) ProcessID() int { return n.process.Cmd.Process.Pid }

// Kill ends the process with SIGKILL and returns when it is gone.
func (n *Node) Kill() { n.process.Kill() }

// Pause stops the process with SIGSTOP, and Continue lets it go on.
func (n *Node) Pause() error    { return n.process.Signal(syscall.SIGSTOP) }
func (n *Node) Continue() error { return n.process.Signal(syscall.SIGCONT) }

// Restart starts the node again after Kill, as another process with another
// agent; n is of no use any more.
func (n *Node) Restart() *Node { return n.cluster.StartNode(n.Number) }

// Result is what a call of the store's API returned.
type Result struct {
	paxoskv.Result
	// Panicked says that the call panicked with the error.
	Panicked bool
}

// Options are agent.Options with plain terms, and the time that the call has.
type Options struct {
	Bucket   string
	PIDs     []etf.Pid
	Nodes    []string
	Keys     []any
	Until    time.Time
	Default  any // none when nil
	Stale    bool
	NoQuorum paxoskv.WithoutQuorum
	Timeout  time.Duration // of the context; DefaultTimeout when 0
}

func one(opts []Options) (o Options) {
	if len(opts) > 0 {
		o = opts[0]
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	return o
}

// encode writes terms. The tests give none that has no form; the error of one
// comes from the node, as a bad encoding.
func encode(v any) term.Raw {
	raw, err := term.Encode(v)
	if err != nil {
		return term.Raw{}
	}
	return raw
}

func (n *Node) call(method string, key, value any, opts []Options) (Result, error) {
	o := one(opts)
	r := agent.Request{Key: encode(key), Value: encode(value), Timeout: o.Timeout, Options: agent.Options{
		Bucket: o.Bucket, PIDs: o.PIDs, Nodes: o.Nodes, Until: o.Until, Stale: o.Stale, NoQuorum: o.NoQuorum}}
	for _, k := range o.Keys {
		r.Options.Keys = append(r.Options.Keys, encode(k))
	}
	if o.Default != nil {
		r.Options.Default = encode(o.Default)
	}
	var reply agent.Reply
	if err := n.ask(method, r, &reply, o.Timeout); err != nil {
		return Result{}, err
	}
	res := Result{Panicked: reply.Panicked, Result: paxoskv.Result{Raw: reply.Value, Rev: reply.Rev,
		Mine: reply.Mine, Found: reply.Found, Stale: reply.Stale}}
	if reply.Err != nil {
		return res, reply.Err
	}
	var err error
	res.Value, err = term.Decode(reply.Value)
	return res, err
}

// Put is paxoskv.Put on the node; so are the next ones.
func (n *Node) Put(key, value any, opts ...Options) (Result, error) {
	return n.call("Put", key, value, opts)
}

// Get is paxoskv.Get.
func (n *Node) Get(key any, opts ...Options) (Result, error) {
	return n.call("Get", key, nil, opts)
}

// PID is paxoskv.PID.
func (n *Node) PID(key any, opts ...Options) (etf.Pid, error) {
	r, err := n.call("PID", key, nil, opts)
	p, _ := r.Value.(etf.Pid)
	return p, err
}

// NodeOf is paxoskv.Node.
func (n *Node) NodeOf(key any, opts ...Options) (string, error) {
	r, err := n.call("Node", key, nil, opts)
	name, _ := r.Value.(etf.Atom)
	return string(name), err
}
