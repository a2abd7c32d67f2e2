package agent

// Connect has the node dial another, and keep dialling.
func (n *Node) Connect(name string, _ *struct{}) error { return n.wire.Connect(name) }

// Disconnect drops the link to a node and dials it no more.
func (n *Node) Disconnect(name string, _ *struct{}) error {
	n.wire.Disconnect(name)
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
