package request

import (
	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/term"
)

// ParseCluster reads a request to the cluster service: its name, and its
// argument, which is an int of 1 or more for resize_cluster and an etf.Pid for
// subscribe and unsubscribe.
func ParseCluster(message any) (name string, arg any, err error) {
	if raw, ok := message.(term.Raw); ok {
		if message, err = term.Decode(raw); err != nil {
			return "", nil, bad("%v", err)
		}
	}
	switch m := message.(type) {
	case etf.Atom:
		switch m {
		case "cluster_size", "nodes", "nodes_and_cluster_size", "quorum", "ping", "report":
			return string(m), nil, nil
		}
	case etf.Tuple:
		if len(m) == 2 {
			if name, ok := m[0].(etf.Atom); ok && clusterArg(name, &m[1]) {
				return string(name), m[1], nil
			}
		}
	}
	return "", nil, bad("expected cluster_size, nodes, nodes_and_cluster_size, quorum, ping, report, "+
		"{resize_cluster, Size}, {subscribe, Pid} or {unsubscribe, Pid}, got %s", show(message))
}

// clusterArg says whether an argument suits a request, and makes a size an int.
func clusterArg(name etf.Atom, arg *etf.Term) bool {
	switch name {
	case "resize_cluster":
		n, ok := integer(*arg)
		*arg = int(n)
		return ok && n >= 1 && n <= 1<<10
	case "subscribe", "unsubscribe":
		_, ok := (*arg).(etf.Pid)
		return ok
	}
	return false
}
