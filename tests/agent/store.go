package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/term"
)

// Put calls paxoskv.Put.
func (n *Node) Put(r Request, reply *Reply) error {
	return r.run(reply, func(ctx context.Context, key any, opts []paxoskv.Option) (paxoskv.Result, error) {
		return paxoskv.Put(ctx, key, r.Value, opts...)
	})
}

// Get calls paxoskv.Get.
func (n *Node) Get(r Request, reply *Reply) error {
	return r.run(reply, func(ctx context.Context, key any, opts []paxoskv.Option) (paxoskv.Result, error) {
		res, err := paxoskv.Get(ctx, key, opts...)
		if err == nil && res.Raw == nil { // the default
			res.Raw, err = term.Encode(res.Value)
		}
		return res, err
	})
}

// PID calls paxoskv.PID.
func (n *Node) PID(r Request, reply *Reply) error {
	return r.run(reply, func(ctx context.Context, key any, opts []paxoskv.Option) (paxoskv.Result, error) {
		pid, err := paxoskv.PID(ctx, key, opts...)
		return encoded(pid, err)
	})
}

// Node calls paxoskv.Node.
func (n *Node) Node(r Request, reply *Reply) error {
	return r.run(reply, func(ctx context.Context, key any, opts []paxoskv.Option) (paxoskv.Result, error) {
		name, err := paxoskv.Node(ctx, key, opts...)
		return encoded(etf.Atom(name), err)
	})
}

func encoded(v any, err error) (paxoskv.Result, error) {
	if err != nil {
		return paxoskv.Result{}, err
	}
	raw, err := term.Encode(v)
	return paxoskv.Result{Raw: raw}, err
}

// run makes a call of the API. A panic of it is caught and told.
func (r Request) run(reply *Reply, call func(context.Context, any, []paxoskv.Option) (paxoskv.Result, error)) error {
	ctx, cancel := context.WithTimeout(context.Background(), r.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err, ok := p.(error)
			if !ok {
				err = fmt.Errorf("panic: %v", p)
			}
			*reply = Reply{Err: toError(err), Panicked: true}
		}
	}()
	opts, err := r.Options.list()
	if err != nil {
		return err
	}
	began := Now()
	res, err := call(ctx, r.Key, opts)
	*reply = Reply{Value: res.Raw, Rev: res.Rev, Mine: res.Mine, Found: res.Found, Stale: res.Stale, Err: toError(err),
		Began: began, Ended: Now()}
	return nil
}

func (o Options) list() ([]paxoskv.Option, error) {
	var opts []paxoskv.Option
	if o.Bucket != "" {
		opts = append(opts, paxoskv.InBucket(o.Bucket))
	}
	for _, p := range o.PIDs {
		opts = append(opts, paxoskv.TiedToPID(p))
	}
	for _, name := range o.Nodes {
		opts = append(opts, paxoskv.TiedToNode(name))
	}
	for _, k := range o.Keys {
		opts = append(opts, paxoskv.TiedToKey(k))
	}
	if !o.Until.IsZero() {
		opts = append(opts, paxoskv.Until(o.Until))
	}
	if o.Default != nil {
		v, err := term.Decode(o.Default)
		if err != nil {
			return nil, err
		}
		opts = append(opts, paxoskv.Default(v))
	}
	if o.Stale {
		opts = append(opts, paxoskv.Stale())
	}
	return append(opts, paxoskv.OnNoQuorum(o.NoQuorum)), nil
}

// Cluster calls paxoskv.Cluster.
func (n *Node) Cluster(_ struct{}, info *paxoskv.ClusterInfo) error {
	c, err := paxoskv.Cluster()
	*info = c
	return err
}

// Resize is a call of paxoskv.ResizeCluster.
type Resize struct {
	Size    int
	Timeout time.Duration
}

// Resize calls paxoskv.ResizeCluster.
func (n *Node) Resize(r Resize, done *Done) error {
	ctx, cancel := context.WithTimeout(context.Background(), r.Timeout)
	defer cancel()
	done.Err = toError(paxoskv.ResizeCluster(ctx, r.Size))
	return nil
}

// Wait is a call of WaitForBucket, or of WaitForQuorum where Bucket is empty.
type Wait struct {
	Bucket  string
	Timeout time.Duration
}

// Wait calls paxoskv.WaitForBucket or paxoskv.WaitForQuorum.
func (n *Node) Wait(w Wait, done *Done) error {
	ctx, cancel := context.WithTimeout(context.Background(), w.Timeout)
	defer cancel()
	err := error(nil)
	if w.Bucket != "" {
		err = paxoskv.WaitForBucket(ctx, w.Bucket)
	} else {
		err = paxoskv.WaitForQuorum(ctx)
	}
	done.Err = toError(err)
	return nil
}

// Ping calls paxoskv.Ping.
func (n *Node) Ping(_ struct{}, done *Done) error {
	done.Err = toError(paxoskv.Ping())
	return nil
}

// Subscription is a call of paxoskv.Subscribe, or of Unsubscribe.
type Subscription struct {
	PID etf.Pid
	Off bool
}

// Subscribe calls paxoskv.Subscribe or paxoskv.Unsubscribe.
func (n *Node) Subscribe(s Subscription, done *Done) error {
	do := paxoskv.Subscribe
	if s.Off {
		do = paxoskv.Unsubscribe
	}
	done.Err = toError(do(s.PID))
	return nil
}
