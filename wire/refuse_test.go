package wire_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/wire"
)

// The parts of a frame by hand, from a#1 to b#2.
const (
	version = "\x01"
	from    = "\x01\x01a\x01"
	to      = "\x02\x01b\x02"
	top     = version + from + to
	request = "\x37"                     // ConfigRequest
	query   = "\x03\x01k"                // Query of k, before its round
	inspect = "\x04\x01k\x09"            // Inspect of k, before its guards
	merge   = "\x41\x00\x00\x00\x00\x00" // MergeState, before its parts of slots
)

func uvarint(v uint64) string { return string(binary.AppendUvarint(nil, v)) }

func TestRefusedFrames(t *testing.T) {
	long := uvarint(math.MaxUint64)[:9] + "\x02" // 65 bits
	for _, c := range []struct {
		name, frame string
		want        error
	}{
		{"nothing", "", wire.ErrTruncated},
		{"version 0", "\x00" + from + to + "\x00", wire.ErrVersion},
		{"version 2", "\x02" + from + to + "\x00", wire.ErrVersion},
		{"version 255 and no more", "\xff", wire.ErrVersion},
		{"version alone", version, wire.ErrTruncated},
		{"no to", version + from, wire.ErrTruncated},
		{"no count", top, wire.ErrTruncated},
		{"identity out of order", version + "\x02\x01a\x01" + to + "\x00", wire.ErrMalformed},
		{"number of 65 bits", version + long, wire.ErrMalformed},
		{"number of 11 bytes", version + strings.Repeat("\x80", 11), wire.ErrMalformed},
		{"name beyond the end", version + "\x01\x7fa\x01", wire.ErrTruncated},
		{"huge name", version + "\x01" + uvarint(math.MaxUint64), wire.ErrTruncated},
		{"name too long", version + "\x01" + uvarint(wire.MaxName+1) + strings.Repeat("a", wire.MaxName+1) +
			"\x01" + to + "\x00", wire.ErrTooLarge},
		{"messages beyond the end", top + "\x02" + request, wire.ErrTruncated},
		{"huge count", top + uvarint(math.MaxUint64) + request, wire.ErrTruncated},
		{"too many messages", top + uvarint(wire.MaxMessages+1) +
			strings.Repeat(request, wire.MaxMessages+1), wire.ErrTooLarge},
		{"trailing byte", top + "\x01" + request + "\x00", wire.ErrMalformed},
		{"trailing message", top + "\x01" + request + request, wire.ErrMalformed},
		{"unknown tag", top + "\x01\x7f", wire.ErrMalformed},
		{"tag 0", top + "\x01\x00", wire.ErrMalformed},
		{"context cut", top + "\x01\xb7", wire.ErrTruncated},
		{"key beyond the end", top + "\x01\x03\x05k\x00", wire.ErrTruncated},
		{"round missing", top + "\x01" + query, wire.ErrTruncated},
		{"second message bad", top + "\x02" + request + query, wire.ErrTruncated},
		{"huge list of guards", top + "\x01" + inspect + uvarint(1<<62) + strings.Repeat("\x01", 50), wire.ErrTruncated},
		{"kind of guard 0", top + "\x01" + inspect + "\x01\x00\x00\x00\x00\x00\x00\x00", wire.ErrMalformed},
		{"kind of guard 5", top + "\x01" + inspect + "\x01\x05\x00\x00\x00\x00\x00\x00", wire.ErrMalformed},
		{"name with incarnation", top + "\x01" + inspect + "\x01\x02\x00\x01\x00\x00\x00\x00", wire.ErrMalformed},
		{"creation of 33 bits", top + "\x01" + inspect + "\x01\x02\x00\x00" + uvarint(1<<32) + "\x00\x00\x00", wire.ErrMalformed},
		{"state of guards 3", top + "\x01\x14\x01k\x00\x03", wire.ErrMalformed},
		{"bool 2", top + "\x01\x31\x00\x00\x02\x00", wire.ErrMalformed},
		{"size above an int", top + "\x01\x30" + uvarint(1<<63) + strings.Repeat("\x00", 20), wire.ErrMalformed},
		{"slot 1024", top + "\x01" + merge + "\x01" + uvarint(paxos.Slots) + strings.Repeat("\x00", 8), wire.ErrMalformed},
		{"slot after the end", top + "\x01\x40" + uvarint(paxos.Slots+1) + "\x00\x00", wire.ErrMalformed},
		{"more slots than there are", top + "\x01" + merge + uvarint(paxos.Slots+1) +
			strings.Repeat("\x00", 8*(paxos.Slots+1)), wire.ErrMalformed},
	} {
		t.Run(c.name, func(t *testing.T) { requireRefused(t, []byte(c.frame), c.want) })
	}
	huge := make([]byte, wire.MaxFrame+1)
	huge[0] = wire.Version
	requireRefused(t, huge, wire.ErrTooLarge)
}

