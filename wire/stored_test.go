package wire_test

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/wire"
)

// storedForm writes and reads a kind of value.
type storedForm struct {
	zero  any
	write func(any) ([]byte, error)
	read  func([]byte) (any, error)
}

type slotBallots struct{ Floor, Collected paxos.Ballot }

var storedForms = []storedForm{
	{paxos.Ballot{},
		func(v any) ([]byte, error) { return wire.AppendBallot(nil, v.(paxos.Ballot)) },
		func(b []byte) (any, error) { return wire.ReadBallot(b) }},
	{paxos.Held{},
		func(v any) ([]byte, error) { return wire.AppendHeld(nil, v.(paxos.Held)) },
		func(b []byte) (any, error) { return wire.ReadHeld(b) }},
	{slotBallots{},
		func(v any) ([]byte, error) {
			return wire.AppendSlot(nil, v.(slotBallots).Floor, v.(slotBallots).Collected)
		},
		func(b []byte) (any, error) {
			floor, collected, err := wire.ReadSlot(b)
			return slotBallots{floor, collected}, err
		}},
	{paxos.MemberState{},
		func(v any) ([]byte, error) { s := v.(paxos.MemberState); return wire.AppendMember(nil, &s) },
		func(b []byte) (any, error) { return wire.ReadMember(b) }},
}

// What is kept on disk comes back as it was, and every cut of it is refused.
func TestStoredFormsComeBack(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for _, f := range storedForms {
		for i, s := range append([]source{&distinct{}, highest{}, lowest{}}, manyRandom(r, 300)...) {
			v := reflect.New(reflect.TypeOf(f.zero)).Elem()
			fill(t, s, v, v.Type().Name())
			b, err := f.write(v.Interface())
			require.NoError(t, err)
			got, err := f.read(b)
			require.NoError(t, err)
			require.Equal(t, v.Interface(), got)
			if i == 1 {
				continue // too long to be cut everywhere
			}
			for n := range b {
				_, err := f.read(b[:n])
				require.True(t, named(err), "%d of %d bytes: %v", n, len(b), err)
			}
			_, err = f.read(append(b, 0))
			require.ErrorIs(t, err, wire.ErrMalformed)
		}
	}
}

func manyRandom(r *rand.Rand, n int) (s []source) {
	for range n {
		s = append(s, random{r})
	}
	return s
}

// TestStoredFormsArePinned: a change needs another format of the files on disk.
func TestStoredFormsArePinned(t *testing.T) {
	file := filepath.Join("testdata", "stored.golden")
	var text strings.Builder
	for _, f := range storedForms {
		v := reflect.New(reflect.TypeOf(f.zero)).Elem()
		fill(t, &distinct{}, v, v.Type().Name())
		b, err := f.write(v.Interface())
		require.NoError(t, err)
		fmt.Fprintf(&text, "%s %x\n", v.Type().Name(), b)
	}
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(text.String()), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), text.String())
}
