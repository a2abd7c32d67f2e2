package host

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/term"
	"github.com/paxoskv/paxoskv/watch"
)

// silentWire is a distribution that bears a silence.
type silentWire struct{ silence time.Duration }

func (w silentWire) Link(string) (uint32, uint64)       { return 7, 1 }
func (w silentWire) Dial(context.Context, string) error { return nil }
func (w silentWire) Silence() time.Duration             { return w.silence }

// silentNet is a network whose nodes bear a silence that lasts longer than their
// questions take on a busy machine.
func silentNet(t *testing.T, size, hosts int) (*lossyNet, []*Bucket) {
	return newLossyNetOn(t, size, hosts, silentWire{4 * time.Second})
}

func putTied(t *testing.T, b *Bucket, key any, ties Ties) paxos.Rev {
	t.Helper()
	type end struct {
		a   Answer
		err error
	}
	c := make(chan end, 1)
	b.Put(context.Background(), Query{Key: key, Value: 1, Ties: ties}, func(a Answer, err error) { c <- end{a, err} })
	e := receive(t, "the end of the put", c)
	require.NoError(t, e.err)
	require.True(t, e.a.Mine)
	return e.a.Rev
}

// shortLived has something put that lives for d; for longer where that was over
// before it was put.
func shortLived(t *testing.T, d time.Duration, put func(until time.Time) error) {
	t.Helper()
	for ; ; d *= 2 {
		err := put(time.Now().Add(d))
		if errors.Is(err, ErrInvalidValue) && d < patience {
			continue
		}
		require.NoError(t, err)
		return
	}
}

func lose(ctx context.Context, b *Bucket, key any, rev paxos.Rev) <-chan error {
	lost := make(chan error, 1)
	go func() { lost <- b.Lost(ctx, key, rev) }()
	return lost
}

// stays says that an owner is not told while its node asks a few times.
func stays(t *testing.T, b *Bucket, lost <-chan error) {
	t.Helper()
	rounds := func() uint64 {
		b.vouching.mu.Lock()
		defer b.vouching.mu.Unlock()
		return b.vouching.round
	}
	// Of some questions the answers have long been too late to count by then.
	for enough := rounds() + 7; rounds() < enough; {
		select {
		case err := <-lost:
			require.Fail(t, "told too early", "%v", err)
		case <-time.After(time.Millisecond):
		}
	}
}

// An owner is told while the others still take its node for connected, and so
// before they can erase its entry: on a member, and on a node without a seat.
func TestLostBeforeTheOthersSuspect(t *testing.T) {
	for name, at := range map[string]int{"member": 0, "no seat": 3} {
		t.Run(name, func(t *testing.T) {
			net, bs := silentNet(t, 3, 4)
			if at == 3 {
				at = seatless(bs)
			}
			b := bs[at]
			var others []*Bucket // that have a seat
			for i, o := range bs {
				if i != at && i != seatless(bs) {
					others = append(others, o)
				}
			}
			rev := putTied(t, b, "k", Ties{Nodes: []string{b.host.name}})
			lost := lose(context.Background(), b, "k", rev)
			stays(t, b, lost)
			net.setMute(b, others[0], true)
			stays(t, b, lost)
			for _, o := range others[1:] {
				net.setMute(b, o, true)
			}
			require.ErrorIs(t, receive(t, "the loss", lost), ErrNoQuorum)
			a, err := getNow(t, others[0], "k")
			require.NoError(t, err)
			require.Equal(t, rev, a.Rev)
			require.ErrorIs(t, b.Lost(context.Background(), "k", rev), ErrNoQuorum, "asked again, in the silence")

			for _, o := range others {
				net.setCut(b, o, true)
			}
			require.Eventually(t, func() bool {
				_, err := getNow(t, others[0], "k")
				return err != nil
			}, patience, time.Millisecond, "erased once the cut is seen")
			for _, o := range others {
				net.setCut(b, o, false)
				net.setMute(b, o, false)
			}
			require.Eventually(t, func() bool { return b.host.Quorum() }, patience, time.Millisecond)
			require.ErrorIs(t, b.Lost(context.Background(), "k", rev), ErrErased)
			require.Eventually(t, func() bool { return asking(b) == nil }, patience, time.Millisecond)
		})
	}
}

// asking are those whom a bucket asks about.
func asking(b *Bucket) map[string]*vouchers {
	b.vouching.mu.Lock()
	defer b.vouching.mu.Unlock()
	return b.vouching.groups
}

// seatless is the bucket on the node that has no seat.
func seatless(bs []*Bucket) (i int) {
	for i, b := range bs {
		seated := false
		b.host.read(func(r *paxos.Replica) { seated = r.Member.Config().Has(b.host.Self()) })
		if !seated {
			return i
		}
	}
	return -1
}

