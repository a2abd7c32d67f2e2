package agent

import (
	"fmt"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv/sup"
)

// Tree is a supervisor to be started, with its children.
type Tree struct {
	Name     string // of the supervisor; may be empty
	Children []Child
}

// tree is a supervisor of a test's own.
type tree struct {
	gen.Supervisor
	children []gen.SupervisorChildSpec
}

func (t *tree) Init(...etf.Term) (gen.SupervisorSpec, error) {
	return gen.SupervisorSpec{
		Strategy: gen.SupervisorStrategy{Type: gen.SupervisorStrategyOneForOne, Intensity: 3, Period: 10,
			Restart: gen.SupervisorStrategyRestartPermanent},
		Children: t.children,
	}, nil
}

// Supervise starts a supervisor of one's own over parts of the store.
func (n *Node) Supervise(t Tree, pid *etf.Pid) error {
	own := &tree{}
	for _, c := range t.Children {
		switch c.Kind {
		case Bucket:
			own.children = append(own.children, sup.BucketChild(c.Name, c.Bucket))
		case Cluster:
			own.children = append(own.children, sup.ClusterChild(c.Name, n.hostOptions(c.Size)))
		default:
			return fmt.Errorf("no such part: %d", c.Kind)
		}
	}
	p, err := n.node.Spawn(t.Name, gen.ProcessOptions{}, own)
	if err != nil {
		return err
	}
	*pid = p.Self()
	return nil
}

// StartPart starts a part of the store under no supervisor.
func (n *Node) StartPart(c Child, done *Done) error {
	behavior := sup.Bucket(c.Bucket)
	if c.Kind == Cluster {
		behavior = sup.Cluster(n.hostOptions(c.Size))
	}
	_, err := n.node.Spawn(c.Name, gen.ProcessOptions{}, behavior)
	done.Err = toError(err)
	return nil
}
