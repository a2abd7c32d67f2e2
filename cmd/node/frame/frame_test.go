package frame_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/cmd/node/frame"
)

func TestRoundTrip(t *testing.T) {
	for _, req := range []frame.Request{
		{Token: 1, Cancel: true},
		{Token: 18446744073709551615, Deadline: time.UnixMilli(1700000000123), Line: "put  a {b, c}"},
		{Token: 2, Deadline: time.UnixMilli(-5), Line: ""},
	} {
		got, err := frame.ParseRequest(req.String())
		require.NoError(t, err)
		require.Equal(t, req, got)
	}
	for _, a := range []frame.Answer{{Token: frame.Ready, Text: "ok"}, {Token: 7, Text: "{ok, 1}"}, {Token: 7}} {
		got, err := frame.ParseAnswer(a.String())
		require.NoError(t, err)
		require.Equal(t, a, got)
	}
}

func TestBadFrames(t *testing.T) {
	for _, line := range []string{"", "put a b", "run", "run x 1 a", "run -1 1 a", "run 1", "run 1 2", "run 1 x a", "cancel", "cancel x", "Run 1 2 a"} {
		_, err := frame.ParseRequest(line)
		require.ErrorIs(t, err, frame.ErrFrame, line)
	}
	for _, line := range []string{"", "7", "x ok", "-1 ok", " ok"} {
		_, err := frame.ParseAnswer(line)
		require.ErrorIs(t, err, frame.ErrFrame, line)
	}
}
