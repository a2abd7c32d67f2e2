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
	lives map[string]*lossyProcess
	// started is how many lives of each there were.
	started map[string]uint32
	cut     map[[2]string]bool
	mute    map[[2]string]bool
	wire    Links
	// leaves, unless nil, sees each frame that leaves a node.
	leaves func(from *lossyProcess, frame []byte)
}

// lossyProcess is a life of a node. It sends through the network, without waiting.
type lossyProcess struct {
	gen.Process
	net      *lossyNet
	node     fakeNode
	creation uint32
	host     *Host
	bucket   *Bucket
	stop     chan struct{}
	ticking  sync.WaitGroup
}

func (p *lossyProcess) Self() etf.Pid {
	return etf.Pid{Node: etf.Atom(p.node.name), ID: 1000, Creation: p.creation}
}
func (p *lossyProcess) NodeName() string         { return p.node.name }
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
	alive, other := n.lives[p.node.name] == p, n.lives[id.Node]
	cut := n.cut[pair(p.node.name, id.Node)] || n.mute[pair(p.node.name, id.Node)]
	n.mu.Unlock()
	if !alive || cut || other == nil {
		return nil
	}
	if n.leaves != nil {
		n.leaves(p, frame)
	}
	if !(n.loses.Load() && rand.IntN(10) == 0) {
		other.host.Receive(frame)
	}
	return nil
}

func pair(a, b string) [2]string { return [2]string{min(a, b), max(a, b)} }

func emptyNet(t *testing.T) *lossyNet {
	n := &lossyNet{t: t, lives: make(map[string]*lossyProcess), started: make(map[string]uint32),
		cut:  make(map[[2]string]bool),
		mute: make(map[[2]string]bool)}
	t.Cleanup(func() {
		for _, p := range n.all() {
			n.kill(p)
			p.node.connect(p.host)
		}
	})
	return n
}

// newLossyNet starts so many hosts, of a cluster of a size, with a bucket.
func newLossyNet(t *testing.T, size, hosts int) (*lossyNet, []*Bucket) {
	return newLossyNetOn(t, size, hosts, nil)
}

// newLossyNetOn starts them on a distribution.
func newLossyNetOn(t *testing.T, size, hosts int, wire Links) (*lossyNet, []*Bucket) {
	n := emptyNet(t)
	n.wire = wire
	var bs []*Bucket
	for range hosts {
		bs = append(bs, n.start(nodeName(t), Options{Size: size}).bucket)
	}
	n.settled(size)
	return n, bs
}

// start begins a life of a node.
func (n *lossyNet) start(name string, o Options) *lossyProcess {
	n.mu.Lock()
	p := &lossyProcess{net: n, creation: 7 + n.started[name], stop: make(chan struct{})}
	n.started[name]++
	n.mu.Unlock()
	p.node.name = name
	p.host = Of(&p.node, p)
	p.host.SetLinks(n.wire)
	require.NoError(n.t, p.host.Attach(p, o, nil))
	p.bucket = openAll(p.host, "B")
	n.mu.Lock()
	n.lives[name] = p
	n.mu.Unlock()
	p.ticking.Go(p.tick)
	return p
}

func (p *lossyProcess) tick() {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-p.stop:
			return
		case <-tick.C:
		}
		p.net.connect(p)
		p.host.Tick()
		if i%5 == 0 {
			p.host.Sweep()
		}
	}
}

// kill ends a life: nothing comes from it any more, and nothing reaches it.
func (n *lossyNet) kill(p *lossyProcess) {
	n.mu.Lock()
	delete(n.lives, p.node.name)
	n.mu.Unlock()
	close(p.stop)
	p.ticking.Wait()
}

func (n *lossyNet) all() (ps []*lossyProcess) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.lives {
		ps = append(ps, p)
	}
	return ps
}

// settled waits until every node sees so many members.
func (n *lossyNet) settled(members int) {
	n.t.Helper()
	for _, p := range n.all() {
		require.Eventually(n.t, func() bool { return p.host.Quorum() && len(p.host.Cluster().Members) == members },
			patience, time.Millisecond)
	}
}

// connect has a node see its links as they are now.
func (n *lossyNet) connect(p *lossyProcess) {
	n.mu.Lock()
	var up []string
	for other := range n.lives {
		if other != p.node.name && !n.cut[pair(p.node.name, other)] {
			up = append(up, other)
		}
	}
	n.mu.Unlock()
	p.node.connect(p.host, up...)
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

func (n *lossyNet) life(name string) *lossyProcess {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.lives[name]
}
