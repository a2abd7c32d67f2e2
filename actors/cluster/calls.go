package cluster

import (
	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/host"
)

// The requests, as an actor sends them to the service of a node. Replies are
// those of the package comment.

// Size asks for the size of the cluster.
func Size(p *gen.ServerProcess, node string) (etf.Term, error) {
	return call(p, node, etf.Atom("cluster_size"))
}

// Nodes asks for the connected nodes.
func Nodes(p *gen.ServerProcess, node string) (etf.Term, error) {
	return call(p, node, etf.Atom("nodes"))
}

// NodesAndSize asks for both.
func NodesAndSize(p *gen.ServerProcess, node string) (etf.Term, error) {
	return call(p, node, etf.Atom("nodes_and_cluster_size"))
}

// Quorum asks whether there is one.
func Quorum(p *gen.ServerProcess, node string) (etf.Term, error) {
	return call(p, node, etf.Atom("quorum"))
}

// Ping asks for pong.
func Ping(p *gen.ServerProcess, node string) (etf.Term, error) {
	return call(p, node, etf.Atom("ping"))
}

// Report asks for what the node says of itself; see report.Parse.
func Report(p *gen.ServerProcess, node string) (etf.Term, error) {
	return call(p, node, etf.Atom("report"))
}

// Resize asks for another size.
func Resize(p *gen.ServerProcess, node string, size int) (etf.Term, error) {
	return call(p, node, etf.Tuple{etf.Atom("resize_cluster"), size})
}

// Subscribe asks for quorum_reached and quorum_lost to be sent to pid.
func Subscribe(p *gen.ServerProcess, node string, pid etf.Pid) (etf.Term, error) {
	return call(p, node, etf.Tuple{etf.Atom("subscribe"), pid})
}

// Unsubscribe ends that.
func Unsubscribe(p *gen.ServerProcess, node string, pid etf.Pid) (etf.Term, error) {
	return call(p, node, etf.Tuple{etf.Atom("unsubscribe"), pid})
}

func call(p *gen.ServerProcess, node string, request etf.Term) (etf.Term, error) {
	return p.Call(gen.ProcessID{Name: host.ClusterName, Node: node}, request)
}