// TestPartsByHandAreRight: the frames above are refused for their one fault.
func TestPartsByHandAreRight(t *testing.T) {
	for _, messages := range []string{
		"\x00", "\x01" + request, "\x02" + request + request, "\x01\xb7\x05\x06", "\x01" + query + "\x00",
		"\x01" + inspect + "\x01\x02\x00\x00\x00\x00\x00\x00", "\x01\x14\x01k\x00\x02",
		"\x01\x31\x00\x00\x01\x00", "\x01" + merge + "\x01" + uvarint(paxos.Slots-1) + strings.Repeat("\x00", 7),
		"\x01\x40" + uvarint(paxos.Slots) + "\x00" + uvarint(paxos.Slots),
	} {
		gotFrom, gotTo, _, err := new(wire.Decoder).Decode([]byte(top + messages))
		require.NoError(t, err, "%q", messages)
		require.Equal(t, paxos.NodeID{Name: "a", Incarnation: 1}, gotFrom)
		require.Equal(t, paxos.NodeID{Name: "b", Incarnation: 2}, gotTo)
	}
}

// requireRefused also checks that nothing of the frame comes out, and that the
// decoder works after it.
func requireRefused(t *testing.T, frame []byte, want error) {
	t.Helper()
	var d wire.Decoder
	gotFrom, gotTo, envs, err := d.Decode(frame)
	require.ErrorIs(t, err, want)
	require.Zero(t, gotFrom)
	require.Zero(t, gotTo)
	require.Nil(t, envs)
	requireRoundTrip(t, &d, envelope(paxos.Query{Key: "k", Round: 1}))
}

func TestVersionIsNamed(t *testing.T) {
	_, _, _, err := new(wire.Decoder).Decode([]byte{9, 1, 2, 3})
	require.ErrorIs(t, err, wire.ErrVersion)
	require.EqualError(t, err, "wire: unknown version: frame of version 9, this node reads version 1")
}

// TestCutFrames cuts the frame of each body everywhere, and adds a byte to it.
func TestCutFrames(t *testing.T) {
	var d wire.Decoder
	for _, b := range bodies {
		frame, err := wire.AppendFrame(nil, alice, bob, []paxos.Envelope{envelope(filled(t, &distinct{}, b))})
		require.NoError(t, err)
		for n := range frame {
			_, _, _, err := d.Decode(frame[:n])
			require.ErrorIs(t, err, wire.ErrTruncated, "%T cut at %d", b, n)
		}
		_, _, _, err = d.Decode(append(frame, 0))
		require.ErrorIs(t, err, wire.ErrMalformed, "%T", b)
	}
}

// TestChangedBytes changes each byte of the frame of each body, bit by bit and
// to the bounds: what comes is a frame or a named error.
func TestChangedBytes(t *testing.T) {
	var d wire.Decoder
	for _, b := range bodies {
		frame, err := wire.AppendFrame(nil, alice, bob, []paxos.Envelope{envelope(filled(t, &distinct{}, b))})
		require.NoError(t, err)
		changed := bytes.Clone(frame)
		for i := range frame {
			was := frame[i]
			for _, v := range []byte{0, 1, 0x7f, 0x80, 0xff, was ^ 1, was ^ 2, was ^ 4, was ^ 8,
				was ^ 16, was ^ 32, was ^ 64, was ^ 128} {
				changed[i] = v
				if _, _, _, err := d.Decode(changed); err != nil {
					require.True(t, named(err), "%T, byte %d = %d: %v", b, i, v, err)
				}
			}
			changed[i] = was
		}
	}
}

