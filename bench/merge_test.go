package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/wire"
)

// mergeKeys is how many keys BenchmarkMerge takes over.
const mergeKeys = 1_000_000

// mergers are the nodes of BenchmarkMerge: two that hold the keys, and one that
// has been given the third seat.
type mergers struct {
	nodes map[string]*paxos.Replica
	queue []paxos.Envelope
	dec   wire.Decoder
	bytes int
	// longest is the longest time that a node was busy with one message.
	longest map[string]time.Duration
}

func mergerID(name string) paxos.NodeID {
	return paxos.NodeID{Name: name + "@127.0.0.1", Incarnation: 1 << 40}
}

func newMergers(keys int, value paxos.Value) *mergers {
	m := &mergers{nodes: make(map[string]*paxos.Replica), longest: make(map[string]time.Duration)}
	a, b, c := mergerID("a"), mergerID("b"), mergerID("c")
	for _, id := range []paxos.NodeID{a, b, c} {
		m.nodes[id.Name] = paxos.NewReplica(id, 1, 3, 1, paxos.DefaultTiming)
	}
	old := paxos.Config{Cluster: 1, Epoch: 1, Size: 3, Seats: []paxos.Seat{
		{Node: a, Since: 1}, {Node: b, Since: 1}, {Node: mergerID("old"), Since: 1}}}
	next := old.Replace(mergerID("old"), c)
	var out paxos.Output
	for _, id := range []paxos.NodeID{a, b} {
		r := m.nodes[id.Name]
		r.Step(0, paxos.Envelope{From: a, To: id, Body: paxos.ConfigChosen{Config: &old}}, &out)
		for i := range keys {
			bal := paxos.Ballot{Counter: uint64(i + 1), Proposer: a}
			r.Step(0, paxos.Envelope{From: a, To: id, Cluster: 1, Epoch: 1, Body: paxos.Accept{
				Key: paxos.Key(fmt.Sprintf("\x07PaxosKV\x6b\x00\x0akey%07d", i)), Ballot: bal,
				Entry: &paxos.Entry{Rev: bal, Value: value}}}, &out)
			out.Reset()
		}
		r.Step(0, paxos.Envelope{From: a, To: id, Body: paxos.ConfigChosen{Config: &next}}, &out)
		out.Reset()
	}
	r := m.nodes[c.Name]
	for _, id := range []paxos.NodeID{a, b} {
		r.PeerUp(id.Name, &out)
		r.Step(0, paxos.Envelope{From: id, To: c, Body: paxos.Hello{Size: 3, Creation: 1, Config: next}}, &out)
	}
	r.Member.Tick(1, &out) // the first Hello made it ask one source alone
	m.queue = append(m.queue, out.Messages...)
	return m
}

// run carries the messages, each in a frame of its own, until there are none.
func (m *mergers) run(tb testing.TB) {
	for len(m.queue) > 0 && !m.nodes[mergerID("c").Name].Member.Voting() {
		env := m.queue[0]
		m.queue = m.queue[1:]
		r := m.nodes[env.To.Name]
		if r == nil {
			continue
		}
		frame, err := wire.AppendFrame(nil, env.From, env.To, []paxos.Envelope{env})
		require.NoError(tb, err)
		m.bytes += len(frame)
		_, _, envs, err := m.dec.Decode(frame)
		require.NoError(tb, err)
		var out paxos.Output
		began := time.Now()
		r.Step(0, envs[0], &out)
		if d := time.Since(began); d > m.longest[env.To.Name] {
			m.longest[env.To.Name] = d
		}
		m.queue = append(m.queue, out.Messages...)
	}
}

// BenchmarkMerge has a node that was given a seat merge the state of two others,
// a million keys, through the real wire form: what it takes apart from the
// network. max-source-ms and max-reader-ms are the longest times that a node was
// busy with one message of it.
func BenchmarkMerge(b *testing.B) {
	for _, size := range []int{10, 1000} {
		b.Run(fmt.Sprintf("value=%d", size), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				m := newMergers(mergeKeys, paxos.Value(make([]byte, size)))
				b.StartTimer()
				m.run(b)
				c := m.nodes[mergerID("c").Name]
				require.True(b, c.Member.Voting())
				require.Equal(b, mergeKeys, c.Acceptor.Len())
				b.ReportMetric(float64(m.bytes)/(1<<20), "MiB")
				b.ReportMetric(m.longest[mergerID("a").Name].Seconds()*1e3, "max-source-ms")
				b.ReportMetric(m.longest[mergerID("c").Name].Seconds()*1e3, "max-reader-ms")
			}
		})
	}
}
