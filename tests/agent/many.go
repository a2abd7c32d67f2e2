package agent

import (
	"context"
	"sync"
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv"
)

// Many asks for processes of the node, each with a key {Tag, number} tied to it.
type Many struct {
	Count   int
	Tag     etf.Atom
	Timeout time.Duration
}

// TieMany starts them, some dozens at a time.
func (n *Node) TieMany(m Many, pids *[]etf.Pid) error {
	*pids = make([]etf.Pid, m.Count)
	errs := make(chan error, m.Count)
	limit := make(chan struct{}, 64)
	var all sync.WaitGroup
	for i := range m.Count {
		limit <- struct{}{}
		all.Go(func() {
			defer func() { <-limit }()
			if err := n.tie(m, i+1, &(*pids)[i]); err != nil {
				errs <- err
			}
		})
	}
	all.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

func (n *Node) tie(m Many, number int, pid *etf.Pid) error {
	if err := n.Spawn(struct{}{}, pid); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), m.Timeout)
	defer cancel()
	_, err := paxoskv.Put(ctx, etf.Tuple{m.Tag, number}, 1, paxoskv.TiedToPID(*pid))
	return err
}

// KillMany ends processes of the node.
func (n *Node) KillMany(pids []etf.Pid, _ *struct{}) error {
	for _, pid := range pids {
		if p := n.node.ProcessByPid(pid); p != nil {
			p.Kill()
		}
	}
	return nil
}
