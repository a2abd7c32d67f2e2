package host

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func resize(b *Bucket, ctx context.Context, size int) error {
	ended := make(chan error, 1)
	b.host.Resize(ctx, size, func(err error) { ended <- err })
	return <-ended
}

// A resize ends, also when the node ends in the instant in which it begins.
func TestResizeEndsWithTheNode(t *testing.T) {
	for range 200 {
		h, _, _ := fakeHost(t, 3)
		ended := make(chan error, 1)
		go h.Resize(context.Background(), 4, func(err error) { ended <- err })
		go h.Close()
		err := receive(t, "the end of the resize", ended) // this one is in no cluster
		require.True(t, errors.Is(err, ErrClosed) || errors.Is(err, ErrRefused), err)
	}
}

// A member that does not merge after a change of size holds up the next one, also
// where it is gone by then: whoever asks is told which one.
func TestResizeHeldUp(t *testing.T) {
	net, bs := newLossyNet(t, 4, 4)
	silent := bs[3]
	for _, b := range bs[:3] {
		net.setMute(b, silent, true)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, resize(bs[0], ctx, 5))
	require.Eventually(t, bs[0].host.Quorum, patience, time.Millisecond)
	require.Equal(t, []string{silent.host.name}, bs[0].host.Cluster().Unmerged)
	for _, b := range bs[:3] {
		net.setCut(b, silent, true)
	}
	short, cancelShort := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancelShort()
	err := resize(bs[0], short, 4)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, silent.host.name)

	for _, b := range bs[:3] {
		net.setMute(b, silent, false)
		net.setCut(b, silent, false)
	}
	require.NoError(t, resize(bs[0], ctx, 4))
	require.Eventually(t, func() bool { return len(bs[0].host.Cluster().Unmerged) == 0 }, patience, time.Millisecond)
}
