package host

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ergo-services/ergo/etf"
	"github.com/ergo-services/ergo/gen"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/wire"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// fakeNode is a node with the connections that a test gives it.
type fakeNode struct {
	name string
	mu   sync.Mutex
	up   []string
}

func (n *fakeNode) Name() string                     { return n.name }
func (n *fakeNode) IsAlive() bool                    { return true }
func (n *fakeNode) ProcessByPid(etf.Pid) gen.Process { return nil }
func (n *fakeNode) ProcessByName(string) gen.Process { return nil }
func (n *fakeNode) Nodes() []string                  { n.mu.Lock(); defer n.mu.Unlock(); return n.up }
func (n *fakeNode) connect(h *Host, names ...string) {
	n.mu.Lock()
	n.up = names
	n.mu.Unlock()
	h.Network()
}

// sent is something that left through a fakeProcess.
type sent struct {
	to      any
	message etf.Term
}

// fakeProcess stands for the cluster service. Each of its sends waits until the
// test takes it.
type fakeProcess struct {
	gen.Process
	node string
	out  chan sent
}

func (p *fakeProcess) Self() etf.Pid            { return etf.Pid{Node: etf.Atom(p.node), ID: 1000, Creation: 7} }
func (p *fakeProcess) NodeName() string         { return p.node }
func (p *fakeProcess) IsAlive() bool            { return true }
func (p *fakeProcess) Context() context.Context { return context.Background() }
func (p *fakeProcess) Send(to any, message etf.Term) error {
	p.out <- sent{to, message}
	return nil
}

var nodes atomic.Int64

// nodeName is a new one: a host outlives its test.
func nodeName(t testing.TB) string { return fmt.Sprintf("%s-%d@host", t.Name(), nodes.Add(1)) }

// fakeHost is a host on a fake node.
func fakeHost(t testing.TB, size int) (*Host, *fakeNode, *fakeProcess) {
	t.Helper()
	return fakeHostWith(t, Options{Size: size})
}

func fakeHostWith(t testing.TB, o Options) (*Host, *fakeNode, *fakeProcess) {
	t.Helper()
	n := &fakeNode{name: nodeName(t)}
	p := &fakeProcess{node: n.name, out: make(chan sent)}
	h := Of(n, p)
	require.NoError(t, h.Attach(p, o, nil))
	t.Cleanup(func() { n.connect(h) })
	return h, n, p
}

// alone is a host that is a cluster of its own, with a bucket.
func alone(t *testing.T) (*Host, *Bucket) {
	t.Helper()
	return aloneWith(t, Options{})
}

func aloneWith(t testing.TB, o Options) (*Host, *Bucket) {
	t.Helper()
	o.Size = 1
	h, _, _ := fakeHostWith(t, o)
	b := openAll(h, "B")
	require.Eventually(t, func() bool { h.Tick(); return h.Quorum() }, patience, time.Millisecond)
	return h, b
}

func openAll(h *Host, name string) (b *Bucket) {
	for r := range roles {
		b = h.Open(name, r)
	}
	return b
}

func receive[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case x := <-c:
		return x
	case <-time.After(patience):
		require.FailNow(t, "nothing came", what)
		panic("unreachable")
	}
}

// frame decodes what was sent as a frame.
func frame(t *testing.T, s sent) (to string, envs []paxos.Envelope) {
	t.Helper()
	var d wire.Decoder
	_, _, envs, err := d.Decode(s.message.([]byte))
	require.NoError(t, err)
	return s.to.(gen.ProcessID).Name, envs
}

// otherProcess is another process of the same node.
type otherProcess struct{ fakeProcess }

func (p *otherProcess) Self() etf.Pid { return etf.Pid{Node: etf.Atom(p.node), ID: 1001, Creation: 7} }
