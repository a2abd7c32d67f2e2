package host

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/stretchr/testify/require"
)

// lossyNet joins hosts by a network that loses messages while a test wants that,
// and that cuts links, or lets them fall silent.
type lossyNet struct {
	t     *testing.T
	loses atomic.Bool
	mu    sync.Mutex
	hosts map[string]*Host
	nodes map[string]*fakeNode
	cut   map[[2]string]bool
	mute  map[[2]string]bool
}

// lossyProcess sends through the network, without waiting.
type lossyProcess struct {
	gen.Process
	net  *lossyNet
	node string
}

func (p *lossyProcess) Self() etf.Pid            { return etf.Pid{Node: etf.Atom(p.node), ID: 1000, Creation: 7} }
func (p *lossyProcess) NodeName() string         { return p.node }
func (p *lossyProcess) IsAlive() bool            { return true }
func (p *lossyProcess) Context() context.Context { return context.Background() }

func (p *lossyProcess) Send(to any, message etf.Term) error {
	id, ok := to.(gen.ProcessID)
	frame, isFrame := message.([]byte)
	if !ok || !isFrame {
		return nil
	}
	n := p.net
	n.mu.Lock()
	h, cut := n.hosts[id.Node], n.cut[pair(p.node, id.Node)] || n.mute[pair(p.node, id.Node)]
	n.mu.Unlock()
	if !cut && h != nil && !(n.loses.Load() && rand.IntN(10) == 0) {
		h.Receive(frame)
	}
	return nil
}

func pair(a, b string) [2]string { return [2]string{min(a, b), max(a, b)} }

// newLossyNet starts so many hosts, of a cluster of a size, with a bucket.
func newLossyNet(t *testing.T, size, hosts int) (*lossyNet, []*Bucket) {
	return newLossyNetOn(t, size, hosts, nil)
}

// newLossyNetOn starts them on a distribution.
func newLossyNetOn(t *testing.T, size, hosts int, wire Links) (*lossyNet, []*Bucket) {
	n := &lossyNet{t: t, hosts: make(map[string]*Host), nodes: make(map[string]*fakeNode), cut: make(map[[2]string]bool),
		mute: make(map[[2]string]bool)}
	var bs []*Bucket
	for range hosts {
		node := &fakeNode{name: nodeName(t)}
		p := &lossyProcess{net: n, node: node.name}
		h := Of(node, p)
		h.SetLinks(wire)
		require.NoError(t, h.Attach(p, Options{Size: size}, nil))
		bs = append(bs, openAll(h, "B"))
		n.mu.Lock()
		n.hosts[node.name], n.nodes[node.name] = h, node
		n.mu.Unlock()
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for name, h := range n.hosts {
		wg.Go(func() {
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for i := 0; ; i++ {
				select {
				case <-stop:
					n.nodes[name].connect(h)
					return
				case <-tick.C:
				}
				n.connect(name)
				h.Tick()
				if i%5 == 0 {
					h.Sweep()
				}
			}
		})
	}
	t.Cleanup(func() {
		close(stop)
		wg.Wait()
	})
	for _, h := range n.hosts {
		require.Eventually(t, func() bool { return h.Quorum() && len(h.Cluster().Members) == size }, patience, time.Millisecond)
	}
	return n, bs
}

// connect has a node see its links as they are now.
func (n *lossyNet) connect(name string) {
	n.mu.Lock()
	var up []string
	for other := range n.hosts {
		if other != name && !n.cut[pair(name, other)] {
			up = append(up, other)
		}
	}
	node, h := n.nodes[name], n.hosts[name]
	n.mu.Unlock()
	node.connect(h, up...)
}

func (n *lossyNet) setCut(a, b *Bucket, cut bool) {
	n.mu.Lock()
	n.cut[pair(a.host.name, b.host.name)] = cut
	n.mu.Unlock()
}

// setMute has nothing pass between two nodes, which neither of them notices.
func (n *lossyNet) setMute(a, b *Bucket, mute bool) {
	n.mu.Lock()
	n.mute[pair(a.host.name, b.host.name)] = mute
	n.mu.Unlock()
}

// mortalNode is a node that can end.
type mortalNode struct {
	fakeNode
	ended atomic.Bool
}

func (n *mortalNode) IsAlive() bool { return !n.ended.Load() }