// A connection that is broken off is noticed by its own end, at once.
func TestLostByABrokenConnection(t *testing.T) {
	// Of the last questions the answers count for longer than receive waits.
	net, bs := newLossyNetOn(t, 3, 3, silentWire{4 * patience})
	rev := putTied(t, bs[0], "k", Ties{Nodes: []string{bs[0].host.name}})
	lost := lose(context.Background(), bs[0], "k", rev)
	require.Eventually(t, func() bool { return answered(bs[0]) == 2 }, patience, time.Millisecond)
	require.Empty(t, lost)
	net.setCut(bs[0], bs[1], true)
	net.setCut(bs[0], bs[2], true)
	require.ErrorIs(t, receive(t, "the loss, not by waiting for answers", lost), ErrNoQuorum)
}

// answered is how many other members have said that they vouch.
func answered(b *Bucket) (n int) {
	b.vouching.mu.Lock()
	defer b.vouching.mu.Unlock()
	for _, g := range b.vouching.groups {
		n = max(n, len(g.until))
	}
	return n
}

// What an entry is tied to on other nodes the members are asked about as well.
func TestLostWithAnotherNode(t *testing.T) {
	net, bs := silentNet(t, 3, 4)
	lone := bs[seatless(bs)]
	var members []*Bucket
	for _, b := range bs {
		if b != lone {
			members = append(members, b)
		}
	}
	rev := putTied(t, members[0], "k", Ties{Nodes: []string{lone.host.name}})
	lost := lose(context.Background(), members[0], "k", rev)
	stays(t, members[0], lost)
	net.setCut(lone, members[1], true)
	stays(t, members[0], lost)
	net.setMute(members[1], members[2], true) // so that no round has the suspicions of both
	net.setCut(lone, members[2], true)
	require.ErrorIs(t, receive(t, "the loss", lost), ErrNoQuorum)
}

// An owner is told of the end of its entry, of one that was over before, and of a
// deadline, by its own clock.
func TestLostByItsEnd(t *testing.T) {
	h, b := alone(t)
	ctx := context.Background()
	var dead Answer
	shortLived(t, 50*time.Millisecond, func(until time.Time) (err error) {
		dead, err = put(b, Query{Key: "dead", Value: 1, Ties: Ties{Until: until}})
		return err
	})
	lost := lose(ctx, b, "dead", dead.Rev)
	require.ErrorIs(t, receive(t, "the loss", lost), ErrErased)

	var guarded Answer
	shortLived(t, 100*time.Millisecond, func(until time.Time) error {
		_, err := put(b, Query{Key: "guard", Value: 1, Ties: Ties{Until: until}})
		if err == nil {
			guarded, err = put(b, Query{Key: "k", Value: 1, Ties: Ties{Keys: []any{"guard"}}})
		}
		return err
	})
	rev := guarded.Rev
	lost = lose(ctx, b, "k", rev)
	require.Eventually(t, func() bool {
		h.Sweep()
		_, err := getNow(t, b, "k")
		return err != nil
	}, patience, time.Millisecond)
	require.ErrorIs(t, receive(t, "the loss", lost), ErrErased)

	again := putTied(t, b, "k", Ties{Nodes: []string{h.name}})
	require.ErrorIs(t, b.Lost(ctx, "k", rev), ErrErased, "replaced")
	require.ErrorIs(t, b.Lost(ctx, "never", again), ErrErased)
	require.ErrorIs(t, b.Lost(ctx, func() {}, again), term.ErrBadTerm)

	ctx, cancel := context.WithCancelCause(ctx)
	lost = lose(ctx, b, "k", again)
	stays(t, b, lost)
	cancel(errGone)
	require.ErrorIs(t, receive(t, "the end", lost), errGone)
}

// An entry that is tied to nothing is not lost with the others.
func TestFreeEntryIsNeverLost(t *testing.T) {
	net, bs := silentNet(t, 3, 3)
	rev := putTied(t, bs[0], "k", Ties{})
	other := putTied(t, bs[0], "other", Ties{Nodes: []string{bs[0].host.name}})
	cut := func(on bool) {
		net.setCut(bs[0], bs[1], on)
		net.setCut(bs[0], bs[2], on)
		require.Eventually(t, func() bool { return bs[0].host.Quorum() != on }, patience, time.Millisecond)
	}
	// A Lost that was cut off before it knew that the entry is free may say ErrNoQuorum.
	for start := time.Now(); ; cut(false) {
		ctx, cancel := context.WithCancelCause(context.Background())
		lost := lose(ctx, bs[0], "k", rev)
		require.Eventually(t, func() bool { return asking(bs[0]) == nil }, patience, time.Millisecond)
		loses := lose(ctx, bs[0], "other", other)
		cut(true)
		require.ErrorIs(t, receive(t, "the loss of the other", loses), ErrNoQuorum)
		cancel(errGone)
		err := receive(t, "the end", lost)
		if errors.Is(err, ErrNoQuorum) && time.Since(start) < patience {
			continue
		}
		require.ErrorIs(t, err, errGone)
		return
	}
}

