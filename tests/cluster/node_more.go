package cluster

import (
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/tests/agent"
)

// Cluster is paxoskv.Cluster.
func (n *Node) Cluster() (info paxoskv.ClusterInfo, err error) {
	err = n.ask("Cluster", struct{}{}, &info, DefaultTimeout)
	return info, err
}

// Resize is paxoskv.ResizeCluster.
func (n *Node) Resize(size int, timeout time.Duration) error {
	return n.do("Resize", agent.Resize{Size: size, Timeout: timeout}, timeout)
}

// WaitForBucket is paxoskv.WaitForBucket.
func (n *Node) WaitForBucket(name string, timeout time.Duration) error {
	return n.do("Wait", agent.Wait{Bucket: name, Timeout: timeout}, timeout)
}

// WaitForQuorum is paxoskv.WaitForQuorum.
func (n *Node) WaitForQuorum(timeout time.Duration) error {
	return n.do("Wait", agent.Wait{Timeout: timeout}, timeout)
}

// Ping is paxoskv.Ping.
func (n *Node) Ping() error { return n.do("Ping", struct{}{}, DefaultTimeout) }

// Subscribe is paxoskv.Subscribe.
func (n *Node) Subscribe(pid etf.Pid) error {
	return n.do("Subscribe", agent.Subscription{PID: pid}, DefaultTimeout)
}

// Unsubscribe is paxoskv.Unsubscribe.
func (n *Node) Unsubscribe(pid etf.Pid) error {
	return n.do("Subscribe", agent.Subscription{PID: pid, Off: true}, DefaultTimeout)
}

// Spawn starts a process that keeps what it is sent, and can make calls.
func (n *Node) Spawn() (pid etf.Pid, err error) {
	err = n.ask("Spawn", struct{}{}, &pid, DefaultTimeout)
	return pid, err
}

// Mail lists what a process of Spawn was sent, each message as a printed term.
func (n *Node) Mail(pid etf.Pid) (lines []string, err error) {
	err = n.ask("Mail", pid, &lines, DefaultTimeout)
	return lines, err
}

// Exit ends a process of the node in order, KillPID as an untrappable kill does,
// and KillName the process that is registered under a name.
func (n *Node) Exit(pid etf.Pid, reason string) error {
	return n.ask("End", agent.End{PID: pid, Reason: reason}, &struct{}{}, DefaultTimeout)
}

// KillPID: see Exit.
func (n *Node) KillPID(pid etf.Pid) error {
	return n.ask("End", agent.End{PID: pid, Kill: true}, &struct{}{}, DefaultTimeout)
}

// KillName: see Exit.
func (n *Node) KillName(name string) error {
	return n.ask("End", agent.End{Name: name, Kill: true}, &struct{}{}, DefaultTimeout)
}

// WhereIs is the process of a registered name, the zero pid for none.
func (n *Node) WhereIs(name string) (pid etf.Pid, err error) {
	err = n.ask("WhereIs", name, &pid, DefaultTimeout)
	return pid, err
}

// Monitored says whether a process of the node is monitored by the one that is
// registered under a name.
func (n *Node) Monitored(pid etf.Pid, by string) (yes bool, err error) {
	err = n.ask("Monitored", agent.Monitor{PID: pid, By: by}, &yes, DefaultTimeout)
	return yes, err
}

// Call has the process from of this node make a gen_server call to a registered
// name on a node.
func (n *Node) Call(from etf.Pid, to, node string, request any, timeout time.Duration) (any, error) {
	var raw term.Raw
	c := agent.Call{From: from, To: to, Node: node, Request: encode(request), Timeout: timeout}
	if err := n.ask("Call", c, &raw, timeout); err != nil {
		return nil, err
	}
	return term.Decode(raw)
}

// Supervise starts a supervisor of one's own over parts of the store; StartTree
// one of either kind.
func (n *Node) Supervise(name string, children ...agent.Child) (pid etf.Pid, err error) {
	return n.StartTree(agent.Tree{Name: name, Children: children, Plain: true})
}

// StartTree: see Supervise.
func (n *Node) StartTree(t agent.Tree) (pid etf.Pid, err error) {
	err = n.ask("Supervise", t, &pid, DefaultTimeout)
	return pid, err
}

// StartPart starts a part of the store under no supervisor of one's own.
func (n *Node) StartPart(part agent.Child) error { return n.do("StartPart", part, DefaultTimeout) }

// Log is what the node has written so far, in all of its lives.
func (n *Node) Log() string { return n.process.Logs.String() }

// Connect and Disconnect are those of the wire.
func (n *Node) Connect(name string) error {
	return n.ask("Connect", name, &struct{}{}, DefaultTimeout)
}

// Disconnect drops a link and dials no more; the other node may. See Cluster.Cut.
func (n *Node) Disconnect(name string) error {
	return n.ask("Disconnect", name, &struct{}{}, DefaultTimeout)
}

// Peers lists the nodes to which there is a link.
func (n *Node) Peers() (names []string, err error) {
	err = n.ask("Peers", struct{}{}, &names, DefaultTimeout)
	return names, err
}

// Creation is the life of another node that the store of this one knows to be
// connected; 0 where it knows of none.
func (n *Node) Creation(name string) (creation uint32, err error) {
	err = n.ask("Creation", name, &creation, DefaultTimeout)
	return creation, err
}

// Held is what the node holds on to.
func (n *Node) Held() (held agent.Held, err error) {
	err = n.ask("Held", struct{}{}, &held, DefaultTimeout)
	return held, err
}

// TieMany starts processes on the node, each with a key {tag, number} tied to it.
func (n *Node) TieMany(count int, tag etf.Atom) (pids []etf.Pid, err error) {
	err = n.ask("TieMany", agent.Many{Count: count, Tag: tag, Timeout: Patience}, &pids, 3*Patience)
	return pids, err
}

// KillMany ends them.
func (n *Node) KillMany(pids []etf.Pid) error {
	return n.ask("KillMany", pids, &struct{}{}, DefaultTimeout)
}

// Flood has the node make many puts at once.
func (n *Node) Flood(f agent.Flood) (done agent.Flooded, err error) {
	err = n.ask("Flood", f, &done, f.Timeout)
	return done, err
}

// Memory is how many bytes the node's program has in use.
func (n *Node) Memory() (bytes uint64, err error) {
	err = n.ask("Memory", struct{}{}, &bytes, DefaultTimeout)
	return bytes, err
}
