package shake_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/paxoskv/paxoskv/dist/internal/shake"

	"github.com/stretchr/testify/require"
)

var (
	name      = shake.Name{Flags: shake.Announced, Creation: 5, Name: "a@b"}
	challenge = shake.Challenge{Name: name, Challenge: 1 << 31}
	reply     = shake.Reply{Challenge: 7, Digest: shake.MakeDigest("secret", 1<<31)}
)

func TestMessagesComeBack(t *testing.T) {
	gotName, err := shake.ParseName(append(shake.AppendName(nil, name), "later additions"...))
	require.NoError(t, err)
	require.Equal(t, name, gotName)
	gotChallenge, err := shake.ParseChallenge(shake.AppendChallenge(nil, challenge))
	require.NoError(t, err)
	require.Equal(t, challenge, gotChallenge)
	gotReply, err := shake.ParseReply(shake.AppendReply(nil, reply))
	require.NoError(t, err)
	require.Equal(t, reply, gotReply)
	gotAck, err := shake.ParseAck(shake.AppendAck(nil, reply.Digest))
	require.NoError(t, err)
	require.True(t, gotAck.Equal(reply.Digest))
	gotStatus, err := shake.ParseStatus(shake.AppendStatus(nil, shake.Alive))
	require.NoError(t, err)
	require.Equal(t, shake.Alive, gotStatus)
}

// TestBytes pins the messages to the bytes of the protocol's description.
func TestBytes(t *testing.T) {
	small := shake.Name{Flags: 0x403070f94, Creation: 1, Name: "x@y"}
	require.Equal(t, []byte("N\x00\x00\x00\x04\x03\x07\x0f\x94\x00\x00\x00\x01\x00\x03x@y"), shake.AppendName(nil, small))
	require.Equal(t, []byte("N\x00\x00\x00\x04\x03\x07\x0f\x94\x00\x00\x00\x02\x00\x00\x00\x01\x00\x03x@y"),
		shake.AppendChallenge(nil, shake.Challenge{Name: small, Challenge: 2}))
	require.Equal(t, []byte("sok_simultaneous"), shake.AppendStatus(nil, shake.OKSimultaneous))
	require.Equal(t, shake.MakeDigest("secret", 12), shake.MakeDigest("secret1", 2), "md5 of cookie ++ decimal")
}

func TestAnnouncedFlags(t *testing.T) {
	require.Equal(t, uint64(0xC075F5FBC), shake.Announced)
	require.Zero(t, shake.Missing(shake.Announced))
	require.Zero(t, shake.Missing(0xd07df7fbd), "what OTP 25 and 27 announce")
	require.Zero(t, shake.Missing(shake.Mandatory25Digest|shake.UnlinkID|shake.V4NC))
	require.Equal(t, shake.V4NC, shake.Missing(shake.Announced&^shake.V4NC))
	require.NotZero(t, shake.Missing(0))
}

func TestMalformed(t *testing.T) {
	whole := [][]byte{
		shake.AppendName(nil, name), shake.AppendChallenge(nil, challenge),
		shake.AppendReply(nil, reply), shake.AppendAck(nil, reply.Digest),
	}
	parsers := []func([]byte) error{
		func(b []byte) error { _, err := shake.ParseName(b); return err },
		func(b []byte) error { _, err := shake.ParseChallenge(b); return err },
		func(b []byte) error { _, err := shake.ParseReply(b); return err },
		func(b []byte) error { _, err := shake.ParseAck(b); return err },
	}
	for i, b := range whole {
		require.NoError(t, parsers[i](b))
		for n := range b {
			require.ErrorIs(t, parsers[i](b[:n]), shake.ErrMalformed)
		}
	}
	_, err := shake.ParseStatus([]byte("s"))
	require.ErrorIs(t, err, shake.ErrMalformed)
	_, err = shake.ParseName([]byte("n\x00\x05whatever"))
	require.ErrorIs(t, err, shake.ErrOldVersion)
}

