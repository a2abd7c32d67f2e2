package look

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"syscall"

	"github.com/paxoskv/paxoskv/cmd/node/doctor"
	"github.com/paxoskv/paxoskv/dist"
)

// one looks at one node.
func (l *looking) one(ctx context.Context, name string) *doctor.Node {
	n := &doctor.Node{Name: name}
	if !l.find(ctx, n) {
		return n
	}
	l.wire.SetAddress(name, n.Address)
	dialing, cancel := context.WithTimeout(ctx, l.o.Patience)
	defer cancel()
	err := l.wire.Dial(dialing, name)
	if err == nil {
		err = l.wire.Wait(dialing, name) // until then nothing can be sent
	}
	if err != nil {
		n.Reach, n.Why = reach(err)
		return n
	}
	l.ask(ctx, n)
	return n
}

// find says where a node listens, or why that is not known. Where no port mapper
// tells, the way by which another node has reached it is taken.
func (l *looking) find(ctx context.Context, n *doctor.Node) bool {
	host := doctor.Host(n.Name)
	if port := l.o.Ports[n.Name]; port != 0 {
		n.Address = net.JoinHostPort(host, strconv.Itoa(port))
		return true
	}
	l.mu.Lock()
	way := l.ways[n.Name]
	l.mu.Unlock()
	if way != "" && len(l.o.Ports) > 0 {
		n.Address = way // a cluster that does without port mappers
		return true
	}
	m := l.mapper(ctx, host)
	switch port := m.ports[n.Name]; {
	case port != 0:
		n.Address = net.JoinHostPort(host, strconv.Itoa(port))
	case way != "":
		n.Address = way
	case m.err != nil:
		n.Reach, n.Why = doctor.Unmapped, strings.TrimPrefix(m.err.Error(), "epmd: names: ")
	default:
		n.Reach = doctor.Unregistered
	}
	return n.Address != ""
}

// reach says how far an attempt to link came, by its error, and what that says.
func reach(err error) (doctor.Reach, string) {
	why := err.Error()
	var opening *net.OpError
	switch {
	case errors.Is(err, dist.ErrCookie):
		return doctor.Cookie, why
	case errors.Is(err, dist.ErrWrongName):
		return doctor.Misnamed, afterName(why)
	case errors.Is(err, dist.ErrNotAllowed):
		return doctor.Barred, why
	case errors.Is(err, dist.ErrMissingFlags):
		return doctor.Old, why
	case errors.As(err, &opening) && opening.Op == "dial":
		if errors.Is(err, syscall.ECONNREFUSED) {
			return doctor.Refused, why
		}
		return doctor.Unreachable, why
	case errors.Is(err, dist.ErrHandshake), errors.Is(err, context.DeadlineExceeded):
		return doctor.Silent, why
	}
	return doctor.Odd, why
}

// callsItself stands before the name of a node that has another than expected.
const callsItself = "calls itself "

// afterName is what a node that has another name than expected said.
func afterName(why string) string {
	if i := strings.LastIndex(why, callsItself); i >= 0 {
		return "it " + why[i:]
	}
	return why
}
