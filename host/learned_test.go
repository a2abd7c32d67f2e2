package host

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

func rev(n uint64) paxos.Rev { return paxos.Rev{Counter: n} }

var tie = []paxos.Guard{{Kind: paxos.GuardTime, Deadline: 1}}

// What a node remembers after it has learned some entries of one key, in order.
func TestLearned(t *testing.T) {
	free := func(n uint64) *paxos.Entry { return &paxos.Entry{Rev: rev(n), Value: "v"} }
	tied := func(n uint64) *paxos.Entry { return &paxos.Entry{Rev: rev(n), Value: "v", Guards: tie} }
	stone := func(n uint64) *paxos.Entry { return &paxos.Entry{Rev: rev(n), Tombstone: true} }
	for name, c := range map[string]struct {
		entries []*paxos.Entry
		news    []bool
		rev     uint64 // 0 for none
		final   bool
	}{
		"nothing":                {},
		"one without ties":       {[]*paxos.Entry{free(1)}, []bool{true}, 1, true},
		"one with ties":          {[]*paxos.Entry{tied(1)}, []bool{true}, 1, false},
		"the same again":         {[]*paxos.Entry{tied(1), tied(1)}, []bool{true, false}, 1, false},
		"an older one":           {[]*paxos.Entry{tied(2), tied(1)}, []bool{true, false}, 2, false},
		"a newer one":            {[]*paxos.Entry{tied(1), free(2)}, []bool{true, true}, 2, true},
		"a tombstone":            {[]*paxos.Entry{tied(1), stone(2)}, []bool{true, true}, 0, false},
		"a tombstone of nothing": {[]*paxos.Entry{stone(2)}, []bool{true}, 0, false},
		"an older tombstone":     {[]*paxos.Entry{tied(3), stone(2)}, []bool{true, false}, 3, false},
		"after a tombstone":      {[]*paxos.Entry{stone(2), free(3)}, []bool{true, true}, 3, true},
	} {
		t.Run(name, func(t *testing.T) {
			var l learned
			for i, e := range c.entries {
				require.Equal(t, c.news[i], l.keep(paxos.Learned{Key: "k", Entry: e}))
			}
			e, final := l.get("k")
			require.Equal(t, c.final, final)
			if c.rev == 0 {
				require.Nil(t, e)
			} else {
				require.Equal(t, rev(c.rev), e.Rev)
			}
			_, final = l.get("other")
			require.False(t, final)
		})
	}
}

// What one cluster chose says nothing in another.
func TestLearnedOfAnotherCluster(t *testing.T) {
	var l learned
	l.enter(1)
	l.keep(paxos.Learned{Cluster: 1, Key: "k", Entry: &paxos.Entry{Rev: rev(5)}})
	l.enter(1)
	_, final := l.get("k")
	require.True(t, final, "a change of configuration loses nothing")
	l.enter(2)
	e, _ := l.get("k")
	require.Nil(t, e)
	late := paxos.Learned{Cluster: 1, Key: "k", Entry: &paxos.Entry{Rev: rev(9)}}
	require.False(t, l.keep(late), "what the former cluster chose comes late")
	require.True(t, l.keep(paxos.Learned{Cluster: 2, Key: "k", Entry: &paxos.Entry{Rev: rev(1)}}), "revs begin anew")
}
