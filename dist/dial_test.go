package dist_test

import (
	"fmt"
	"testing"

	"github.com/ergo-services/ergo/etf"
	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/dist"
)

func TestDial(t *testing.T) {
	a, b := two(t, childConfig{}, childConfig{})
	a.do(nil, "dial", b.name)
	a.do(nil, "wait", b.name)
	a.do(nil, "dial", b.name) // there is a link

	err := a.try(nil, "dial", "nobody@127.0.0.1")
	require.ErrorContains(t, err, dist.ErrNoLink.Error())
	require.ErrorContains(t, err, dist.ErrNoAddress.Error(), "it says why")
	require.ErrorContains(t, a.try(nil, "dial", a.name), dist.ErrName.Error())
	require.ErrorContains(t, a.try(nil, "dial", "nonsense"), dist.ErrName.Error())

	// What was parted on purpose stays so, until somebody asks for a link.
	a.do(nil, "disconnect", b.name)
	eventually(t, "both to be apart", func() bool { return !hasPeer(a, b.name) && !hasPeer(b, a.name) })
	require.ErrorContains(t, a.try(nil, "dial", b.name), dist.ErrNoLink.Error())
	require.False(t, hasPeer(a, b.name))
	a.do(nil, "connect", b.name)
	a.do(nil, "wait", b.name)
	var trouble map[string]string
	a.do(&trouble, "trouble")
	require.Empty(t, trouble, "only what Connect was asked for, and has no link")

	// A node that Connect looks after is left to it.
	b.kill()
	eventually(t, "the link to be gone", func() bool { return !hasPeer(a, b.name) })
	require.ErrorContains(t, a.try(nil, "dial", b.name), dist.ErrNoLink.Error())
}

// A link that Dial made is not made again.
func TestDialIsOneAttempt(t *testing.T) {
	a, b := two(t, childConfig{}, childConfig{})
	a.do(nil, "dial", b.name)
	a.do(nil, "wait", b.name)
	b.do(nil, "disconnect", a.name)
	requireEvents(t, a, b.name+" true", b.name+" false")
	for range 20 { // each takes as long as another attempt would
		require.Error(t, a.try(nil, "dial", "nobody@127.0.0.1"))
	}
	requireEvents(t, a, b.name+" true", b.name+" false")
}

// What the environment offers tells one life of a peer from the next.
func TestLinkTellsLives(t *testing.T) {
	a, b := pair(t, childConfig{})
	var before, after, none linkTo
	a.do(&before, "link to", b.name)
	require.True(t, before.Env)
	require.NotZero(t, before.Creation)
	require.NotZero(t, before.Serial)
	a.do(&none, "link to", "nobody@127.0.0.1")
	require.Equal(t, linkTo{Env: true}, none)

	var pid etf.Pid
	b.do(&pid, "spawn", "x", "", 0)
	require.Equal(t, before.Creation, pid.Creation)
	b.kill()
	b = startChild(t, childConfig{Name: b.name})
	a.do(nil, "address", b.name, fmt.Sprintf("127.0.0.1:%d", b.port))
	// Either end may count the link as up before the other one does.
	eventually(t, "the new link is known", func() bool {
		a.do(&after, "link to", b.name)
		return after.Serial > before.Serial
	})
	a.do(nil, "wait", b.name) // a link is told of before core knows it
	require.NotZero(t, after.Creation)
	require.NotEqual(t, before.Creation, after.Creation)

	// The new life is not asked about a process of the old one.
	a.do(nil, "watch", "agent", pid)
	require.Equal(t, []string{"DOWN pid incarnation"}, waitLog(t, a, "agent", 1))
	requireClean(t, a)
}
