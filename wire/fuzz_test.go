package wire_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/wire"
)

func named(err error) bool {
	return slices.ContainsFunc([]error{wire.ErrVersion, wire.ErrTruncated, wire.ErrMalformed, wire.ErrTooLarge},
		func(sentinel error) bool { return errors.Is(err, sentinel) })
}

// FuzzDecode: no frame makes the decoder panic, an error is one of ours, and
// what is read can be written, to no more bytes, and read again as the same.
func FuzzDecode(f *testing.F) {
	for _, s := range []source{&distinct{}, lowest{}} {
		var all []paxos.Envelope
		for _, b := range bodies {
			env := envelope(filled(f, s, b))
			all = append(all, env)
			addFrame(f, env)
		}
		addFrame(f, all...)
	}
	f.Add([]byte{})
	f.Add([]byte{wire.Version + 1, 0, 0, 0})
	var d wire.Decoder
	f.Fuzz(func(t *testing.T, frame []byte) {
		from, to, envs, err := d.Decode(frame)
		if err != nil {
			require.True(t, named(err), err)
			return
		}
		envs = slices.Clone(envs)
		again, err := wire.AppendFrame(nil, from, to, envs)
		require.NoError(t, err)
		require.LessOrEqual(t, len(again), len(frame))
		from2, to2, envs2, err := d.Decode(again)
		require.NoError(t, err)
		require.Equal(t, from, from2)
		require.Equal(t, to, to2)
		require.Equal(t, len(envs), len(envs2))
		for i := range envs {
			require.Equal(t, envs[i], envs2[i])
		}
	})
}

// addFrame adds a seed.
func addFrame(f *testing.F, envs ...paxos.Envelope) {
	frame, err := wire.AppendFrame(nil, alice, bob, envs)
	require.NoError(f, err)
	f.Add(frame)
}