func TestReadTakesExactlyOneMessage(t *testing.T) {
	for _, lenSize := range []int{2, 4} {
		var b bytes.Buffer
		require.NoError(t, shake.Write(&b, lenSize, []byte("one")))
		require.NoError(t, shake.Write(&b, lenSize, []byte("two")))
		b.WriteString("frames")
		slow := iotest.OneByteReader(&b)
		for _, want := range []string{"one", "two"} {
			got, err := shake.Read(slow, lenSize)
			require.NoError(t, err)
			require.Equal(t, want, string(got))
		}
		require.Equal(t, "frames", b.String())
	}
}

func TestReadRefusesSizes(t *testing.T) {
	for _, head := range []string{"\x00\x00", "\xff\xff", "\x08\x01"} {
		_, err := shake.Read(strings.NewReader(head+strings.Repeat("x", 70000)), 2)
		require.ErrorIs(t, err, shake.ErrMalformed)
	}
}

func TestValidName(t *testing.T) {
	for _, good := range []string{"a@b", "a@127.0.0.1", "é@host.example", "a@[::1]"} {
		require.True(t, shake.ValidName(good), good)
	}
	for _, bad := range []string{"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\n", "a@" + strings.Repeat("b", 300)} {
		require.False(t, shake.ValidName(bad), bad)
	}
}

// TestCrossedAttempts plays every order in which two nodes that dial each other
// can answer, and finds that one attempt survives on both sides, or that a
// standing link does.
func TestCrossedAttempts(t *testing.T) {
	low := shake.Situation{Own: "a@x", Peer: "b@x"}
	high := shake.Situation{Own: "b@x", Peer: "a@x"}
	require.Equal(t, shake.OK, low.Answer())
	low.Dialing, high.Dialing = true, true
	require.Equal(t, shake.OKSimultaneous, low.Answer(), "the greater name's attempt wins")
	require.Equal(t, shake.NOK, high.Answer(), "so the other one is turned down")
	low.Up = true
	require.Equal(t, shake.Alive, low.Answer())
}

func TestYields(t *testing.T) {
	low := shake.Situation{Own: "a@x", Peer: "b@x"}
	high := shake.Situation{Own: "b@x", Peer: "a@x"}
	// After alive, and among two of the same direction, the newer one wins.
	require.True(t, low.Yields(shake.Alive, false, true))
	require.True(t, low.Yields(shake.OK, false, false))
	// Of two that crossed both sides keep the one that b dialled: for a that is
	// the inbound one, for b the outbound one, whichever stands already.
	require.True(t, low.Yields(shake.OK, false, true))
	require.False(t, low.Yields("", true, false))
	require.True(t, high.Yields("", true, false))
	require.False(t, high.Yields(shake.OK, false, true))
}

func FuzzParse(f *testing.F) {
	f.Add(shake.AppendName(nil, name))
	f.Add(shake.AppendChallenge(nil, challenge))
	f.Add(shake.AppendReply(nil, reply))
	f.Add(shake.AppendAck(nil, reply.Digest))
	f.Add(shake.AppendStatus(nil, shake.NotAllowed))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n, err := shake.ParseName(b); err == nil {
			require.True(t, bytes.HasPrefix(b, shake.AppendName(nil, n)))
			shake.ValidName(n.Name)
			require.Zero(t, shake.Missing(n.Flags)&n.Flags)
		}
		if c, err := shake.ParseChallenge(b); err == nil {
			require.True(t, bytes.HasPrefix(b, shake.AppendChallenge(nil, c)))
		}
		if r, err := shake.ParseReply(b); err == nil {
			require.Equal(t, b, shake.AppendReply(nil, r))
		}
		if d, err := shake.ParseAck(b); err == nil {
			require.Equal(t, b, shake.AppendAck(nil, d))
		}
		if s, err := shake.ParseStatus(b); err == nil {
			require.Equal(t, b, shake.AppendStatus(nil, s))
		}
		for _, lenSize := range []int{2, 4} {
			r := bytes.NewReader(b)
			m, err := shake.Read(r, lenSize)
			if err == nil {
				rest, _ := io.ReadAll(r)
				require.Equal(t, len(b), lenSize+len(m)+len(rest))
			}
		}
	})
}