// How many vouch, by what they said and when.
func TestVouchers(t *testing.T) {
	n := func(name string) paxos.NodeID { return paxos.NodeID{Name: name, Incarnation: 1} }
	now := time.Now()
	before, after, longAgo := now.Add(-time.Second), now.Add(time.Second), now.Add(-time.Hour)
	g := newVouchers(nil, false)
	g.until = map[paxos.NodeID]time.Time{n("late"): before, n("fresh"): after, n("was fresh"): after}
	g.suspects[n("was fresh")] = true
	for _, name := range []string{"late", "fresh", "was fresh", "silent"} {
		g.met[n(name)] = longAgo
	}
	g.met[n("met")] = before
	for name, c := range map[string]struct {
		up   []paxos.NodeID
		self bool
		want int
	}{
		"itself":                      {[]paxos.NodeID{n("me")}, true, 1},
		"itself, not voting":          {[]paxos.NodeID{n("me")}, false, 0},
		"nobody":                      {nil, true, 0},
		"one that answered":           {[]paxos.NodeID{n("fresh")}, true, 1},
		"one whose answer is old":     {[]paxos.NodeID{n("late")}, true, 0},
		"one that suspects":           {[]paxos.NodeID{n("was fresh")}, true, 0},
		"one that never answered":     {[]paxos.NodeID{n("silent")}, true, 0},
		"one that may still answer":   {[]paxos.NodeID{n("met")}, true, 1},
		"one that is new":             {[]paxos.NodeID{n("new")}, true, 1},
		"another life of one":         {[]paxos.NodeID{{Name: "late", Incarnation: 2}}, true, 1},
		"all":                         {[]paxos.NodeID{n("me"), n("late"), n("fresh"), n("was fresh")}, true, 2},
		"several, without the member": {[]paxos.NodeID{n("fresh"), n("late")}, true, 1},
	} {
		require.Equal(t, c.want, g.count(n("me"), c.up, c.self, now, time.Minute), name)
	}
	require.Equal(t, now, g.met[n("new")])
	later := now.Add(30 * time.Second)
	require.Equal(t, 1, g.count(n("me"), []paxos.NodeID{n("new")}, true, later, time.Minute))
	require.Equal(t, 0, g.count(n("me"), []paxos.NodeID{n("new")}, true, later, 30*time.Second), "its time began when it was met")
}

// An answer counts from when its question was put, and not after too long.
func TestAnswersOfVouchers(t *testing.T) {
	h, b := alone(t)
	v := &b.vouching
	b.join(&owner{cut: func() {}}, []paxos.Guard{{Kind: paxos.GuardNode, Node: h.name}})
	var round uint64
	var g *vouchers
	require.Eventually(t, func() bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		for r, q := range v.asked {
			round, g = r, q.about
		}
		return g != nil
	}, patience, time.Millisecond)
	m := paxos.NodeID{Name: "m"}
	until := func() time.Time {
		v.mu.Lock()
		defer v.mu.Unlock()
		return g.until[m]
	}
	v.mu.Lock()
	at := v.asked[round].at
	v.mu.Unlock()
	v.answer(m, paxos.Inspected{Round: round + 1000}, time.Second)
	require.Zero(t, until(), "nobody asked")
	v.answer(m, paxos.Inspected{Round: round, Guard: paxos.Suspect}, time.Second)
	require.Zero(t, until())
	v.answer(m, paxos.Inspected{Round: round}, time.Minute)
	require.Equal(t, at.Add(time.Minute), until())
	v.answer(m, paxos.Inspected{Round: round}, time.Second)
	require.Equal(t, at.Add(time.Minute), until(), "an older answer takes nothing back")
	require.Empty(t, v.questions("", false, h), "all were asked about")
}

func TestOver(t *testing.T) {
	older, rev, newer := paxos.Rev{Counter: 1}, paxos.Rev{Counter: 2}, paxos.Rev{Counter: 3}
	for name, c := range map[string]struct {
		c    Change
		held bool
		want bool
	}{
		"an older one":         {Change{Kind: watch.Chosen, Rev: older}, false, false},
		"it":                   {Change{Kind: watch.Chosen, Rev: rev}, false, false},
		"a newer one":          {Change{Kind: watch.Chosen, Rev: newer}, true, true},
		"the end of an older":  {Change{Kind: watch.Erased, Rev: older}, false, false},
		"its end":              {Change{Kind: watch.Erased, Rev: rev}, true, true},
		"an end, after it":     {Change{Kind: watch.Erased}, true, true},
		"the end of a newer":   {Change{Kind: watch.Erased, Rev: newer}, false, true},
		"all was told, not it": {Change{Kind: watch.Current}, false, true},
		"all was told, it too": {Change{Kind: watch.Current}, true, false},
		"word may come late":   {Change{Kind: watch.Behind}, true, false},
	} {
		require.Equal(t, c.want, over(c.c, rev, c.held), name)
	}
}
