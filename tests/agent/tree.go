package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/pauseuntil"
	"github.com/paxoskv/paxoskv/sup"
)

// Child is a child of a supervisor of one's own.
type Child struct {
	Kind    ChildKind
	Name    string        // of the child; may be empty
	Bucket  string        // of a Bucket; what a Pause waits for, a quorum if empty
	Size    int           // of a Cluster
	Timeout time.Duration // of a Pause
}

// ChildKind says what a child is.
type ChildKind int

// The kinds: parts of the store, and a process that needs them.
const (
	Bucket ChildKind = iota
	Cluster
	Pause
	Idle
)

// Tree is a supervisor to be started, with its children.
type Tree struct {
	Name     string // of the supervisor; may be empty
	Children []Child
	// Plain has it embed gen.Supervisor, and not that of package pauseuntil.
	Plain bool
}

// specs are the specifications of children of a test's own.
type specs []gen.SupervisorChildSpec

func (s specs) Init(...etf.Term) (gen.SupervisorSpec, error) {
	return gen.SupervisorSpec{
		Strategy: gen.SupervisorStrategy{Type: gen.SupervisorStrategyOneForOne, Intensity: 3, Period: 10,
			Restart: gen.SupervisorStrategyRestartPermanent},
		Children: s,
	}, nil
}

type plainTree struct {
	gen.Supervisor
	specs
}

type pausingTree struct {
	pauseuntil.Supervisor
	specs
}

// Supervise starts a supervisor of one's own, and returns when the node's Spawn
// does.
func (n *Node) Supervise(t Tree, pid *etf.Pid) error {
	var children specs
	for _, c := range t.Children {
		spec, err := n.child(c)
		if err != nil {
			return err
		}
		children = append(children, spec)
	}
	var behavior gen.ProcessBehavior = &pausingTree{specs: children}
	if t.Plain {
		behavior = &plainTree{specs: children}
	}
	p, err := n.node.Spawn(t.Name, gen.ProcessOptions{}, behavior)
	if err != nil {
		return err
	}
	*pid = p.Self()
	return nil
}

func (n *Node) child(c Child) (gen.SupervisorChildSpec, error) {
	switch c.Kind {
	case Bucket:
		return sup.BucketChild(c.Name, c.Bucket), nil
	case Cluster:
		return sup.ClusterChild(c.Name, n.hostOptions(c.Size)), nil
	case Pause:
		return pauseuntil.Child(c.Name, c.Timeout, func(ctx context.Context) error {
			if c.Bucket != "" {
				return paxoskv.WaitForBucket(ctx, c.Bucket)
			}
			return paxoskv.WaitForQuorum(ctx)
		}, pauseuntil.Log(n.log)), nil
	case Idle:
		return gen.SupervisorChildSpec{Name: c.Name, Child: &probe{mail: &mail{}}}, nil
	}
	return gen.SupervisorChildSpec{}, fmt.Errorf("no such child: %d", c.Kind)
}

// StartPart starts a part of the store under no supervisor.
func (n *Node) StartPart(c Child, done *Done) error {
	spec, err := n.child(c)
	if err != nil {
		return err
	}
	_, err = n.node.Spawn(c.Name, gen.ProcessOptions{}, spec.Child)
	done.Err = toError(err)
	return nil
}
