package host

import (
	"bytes"
	"encoding/binary"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

// A key gives back what it was made of, so two buckets never share one.
func TestKeysSplitIntoWhatTheyWereMadeOf(t *testing.T) {
	require.NoError(t, quick.Check(func(bucket string, canonical []byte) bool {
		b, c, ok := splitKey(makeKey(bucket, canonical))
		return ok && b == bucket && bytes.Equal(c, canonical)
	}, nil))
	// Names and terms that run together differ all the same.
	require.NotEqual(t, makeKey("ab", []byte("c")), makeKey("a", []byte("bc")))
	require.NotEqual(t, makeKey("", []byte("\x01a")), makeKey("\x01a", nil))
	long := string(bytes.Repeat([]byte("x"), 300))
	b, c, ok := splitKey(makeKey(long, []byte{1}))
	require.True(t, ok)
	require.Equal(t, long, b)
	require.Equal(t, []byte{1}, c)
}

// Any bytes may come from a peer as a key.
func TestKeysThatNobodyMade(t *testing.T) {
	for name, k := range map[string]paxos.Key{
		"empty":              "",
		"name cut off":       "\x05abc",
		"length cut off":     "\xff",
		"length overflows":   "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		"length past 2^63":   paxos.Key(binary.AppendUvarint(nil, 1<<63)) + "a",
		"length past the 64": paxos.Key(binary.AppendUvarint(nil, ^uint64(0))),
	} {
		t.Run(name, func(t *testing.T) {
			b, c, ok := splitKey(k)
			require.False(t, ok)
			require.Empty(t, b)
			require.Empty(t, c)
		})
	}
	require.NoError(t, quick.Check(func(k []byte) bool {
		b, c, ok := splitKey(paxos.Key(k))
		return !ok || len(b)+len(c) < len(k)
	}, nil))
}

func TestAddressee(t *testing.T) {
	k := makeKey("B", []byte("k"))
	for body, want := range map[paxos.Body]string{
		paxos.Prepare{Key: k}: "B.Acceptor", paxos.Accept{Key: k}: "B.Acceptor", paxos.Query{Key: k}: "B.Acceptor",
		paxos.Collect{Key: k}: "B.Acceptor", paxos.Chosen{Key: k}: "B.Learner", paxos.Accepted{Key: k}: "B.Proposer",
		paxos.Nack{Key: k}: "B.Proposer", paxos.Answer{Key: k}: "B.Proposer", paxos.ConfigRequest{}: ClusterName,
	} {
		require.Equal(t, want, addressee(body), "%T", body)
	}
	require.Equal(t, "B.Acceptor", addressee(paxos.Inspect{Key: k}))
	require.Equal(t, "B.Proposer", addressee(paxos.Promise{Key: k}))
	require.Equal(t, ClusterName, addressee(paxos.Hello{}))
}
