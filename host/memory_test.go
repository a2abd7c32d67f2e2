package host

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/wire"
)

// BenchmarkMemory tells what a key costs in memory, as B/key: a binary of 12
// bytes as the key and of 16 as the value, besides the 28 bytes of these two.
//
//	go test ./host -run '^$' -bench Memory -benchtime 200000x
func BenchmarkMemory(b *testing.B) {
	pid := func(n int) paxos.Guard {
		p := etf.Pid{Node: "b@host", ID: uint64(1000 + n), Creation: 1}
		subject, err := term.Key(p)
		require.NoError(b, err)
		return paxos.Guard{Kind: paxos.GuardPID, Subject: string(subject), Node: "b@host", Creation: 1}
	}
	for _, c := range []struct {
		name   string
		guards func(i int) []paxos.Guard
	}{
		{"free", func(int) []paxos.Guard { return nil }},
		{"tied-1000-to-a-pid", func(i int) []paxos.Guard { return []paxos.Guard{pid(i / 1000)} }},
		{"tied-each-to-a-pid", func(i int) []paxos.Guard { return []paxos.Guard{pid(i)} }},
	} {
		b.Run("member/"+c.name, func(b *testing.B) { memory(b, c.guards, (*peerOfMember).put) })
		b.Run("no-seat/"+c.name, func(b *testing.B) { memory(b, c.guards, (*peerOfMember).tell) })
	}
}

// peerOfMember is a node that has entries chosen on the host's node, or tells it
// of them.
type peerOfMember struct {
	h      *Host
	bucket *Bucket
	self   paxos.NodeID
	cfg    *paxos.Config
	dec    wire.Decoder
	n      uint64
}

func memory(b *testing.B, guards func(int) []paxos.Guard, each func(*peerOfMember, testing.TB, []paxos.Envelope)) {
	h, n, p := fakeHost(b, 3)
	go func() {
		for range p.out { // what the host answers
		}
	}()
	m := &peerOfMember{h: h, bucket: openAll(h, "B"), self: paxos.NodeID{Name: "b@host", Incarnation: 1}}
	n.connect(h, m.self.Name)
	m.cfg = &paxos.Config{Cluster: 1, Epoch: 1, Size: 3,
		Seats: []paxos.Seat{{Node: h.Self(), Since: 1}, {Node: m.self, Since: 1}}}
	m.send(b, paxos.Envelope{Body: paxos.ConfigChosen{Config: m.cfg}})
	const batch = 64
	before := heap()
	b.ResetTimer()
	for i := 0; i < b.N; i += batch {
		var envs []paxos.Envelope
		for k := i; k < min(i+batch, b.N); k++ {
			m.n++
			key, err := m.bucket.key([]byte(fmt.Sprintf("user-%07d", k)))
			require.NoError(b, err)
			value, err := term.Encode([]byte(fmt.Sprintf("value--%09d", k)))
			require.NoError(b, err)
			at := paxos.Ballot{Counter: m.n, Proposer: m.self}
			envs = append(envs, m.env(paxos.Accept{Key: key, Ballot: at,
				Entry: &paxos.Entry{Rev: at, Value: paxos.Value(value), Guards: guards(k)}}))
		}
		each(m, b, envs)
	}
	b.StopTimer()
	b.ReportMetric((heap()-before)/float64(b.N), "B/key")
	b.ReportMetric(0, "ns/op")
	runtime.KeepAlive(m)
}

func heap() float64 {
	runtime.GC()
	runtime.GC() // what a finalizer or a pool held
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return float64(s.HeapAlloc)
}

func (m *peerOfMember) env(b paxos.Body) paxos.Envelope {
	return paxos.Envelope{From: m.self, To: m.h.Self(), Cluster: m.cfg.Cluster, Epoch: m.cfg.Epoch, Body: b}
}

func (m *peerOfMember) send(tb testing.TB, envs ...paxos.Envelope) {
	for i := range envs {
		envs[i].From, envs[i].To = m.self, m.h.Self()
	}
	frame, err := wire.AppendFrame(nil, m.self, m.h.Self(), envs)
	require.NoError(tb, err)
	m.h.Receive(frame)
}

// put has the host's acceptor vote for entries, and learn that they were chosen.
func (m *peerOfMember) put(tb testing.TB, accepts []paxos.Envelope) {
	m.send(tb, accepts...)
	var chosen []paxos.Envelope
	for _, e := range accepts {
		a := e.Body.(paxos.Accept)
		chosen = append(chosen, m.env(paxos.Chosen{Key: a.Key, Ballot: a.Ballot}))
	}
	m.send(tb, chosen...)
}

// tell has the host's node learn entries as the answers to its reads do.
func (m *peerOfMember) tell(tb testing.TB, accepts []paxos.Envelope) {
	frame, err := wire.AppendFrame(nil, m.self, m.h.Self(), accepts)
	require.NoError(tb, err)
	_, _, envs, err := m.dec.Decode(frame)
	require.NoError(tb, err)
	m.h.do(func(t *task) {
		for _, e := range envs {
			a := e.Body.(paxos.Accept)
			t.learned = append(t.learned, paxos.Learned{Cluster: m.cfg.Cluster, Key: a.Key, Entry: a.Entry})
		}
	})
}
