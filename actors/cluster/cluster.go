// Package cluster is the gen_server that stands for a node in its cluster,
// under the name PaxosKV.Cluster, one for each node. It takes
//
//	cluster_size              -> Size
//	nodes                     -> [Node]
//	nodes_and_cluster_size    -> {[Node], Size}
//	quorum                    -> true | false
//	ping                      -> pong
//	report                    -> what package report has, as a map
//	{resize_cluster, Size}    -> ok | {error, Reason}
//	{subscribe, Pid}          -> ok
//	{unsubscribe, Pid}        -> ok
//
// A subscriber gets the atoms quorum_reached and quorum_lost as plain messages,
// the present one at once. It is monitored, and forgotten when it ends.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/node"

	"github.com/paxoskv/paxoskv/actors/door"
	"github.com/paxoskv/paxoskv/actors/genserver"
	"github.com/paxoskv/paxoskv/actors/pulse"
	"github.com/paxoskv/paxoskv/actors/request"
	"github.com/paxoskv/paxoskv/host"
)

const (
	// tickEvery paces what the member has to do, sweepEvery the search for
	// guards that went unseen.
	tickEvery  = 100 * time.Millisecond
	sweepEvery = time.Second
	// MailboxSize is that of the service.
	MailboxSize = 8192
)

type (
	tick  struct{}
	sweep struct{}
)

// Service is the behaviour of the cluster service. It is started with one
// argument, host.Options.
type Service struct{ genserver.Server }

// New is the behaviour of the actor. A restart loses nothing but its
// subscribers: the node's identity, seat and records are in the host.
func New() gen.ServerBehavior { return &Service{} }

// Init attaches the service to its node's host. On a node that has one already
// it is host.ErrAlreadyStarted.
func (s *Service) Init(p *gen.ServerProcess, args ...etf.Term) error {
	o, ok := host.Options{}, len(args) == 1
	if ok {
		o, ok = args[0].(host.Options)
	}
	if !ok {
		return fmt.Errorf("the cluster service takes host.Options, got %v", args)
	}
	h, err := door.HostOf(p)
	if err != nil {
		return err
	}
	st := &state{host: h, subscribers: make(map[etf.Pid]etf.Ref)}
	p.State = st
	if err := h.Attach(p, o, st.event); err != nil {
		return fmt.Errorf("cluster service of node %s: %w", h.Name(), err)
	}
	if err := p.MonitorEvent(node.EventNetwork); err != nil {
		return err
	}
	st.pulses = []func(){pulse.Every(p, tickEvery, tick{}), pulse.Every(p, sweepEvery, sweep{})}
	return nil
}

// Terminate stops the ticks.
func (s *Service) Terminate(p *gen.ServerProcess, reason string) {
	if st, ok := p.State.(*state); ok {
		for _, stop := range st.pulses {
			stop()
		}
	}
}

// HandleInfo takes frames, events of the network, ticks and the ends of
// subscribers.
func (s *Service) HandleInfo(p *gen.ServerProcess, message etf.Term) gen.ServerStatus {
	st := p.State.(*state)
	switch m := message.(type) {
	case []byte:
		st.host.Receive(m)
	case tick:
		st.host.Tick()
	case sweep:
		st.host.Sweep()
	case node.MessageEventNetwork:
		st.host.Network()
	case gen.MessageDown:
		st.forget(m.Pid)
	}
	return gen.ServerStatusOK
}

// HandleCast takes {subscribe, Pid} and {unsubscribe, Pid}.
func (s *Service) HandleCast(p *gen.ServerProcess, message etf.Term) gen.ServerStatus {
	if name, arg, err := request.ParseCluster(message); err == nil {
		s.subscription(p, name, arg)
	}
	return gen.ServerStatusOK
}

func (s *Service) subscription(p *gen.ServerProcess, name string, arg any) {
	st := p.State.(*state)
	switch name {
	case "subscribe":
		st.host.Heard(string(arg.(etf.Pid).Node))
		st.subscribe(p, arg.(etf.Pid))
	case "unsubscribe":
		st.unsubscribe(p, arg.(etf.Pid))
	}
}

// HandleDirect takes nothing.
func (s *Service) HandleDirect(*gen.ServerProcess, etf.Ref, any) (any, gen.DirectStatus) {
	return nil, errors.New("not a request of the cluster service")
}

// HandleCall answers the requests above.
func (s *Service) HandleCall(p *gen.ServerProcess, from gen.ServerFrom, message etf.Term) (etf.Term, gen.ServerStatus) {
	st := p.State.(*state)
	st.host.Heard(string(from.Pid.Node))
	name, arg, err := request.ParseCluster(message)
	if err != nil {
		return request.Error(err), gen.ServerStatusOK
	}
	c := st.host.Cluster()
	switch name {
	case "cluster_size":
		return c.Size, gen.ServerStatusOK
	case "nodes":
		return atoms(c.Nodes), gen.ServerStatusOK
	case "nodes_and_cluster_size":
		return etf.Tuple{atoms(c.Nodes), c.Size}, gen.ServerStatusOK
	case "quorum":
		return c.Quorum, gen.ServerStatusOK
	case "ping":
		return etf.Atom("pong"), gen.ServerStatusOK
	case "report":
		return st.host.Report(), gen.ServerStatusOK
	case "subscribe", "unsubscribe":
		s.subscription(p, name, arg)
		return etf.Atom("ok"), gen.ServerStatusOK
	}
	st.resize(p.Context(), arg.(int), func(err error) { door.Reply(st.host, p, from, resized(err), 0) })
	return nil, gen.ServerStatusIgnore
}

func resized(err error) etf.Term {
	if err == nil {
		return etf.Atom("ok")
	}
	return request.Error(err)
}

func atoms(names []string) etf.List {
	l := make(etf.List, len(names))
	for i, n := range names {
		l[i] = etf.Atom(n)
	}
	return l
}

// resize ends before a caller's default timeout.
func (st *state) resize(ctx context.Context, size int, end func(error)) {
	ctx, cancel := context.WithTimeout(ctx, request.DefaultTimeout)
	st.host.Resize(ctx, size, func(err error) {
		cancel()
		end(err)
	})
}
