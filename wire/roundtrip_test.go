package wire_test

import (
	"fmt"
	"math/rand"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/wire"
)

var (
	alice = paxos.NodeID{Name: "alice@127.0.0.1", Incarnation: 1 << 60}
	bob   = paxos.NodeID{Name: "bob@127.0.0.1", Incarnation: 7}
)

func envelope(b paxos.Body) paxos.Envelope {
	return paxos.Envelope{From: alice, To: bob, Cluster: 1 << 63, Epoch: 300, Body: b}
}

// requireRoundTrip writes and reads envs, which go from alice to bob.
func requireRoundTrip(t *testing.T, d *wire.Decoder, envs ...paxos.Envelope) {
	t.Helper()
	frame, err := wire.AppendFrame(nil, alice, bob, envs)
	require.NoError(t, err)
	from, to, got, err := d.Decode(frame)
	require.NoError(t, err)
	require.Equal(t, alice, from)
	require.Equal(t, bob, to)
	require.Equal(t, len(envs), len(got))
	for i := range envs {
		require.Equal(t, envs[i], got[i])
	}
}

func TestEveryBodyComesBack(t *testing.T) {
	sources := map[string]func() source{
		"every field": func() source { return &distinct{} },
		"highest":     func() source { return highest{} },
		"lowest":      func() source { return lowest{} },
	}
	for name, s := range sources {
		for _, b := range bodies {
			t.Run(fmt.Sprintf("%s/%s", name, reflect.TypeOf(b).Name()), func(t *testing.T) {
				requireRoundTrip(t, new(wire.Decoder), envelope(filled(t, s(), b)))
			})
		}
	}
}

// TestRandomBatchesComeBack sends batches of random messages with changing
// contexts through one decoder.
func TestRandomBatchesComeBack(t *testing.T) {
	r := random{rand.New(rand.NewSource(1))}
	var d wire.Decoder
	for range 3000 {
		var envs []paxos.Envelope
		for range r.Intn(8) {
			env := envelope(filled(t, r, bodies[r.Intn(len(bodies))]))
			env.Cluster = paxos.ClusterID(r.Intn(2))
			env.Epoch = paxos.Epoch(r.Intn(3))
			envs = append(envs, env)
		}
		requireRoundTrip(t, &d, envs...)
	}
}

// TestBothSigns: the deadline is the one number that may be below zero.
func TestBothSigns(t *testing.T) {
	for _, ms := range []int64{-1 << 63, -1, 0, 1, 1<<63 - 1} {
		guards := []paxos.Guard{{Kind: paxos.GuardTime, Deadline: ms}}
		requireRoundTrip(t, new(wire.Decoder), envelope(paxos.Inspect{Key: "k", Guards: guards}))
	}
}

// TestManyIdentities passes the bounds at which the tables of identities change
// their shape, then checks that the next, small frame is right again.
func TestManyIdentities(t *testing.T) {
	var d wire.Decoder
	for _, n := range []int{1, 14, 15, 16, 17, 100, 5000, 3} {
		var envs []paxos.Envelope
		for i := range 2 * n {
			p := paxos.NodeID{Name: fmt.Sprintf("n%d", i%n), Incarnation: uint64(i % 7)}
			envs = append(envs, envelope(paxos.Accepted{Key: "k", Ballot: paxos.Ballot{Counter: 1, Proposer: p}}))
		}
		requireRoundTrip(t, &d, envs...)
	}
}

// TestIdentityIsWrittenOnce counts the bytes: another message by the same
// proposer costs no name, no cluster and no epoch.
func TestIdentityIsWrittenOnce(t *testing.T) {
	env := envelope(paxos.Prepare{Key: "key", Ballot: paxos.Ballot{Counter: 5, Proposer: alice}})
	one, err := wire.AppendFrame(nil, alice, bob, []paxos.Envelope{env})
	require.NoError(t, err)
	two, err := wire.AppendFrame(nil, alice, bob, []paxos.Envelope{env, env})
	require.NoError(t, err)
	require.Equal(t, 1+1+3+1+1, len(two)-len(one)) // tag, key, counter, proposer
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	envs := []paxos.Envelope{envelope(paxos.ConfigRequest{})}
	frame, err := wire.AppendFrame([]byte("before"), alice, bob, envs)
	require.NoError(t, err)
	require.Equal(t, "before", string(frame[:6]))
	_, _, got, err := new(wire.Decoder).Decode(frame[6:])
	require.NoError(t, err)
	require.Equal(t, envs, got)
}

// TestEmptyListIsNil: the form does not tell them apart.
func TestEmptyListIsNil(t *testing.T) {
	env := envelope(paxos.Inspect{Key: "k", Guards: []paxos.Guard{}})
	frame, err := wire.AppendFrame(nil, alice, bob, []paxos.Envelope{env})
	require.NoError(t, err)
	_, _, got, err := new(wire.Decoder).Decode(frame)
	require.NoError(t, err)
	require.Nil(t, got[0].Body.(paxos.Inspect).Guards)
}
