package wire_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/wire"
)

// benchBodies makes messages as a put of a fresh value sends them: a key of 16
// bytes, a value of 32, and for a promise a vote on such a value.
var benchBodies = []struct {
	name string
	body func(i int) paxos.Body
}{
	{"prepare", func(i int) paxos.Body {
		return paxos.Prepare{Key: benchKey(i), Ballot: benchBallot(i)}
	}},
	{"promise-empty", func(i int) paxos.Body {
		return paxos.Promise{Key: benchKey(i), Ballot: benchBallot(i)}
	}},
	{"promise-vote", func(i int) paxos.Body {
		vote := paxos.Vote{Ballot: benchBallot(i), Entry: benchEntry(i), Own: true}
		return paxos.Promise{Key: benchKey(i), Ballot: benchBallot(i + 1), Vote: vote}
	}},
	{"accept", func(i int) paxos.Body {
		return paxos.Accept{Key: benchKey(i), Ballot: benchBallot(i), Entry: benchEntry(i)}
	}},
	{"accepted", func(i int) paxos.Body {
		return paxos.Accepted{Key: benchKey(i), Ballot: benchBallot(i)}
	}},
}

func benchKey(i int) paxos.Key { return paxos.Key(fmt.Sprintf("key-%012d", i)) }

func benchBallot(i int) paxos.Ballot {
	return paxos.Ballot{Counter: uint64(1_000_000 + i), Proposer: alice}
}

func benchEntry(i int) *paxos.Entry {
	return &paxos.Entry{Rev: benchBallot(i), Value: paxos.Value(strings.Repeat("v", 32))}
}

func benchFrames(b *testing.B, run func(b *testing.B, envs []paxos.Envelope, frame []byte)) {
	for _, m := range benchBodies {
		for _, n := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/%d", m.name, n), func(b *testing.B) {
				var envs []paxos.Envelope
				for i := range n {
					envs = append(envs, envelope(m.body(i)))
				}
				frame, err := wire.AppendFrame(nil, alice, bob, envs)
				require.NoError(b, err)
				b.ReportAllocs()
				b.ResetTimer()
				run(b, envs, frame)
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/msg")
				b.ReportMetric(float64(len(frame))/float64(n), "B/msg")
			})
		}
	}
}

func BenchmarkAppendFrame(b *testing.B) {
	benchFrames(b, func(b *testing.B, envs []paxos.Envelope, frame []byte) {
		var err error
		for range b.N {
			if frame, err = wire.AppendFrame(frame[:0], alice, bob, envs); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	benchFrames(b, func(b *testing.B, _ []paxos.Envelope, frame []byte) {
		var d wire.Decoder
		for range b.N {
			if _, _, _, err := d.Decode(frame); err != nil {
				b.Fatal(err)
			}
		}
	})
}
