package dist

import (
	"github.com/paxoskv/paxoskv/dist/internal/ext"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/node"
)

// spawnSystem starts the processes that Erlang nodes expect on every other.
func (w *Wire) spawnSystem(n node.Node) error {
	if _, err := n.Spawn("net_kernel", gen.ProcessOptions{}, &netKernel{}); err != nil {
		return err
	}
	_, err := n.Spawn("rex", gen.ProcessOptions{}, &rex{name: w.name})
	return err
}

// netKernel answers net_adm:ping, so that a Go node gives pong.
type netKernel struct{ gen.Server }

// HandleCall implements gen.ServerBehavior.
func (*netKernel) HandleCall(_ *gen.ServerProcess, _ gen.ServerFrom, message etf.Term) (etf.Term, gen.ServerStatus) {
	if raw, ok := message.(Raw); ok {
		r := ext.Reader{B: raw[1:]}
		if r.IsTuple() && r.Tuple() == 2 && r.IsAtom() && r.Atom() == "is_auth" {
			return etf.Atom("yes"), gen.ServerStatusOK
		}
	}
	return etf.Tuple{etf.Atom("error"), etf.Atom("unsupported")}, gen.ServerStatusOK
}

// HandleCast implements gen.ServerBehavior.
func (*netKernel) HandleCast(*gen.ServerProcess, etf.Term) gen.ServerStatus {
	return gen.ServerStatusOK
}

// HandleInfo implements gen.ServerBehavior.
func (*netKernel) HandleInfo(*gen.ServerProcess, etf.Term) gen.ServerStatus {
	return gen.ServerStatusOK
}

// rex tells peers that ask that remote procedure calls are not offered.
type rex struct {
	gen.Server
	name string
}

// HandleCall implements gen.ServerBehavior.
func (*rex) HandleCall(*gen.ServerProcess, gen.ServerFrom, etf.Term) (etf.Term, gen.ServerStatus) {
	return etf.Tuple{etf.Atom("badrpc"), etf.Atom("notsup")}, gen.ServerStatusOK
}

// HandleCast implements gen.ServerBehavior.
func (*rex) HandleCast(*gen.ServerProcess, etf.Term) gen.ServerStatus { return gen.ServerStatusOK }

// HandleInfo implements gen.ServerBehavior.
func (x *rex) HandleInfo(process *gen.ServerProcess, message etf.Term) gen.ServerStatus {
	raw, ok := message.(Raw)
	if !ok {
		return gen.ServerStatusOK
	}
	r := ext.Reader{B: raw[1:]}
	if r.IsTuple() && r.Tuple() == 2 && r.IsPid() {
		pid := r.Pid()
		if r.IsAtom() && r.Atom() == "features_request" {
			process.Send(pid, etf.Tuple{etf.Atom("features_reply"), etf.Atom(x.name), etf.List{}})
		}
	}
	return gen.ServerStatusOK
}
