package shell

import (
	"errors"
	"fmt"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/term"
)

// ErrNotClusterInfo is returned for a text that is no answer of the cluster command.
var ErrNotClusterInfo = errors.New("not an answer of the cluster command")

// term is [{size,3},{nodes,[...]},{quorum,true}].
func (i ClusterInfo) term() any {
	nodes := etf.List{}
	for _, n := range i.Nodes {
		nodes = append(nodes, etf.Atom(n))
	}
	return etf.List{
		etf.Tuple{etf.Atom("size"), i.Size},
		etf.Tuple{etf.Atom("nodes"), nodes},
		etf.Tuple{etf.Atom("quorum"), i.Quorum},
	}
}

// ParseClusterInfo reads the answer of the cluster command.
func ParseClusterInfo(answer string) (ClusterInfo, error) {
	v, err := term.Parse(answer)
	if err != nil {
		return ClusterInfo{}, fmt.Errorf("%w: %w", ErrNotClusterInfo, err)
	}
	outer, _ := v.(etf.Tuple)
	if len(outer) != 2 || outer[0] != etf.Atom("ok") {
		return ClusterInfo{}, ErrNotClusterInfo
	}
	var info ClusterInfo
	pairs, _ := outer[1].(etf.List)
	for _, pair := range pairs {
		if err := info.set(pair); err != nil {
			return ClusterInfo{}, err
		}
	}
	return info, nil
}

// set takes one pair of the list. A pair with another name is for a later
// version to know.
func (i *ClusterInfo) set(pair any) error {
	t, _ := pair.(etf.Tuple)
	if len(t) != 2 {
		return ErrNotClusterInfo
	}
	ok := true
	switch t[0] {
	case etf.Atom("size"):
		i.Size, ok = t[1].(int)
	case etf.Atom("quorum"):
		i.Quorum, ok = t[1].(bool)
	case etf.Atom("nodes"):
		var nodes etf.List
		nodes, ok = t[1].(etf.List)
		for _, n := range nodes {
			name, isAtom := n.(etf.Atom)
			ok = ok && isAtom
			i.Nodes = append(i.Nodes, string(name))
		}
	}
	if !ok {
		return ErrNotClusterInfo
	}
	return nil
}
