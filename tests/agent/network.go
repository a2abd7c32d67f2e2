package agent

import (
	"errors"

	"github.com/paxoskv/paxoskv/host"
)

// Connect has the node dial another, and keep dialling.
func (n *Node) Connect(name string, _ *struct{}) error { return n.wire.Connect(name) }

// Disconnect drops the link to a node and dials it no more.
func (n *Node) Disconnect(name string, _ *struct{}) error {
	n.wire.Disconnect(name)
	return nil
}

// Creation is the life of another node that the store knows to be connected; 0 where
// it knows of none. It hears of a link, or of its end, after the wire.
func (n *Node) Creation(name string, creation *uint32) error {
	h := host.Find("")
	if h == nil {
		return errors.New("the store does not run")
	}
	*creation = h.Creation(name)
	return nil
}

// Peers lists the names of the nodes to which there is a link.
func (n *Node) Peers(_ struct{}, names *[]string) error {
	*names = []string{}
	if n.wire == nil {
		*names = append(*names, n.node.Nodes()...)
		return nil
	}
	for _, p := range n.wire.Peers() {
		*names = append(*names, p.Name)
	}
	return nil
}
