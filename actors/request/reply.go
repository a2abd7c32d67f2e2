package request

import (
	"errors"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/host"
	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
)

// Reply is the reply to a request that ended with a or err.
func (r *Request) Reply(a host.Answer, err error) etf.Term {
	var v any
	if err == nil {
		v, err = r.value(a)
	}
	switch {
	case errors.Is(err, host.ErrNotFound) && r.HasDefault:
		return OK(r.Default)
	case err != nil:
		return Error(err)
	case r.Rev:
		return etf.Tuple{etf.Atom("ok"), v, rev(a.Rev)}
	}
	return OK(v)
}

// rev is a rev as a term. The node is a binary: atoms are ordered otherwise.
func rev(v paxos.Rev) etf.Term {
	return etf.Tuple{v.Counter, []byte(v.Proposer.Name), v.Proposer.Incarnation}
}

// value is what the request asked for: the value, or the process or node that
// the key is tied to.
func (r *Request) value(a host.Answer) (any, error) {
	switch r.Name {
	case "pid":
		return PID(a)
	case "node":
		n, err := Node(a)
		return etf.Atom(n), err
	}
	return term.Decode(a.Value)
}

// PID is the first process that the key of a is tied to, or ErrNotFound.
func PID(a host.Answer) (etf.Pid, error) {
	for _, g := range a.Guards {
		if g.Kind == paxos.GuardPID {
			v, err := term.Decode([]byte(g.Subject))
			if p, ok := v.(etf.Pid); ok && err == nil {
				return p, nil
			}
		}
	}
	return etf.Pid{}, host.ErrNotFound
}

// Node is the first node that the key of a is tied to, or else the node of the
// first process that it is tied to, or ErrNotFound.
func Node(a host.Answer) (string, error) {
	node := ""
	for _, g := range a.Guards {
		switch {
		case g.Kind == paxos.GuardNode:
			return g.Node, nil
		case g.Kind == paxos.GuardPID && node == "":
			node = g.Node
		}
	}
	if node == "" {
		return "", host.ErrNotFound
	}
	return node, nil
}