func TestRefusedEnvelopes(t *testing.T) {
	valid := envelope(paxos.ConfigRequest{})
	with := func(b paxos.Body) []paxos.Envelope { return []paxos.Envelope{valid, envelope(b)} }
	badName := paxos.NodeID{Name: strings.Repeat("n", wire.MaxName+1)}
	elsewhere, foreign := valid, valid
	elsewhere.To, foreign.From = alice, bob
	for _, c := range []struct {
		name string
		envs []paxos.Envelope
		want error
	}{
		{"to another", []paxos.Envelope{valid, elsewhere}, wire.ErrMalformed},
		{"from another", []paxos.Envelope{valid, foreign}, wire.ErrMalformed},
		{"no body", with(nil), wire.ErrMalformed},
		{"a pointer", with(&paxos.Query{}), wire.ErrMalformed},
		{"nothing to accept", with(paxos.Accept{}), wire.ErrMalformed},
		{"no configuration", with(paxos.ConfigChosen{}), wire.ErrMalformed},
		{"no kind of guard", with(paxos.Inspect{Guards: []paxos.Guard{{}}}), wire.ErrMalformed},
		{"state of guards 3", with(paxos.Inspected{Guard: 3}), wire.ErrMalformed},
		{"size below 0", with(paxos.Hello{Size: -1}), wire.ErrMalformed},
		{"slot below 0", with(paxos.MergeRequest{From: paxos.Place{Slot: -1}}), wire.ErrMalformed},
		{"slot 1024", with(paxos.MergeState{States: []paxos.SlotState{{Slot: paxos.Slots}}}), wire.ErrMalformed},
		{"slot after the end", with(paxos.MergeState{Next: paxos.Place{Slot: paxos.Slots + 1}}), wire.ErrMalformed},
		{"more slots than there are",
			with(paxos.MergeState{States: make([]paxos.SlotState, paxos.Slots+1)}), wire.ErrMalformed},
		{"name too long", with(paxos.ConfigAccepted{Ballot: paxos.Ballot{Proposer: badName}}), wire.ErrTooLarge},
		{"too many messages", slices.Repeat([]paxos.Envelope{valid}, wire.MaxMessages+1), wire.ErrTooLarge},
		{"a message too large", with(paxos.Query{Key: paxos.Key(make([]byte, wire.MaxFrame))}), wire.ErrTooLarge},
		{"messages too large", slices.Repeat([]paxos.Envelope{
			envelope(paxos.Query{Key: paxos.Key(make([]byte, wire.MaxFrame/2))})}, 2), wire.ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			dst, err := wire.AppendFrame([]byte("before"), alice, bob, c.envs)
			require.ErrorIs(t, err, c.want)
			require.Equal(t, "before", string(dst))
			requireRoundTrip(t, new(wire.Decoder), valid)
		})
	}
	_, err := wire.AppendFrame(nil, badName, bob, nil)
	require.ErrorIs(t, err, wire.ErrTooLarge)
}

// TestErrorsSayWhere: the text of an error leads to the message at fault.
func TestErrorsSayWhere(t *testing.T) {
	_, _, _, err := new(wire.Decoder).Decode([]byte(top + "\x02" + request + query))
	require.EqualError(t, err, "message 1, tag 3: wire: truncated frame: a number is cut at byte 14")
	_, err = wire.AppendFrame(nil, alice, bob, []paxos.Envelope{envelope(paxos.Inspected{Guard: 9})})
	require.EqualError(t, err, "message 0, "+reflect.TypeOf(paxos.Inspected{}).String()+
		": wire: malformed: the state of guards 9")
}
