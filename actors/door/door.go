// Package door is what the actors of a bucket have in common: a gen_server that
// opens a role of the bucket in its node's host, hands it the frames of peers,
// and answers requests when they are done, without ever waiting.
package door

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/node"

	"github.com/paxoskv/paxoskv/actors/genserver"
	"github.com/paxoskv/paxoskv/actors/request"
	"github.com/paxoskv/paxoskv/host"
)

// MailboxSize is that of a door. Frames that find it full are lost, and asked
// for again by the protocol's timers.
const MailboxSize = 8192

// Serve carries out a request on a bucket.
type Serve func(ctx context.Context, b *host.Bucket, r request.Request, end func(host.Answer, error))

// Door is the behaviour of an actor of a bucket. It is started with one
// argument, the bucket's name.
type Door struct {
	genserver.Server
	Role host.Role
	// Names are the requests that it takes, by their first element.
	Names []string
	Serve Serve
}

// HostOf is the host of the node that p runs on.
func HostOf(p gen.Process) (*host.Host, error) {
	n, ok := p.Env(node.EnvKeyNode).(node.Node)
	if !ok {
		return nil, errors.New("the process has no node in its environment")
	}
	h := host.Of(n, p)
	if l, ok := p.Env(host.LinksKey).(host.Links); ok {
		h.SetLinks(l)
	}
	return h, nil
}

// State of a door: all else is in the host, where it survives the actor.
type State struct {
	Host   *host.Host
	Bucket *host.Bucket
	// Own is what an actor that is more than a door keeps for itself.
	Own any
}

// Init opens the role.
func (d *Door) Init(p *gen.ServerProcess, args ...etf.Term) error {
	name, ok := "", len(args) == 1
	if ok {
		name, ok = args[0].(string)
	}
	if !ok || name == "" {
		return fmt.Errorf("a bucket's actor takes the bucket's name, got %v", args)
	}
	h, err := HostOf(p)
	if err != nil {
		return err
	}
	p.State = &State{Host: h, Bucket: h.Open(name, d.Role)}
	return nil
}

// Terminate closes the role.
func (d *Door) Terminate(p *gen.ServerProcess, reason string) {
	if s, ok := p.State.(*State); ok {
		s.Bucket.Close(d.Role)
	}
}

// HandleInfo takes frames of peers.
func (d *Door) HandleInfo(p *gen.ServerProcess, message etf.Term) gen.ServerStatus {
	if frame, ok := message.([]byte); ok {
		p.State.(*State).Host.Receive(frame)
	}
	return gen.ServerStatusOK
}

// HandleCast takes nothing.
func (d *Door) HandleCast(*gen.ServerProcess, etf.Term) gen.ServerStatus { return gen.ServerStatusOK }

// HandleDirect takes nothing.
func (d *Door) HandleDirect(*gen.ServerProcess, etf.Ref, any) (any, gen.DirectStatus) {
	return nil, errors.New("not a request of the store")
}

// HandleCall starts a request; the reply follows when it is done.
func (d *Door) HandleCall(p *gen.ServerProcess, from gen.ServerFrom, message etf.Term) (etf.Term, gen.ServerStatus) {
	s := p.State.(*State)
	s.Host.Heard(string(from.Pid.Node))
	if flooded(p) {
		return request.Error(s.Host.Busy()), gen.ServerStatusOK
	}
	r, err := request.Parse(message)
	if err != nil {
		return request.Error(err), gen.ServerStatusOK
	}
	bucket := s.Bucket
	if r.Bucket != "" {
		bucket = s.Host.Bucket(r.Bucket)
	}
	switch {
	case !slices.Contains(d.Names, r.Name):
		return request.Error(fmt.Errorf("%w: this server takes %v", request.ErrBadRequest, d.Names)), gen.ServerStatusOK
	case bucket == nil:
		return request.Error(host.ErrUnknownBucket), gen.ServerStatusOK
	}
	// Not the context of p: when this door closes, the bucket ends what has to end,
	// and says why.
	ctx, cancel := context.WithTimeout(context.Background(), r.Timeout)
	d.Serve(ctx, bucket, r, func(a host.Answer, err error) {
		cancel()
		Reply(s.Host, p, from, r.Reply(a, err), len(a.Value))
	})
	return nil, gen.ServerStatusIgnore
}

// flooded says whether the mailbox is three quarters full. What comes on top of a
// full one waits in the distribution, and at last is dropped without an answer; to
// refuse takes a fraction of the time that a request takes.
func flooded(p *gen.ServerProcess) bool {
	mailbox := p.ProcessChannels().Mailbox
	return len(mailbox) > cap(mailbox)/4*3
}

// Reply answers a gen_server call that p took, from any goroutine: through the
// host's outboxes, without waiting for the network, or by p where no cluster
// service runs. The reply takes about so many bytes.
func Reply(h *host.Host, p gen.Process, from gen.ServerFrom, reply etf.Term, bytes int) {
	to, message := any(from.Pid), etf.Tuple{from.Ref, reply}
	if from.ReplyByAlias {
		to, message[0] = etf.Alias(from.Ref), etf.ListImproper{etf.Atom("alias"), from.Ref}
	}
	if h.Running() {
		h.SendLong(string(from.Pid.Node), to, message, bytes)
	} else if p.Send(to, message) != nil {
		h.Stats.Dropped.Add(1)
	}
}
